/**
 * The wasm device with the second module: what tensors compute on. A stream has no use for it, and a bundler leaves it
 * out. What the kernels do not cover (float64, whole numbers, more than memory holds) is as it was.
 */

import type { Device } from "../device.js";
import { crossEntropy, crossEntropyBackward } from "./crossentropy.js";
import { binary, slope, unary, where } from "./elementwise.js";
import { machines, within } from "./index.js";
import { layerNorm, layerNormBackward } from "./layernorm.js";
import type { Memory } from "./memory.js";
import { linkOps, type Ops, type OpsKernels } from "./ops_module.js";
import { reduce, softmax, softmaxBackward } from "./reduce.js";
import { adam, rmsprop, sgd } from "./updates.js";

/**
 * A device whose ops are kernels.
 * @param linked gives the module, and is asked once, at the first op that needs it; null leaves ops as they were
 */
export function complete(device: Device, memory: Memory, linked: () => OpsKernels | null): Device {
  let kernels: OpsKernels | null | undefined;
  /** The kernel's answer, where it has one. */
  function first<A extends unknown[], T>(kernel: (ops: Ops, ...args: A) => T | null, otherwise: (...args: A) => T) {
    return (...args: A): T => {
      if (kernels === undefined) kernels = linked();
      if (kernels === null) return otherwise(...args);
      const ops = { kernels, memory };
      const attempt = () => kernel(ops, ...args);
      return within(attempt, () => null) ?? otherwise(...args);
    };
  }
  const whole: Device = {
    ...device,
    unary: first(unary, device.unary),
    slope: first(slope, device.slope),
    binary: first(binary, device.binary),
    where: first(where, device.where),
    reduce: first(reduce, device.reduce),
    softmax: first(softmax, device.softmax),
    softmaxBackward: first(softmaxBackward, device.softmaxBackward),
    layerNorm: first(layerNorm, device.layerNorm),
    layerNormBackward: first(layerNormBackward, device.layerNormBackward),
    crossEntropy: first(crossEntropy, device.crossEntropy),
    crossEntropyBackward: first(crossEntropyBackward, device.crossEntropyBackward),
    updates: {
      ...device.updates,
      sgd: first(sgd, device.updates.sgd),
      adam: first(adam, device.updates.adam),
      rmsprop: first(rmsprop, device.updates.rmsprop),
    },
  };
  const machine = machines.get(device);
  if (machine !== undefined) machines.set(whole, machine);
  return whole;
}

const completed = new WeakMap<Device, Device>();

/** A device of index.ts with its ops in kernels, the same one each time; any other as it is. */
export function withOps(device: Device): Device {
  const machine = machines.get(device);
  if (machine === undefined) return device;
  let made = completed.get(device);
  if (made === undefined) {
    made = complete(device, machine.memory, () => linkOps(machine.kernels.memory));
    completed.set(device, made);
  }
  return made;
}
