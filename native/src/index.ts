/** `elman-nn-native`: a device in C++, with wide vectors and threads. @packageDocumentation */

import { availableParallelism } from "node:os";
import {
  type Device,
  ElmanError,
  js,
  ownDevice,
  type Sequence,
  forward as walk,
  backward as walkBack,
} from "elman-nn/device";
import type { Binding } from "./binding.js";
import { convolution } from "./convolution.js";
import { elementwise } from "./elementwise.js";
import { gemm } from "./gemm.js";
import { binding } from "./load.js";
import { Packs } from "./packs.js";
import { backward, forward, isCompiled } from "./recurrence.js";
import { reduce } from "./reduce.js";
import { rows } from "./rows.js";
import { stepper } from "./stepper.js";
import { updates } from "./updates.js";

/** The device, its vectors, and how many threads a call may share. */
export interface Native extends Device {
  /** The vectors in use, chosen when the package was loaded. */
  readonly vectors: Binding["vectors"];
  /** As many as the process has cores, to begin with; 1 is the caller's alone. Results are the same bits with any number. */
  threads: number;
}

/** Whether the kernels have one call for the directions of a layer. */
const isOneCall = (directions: readonly Sequence[]) =>
  [1, 2].includes(directions.length) && directions.every(isCompiled);

/** Threads that a call may have at most. */
const mostThreads = 32;

function device(binding: Binding): Native {
  // What another thread of JavaScript has said stays.
  if (binding.threads(0) === 0) binding.threads(Math.min(availableParallelism(), mostThreads));
  const ops = elementwise(binding);
  const packs = new Packs(binding);
  const device: Native = {
    ...js,
    name: "native",
    vectors: binding.vectors,
    get threads() {
      return binding.threads(0);
    },
    set threads(count) {
      if (!Number.isInteger(count) || count < 1 || count > mostThreads) {
        throw new ElmanError(
          "ValueError",
          `native.threads expected a whole number from 1 to ${mostThreads}, got: ${count}`,
        );
      }
      binding.threads(count);
    },
    ...ops,
    ...rows(binding, ops.copy),
    reduce: reduce(binding),
    updates: updates(binding),
    gemm: gemm(binding),
    convolution: convolution(binding, ops.copy),
    forward(directions, keep) {
      if (isOneCall(directions)) return forward(binding, packs, directions, keep).map((run) => ({ ...run, device }));
      if (directions.length !== 1) return directions.flatMap((one) => device.forward([one], keep));
      // Cells that the library's own device has kernels for take less time there than in the common loop.
      const own = ownDevice();
      return own.compiles(directions[0]) ? own.forward(directions, keep) : [walk(device, directions[0], keep)];
    },
    backward(directions) {
      if (isOneCall(directions.map(({ sequence }) => sequence))) return backward(binding, packs, directions);
      return directions.length !== 1
        ? directions.flatMap((one) => device.backward([one]))
        : [walkBack(device, directions[0])];
    },
    compiles: isCompiled,
    stepper: (net) => stepper(binding, net),
  };
  return device;
}

/** The device, or null where there is no binary for this platform. */
export const native: Native | null = binding && device(binding);
