/** `elman-nn-native`: a device in C++, with wide vectors and threads. @packageDocumentation */

import { availableParallelism } from "node:os";
import { type Device, js, forward as walk, backward as walkBack } from "elman-nn/device";
import type { Binding } from "./binding.js";
import { elementwise } from "./elementwise.js";
import { gemm } from "./gemm.js";
import { binding } from "./load.js";
import { Packs } from "./packs.js";
import { backward, forward, isCompiled } from "./recurrence.js";
import { reduce } from "./reduce.js";
import { rows } from "./rows.js";
import { stepper } from "./stepper.js";
import { updates } from "./updates.js";

function device(binding: Binding): Device {
  binding.threads(availableParallelism());
  const ops = elementwise(binding);
  const packs = new Packs(binding);
  const device: Device = {
    ...js,
    name: "native",
    ...ops,
    ...rows(binding, ops.copy),
    reduce: reduce(binding),
    updates: updates(binding),
    gemm: gemm(binding),
    forward: (directions, keep) =>
      directions.map((sequence) => {
        if (!isCompiled(sequence)) return walk(device, sequence, keep);
        return { ...forward(binding, packs, sequence, keep), device };
      }),
    backward: (directions) =>
      directions.map((one) => (isCompiled(one.sequence) ? backward(binding, packs, one) : walkBack(device, one))),
    stepper: (net) => stepper(binding, net),
  };
  return device;
}

/** The device, or null where there is no binary for this platform. */
export const native = binding && device(binding);
