/**
 * The wasm device with the second module: what tensors compute on. A stream has no use for it, and a bundler leaves it
 * out. What the kernels do not cover (float64, whole numbers, more than memory holds) is as it was.
 */

import type { Device } from "../device.js";
import { unary } from "./elementwise.js";
import { machines, within } from "./index.js";
import type { Memory } from "./memory.js";
import { linkOps, type Ops, type OpsKernels } from "./ops_module.js";

/**
 * A device whose ops are kernels.
 * @param linked gives the module, and is asked once, at the first op that needs it; null leaves ops as they were
 */
export function complete(device: Device, memory: Memory, linked: () => OpsKernels | null): Device {
  let kernels: OpsKernels | null | undefined;
  /** The first that has an answer. */
  function first<T>(attempt: (ops: Ops) => T | null, otherwise: () => T): T {
    if (kernels === undefined) kernels = linked();
    if (kernels === null) return otherwise();
    const ops = { kernels, memory };
    return (
      within(
        () => attempt(ops),
        () => null,
      ) ?? otherwise()
    );
  }
  return {
    ...device,
    unary: (op, x) =>
      first(
        (ops) => unary(ops, op, x),
        () => device.unary(op, x),
      ),
  };
}

const completed = new WeakMap<Device, Device>();

/** A device of index.ts with its ops in kernels, the same one each time; any other as it is. */
export function withOps(device: Device): Device {
  const machine = machines.get(device);
  if (machine === undefined) return device;
  let made = completed.get(device);
  if (made === undefined) {
    made = complete(device, machine.memory, () => linkOps(device.name, machine.kernels.memory));
    completed.set(device, made);
  }
  return made;
}
