/** `elman-nn-native`: a device in C++, with wide vectors and threads. @packageDocumentation */

import { availableParallelism } from "node:os";
import { type Device, ElmanError, js, forward as walk, backward as walkBack } from "elman-nn/device";
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

/** The device in C++. */
export interface Native extends Device {
  /** How many threads a call shares at most: the cores given to the process, unless it is told otherwise. From 1 to 32. */
  threads: number;
}

function device(binding: Binding): Native {
  // What another thread of JavaScript has said stays.
  if (binding.threads(0) === 0) binding.threads(Math.min(availableParallelism(), 32));
  const ops = elementwise(binding);
  const packs = new Packs(binding);
  const device: Native = {
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
    get threads() {
      return binding.threads(0);
    },
    set threads(count: number) {
      if (!(Number.isInteger(count) && count > 0)) {
        throw new ElmanError("ValueError", `native.threads should be a whole number above 0, got: ${count}`);
      }
      binding.threads(Math.min(count, 32));
    },
  };
  return device;
}

/** The device, or null where there is no binary for this platform. */
export const native = binding && device(binding);
