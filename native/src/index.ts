/** `elman-nn-native`: a device in C++, with wide vectors and threads. @packageDocumentation */

import { availableParallelism } from "node:os";
import { type Device, js, forward as walk, backward as walkBack } from "elman-nn/device";
import { gemm } from "./gemm.js";
import { binding } from "./load.js";
import { Packs } from "./packs.js";
import { backward, forward, isCompiled } from "./recurrence.js";
import { updates } from "./updates.js";

export { reason } from "./load.js";

function device(): Device | null {
  if (binding === null) return null;
  binding.threads(availableParallelism());
  const packs = new Packs(binding);
  const device: Device = {
    ...js,
    name: "native",
    updates: updates(binding),
    gemm: gemm(binding),
    forward: (directions, keep) =>
      directions.map((sequence) => {
        if (!isCompiled(sequence)) return walk(device, sequence, keep);
        return { ...forward(binding, packs, sequence, keep), device };
      }),
    backward: (directions) =>
      directions.map((one) => (isCompiled(one.sequence) ? backward(binding, packs, one) : walkBack(device, one))),
  };
  return device;
}

/** The device, or null where there is no binary for this platform. */
export const native = device();
