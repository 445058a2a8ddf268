/**
 * The wasm device: the js device with its products and its runs over time in SIMD. What it does not cover (float64,
 * nothing to compute, more than memory holds) is the js device's.
 */

import type { Device } from "../device.js";
import { js } from "../js/index.js";
import { gemm } from "./gemm.js";
import { Memory } from "./memory.js";
import { type Build, instantiate, type Kernels } from "./module.js";
import { Packs } from "./packs.js";
import { backward, forward, type Machine } from "./recurrence.js";
import { stepper } from "./stepper.js";

/** Below as many multiplications a product is not worth its way in and out. */
const worthwhile = 20_000;

/** Tries the kernels, and the js device where memory cannot hold what they need. */
function within<T>(attempt: () => T, otherwise: () => T): T {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof RangeError) return otherwise();
    throw error;
  }
}

/** The device with one build of the kernels, or null where this engine cannot run it. */
export function createWasm(build: Build): Device | null {
  const kernels = instantiate(build);
  return kernels && wasm(`wasm-${build}`, kernels, new Memory(kernels));
}

/** The device over kernels and their memory. */
export function wasm(name: string, kernels: Kernels, memory: Memory): Device {
  const machine: Machine = { kernels, memory, packs: new Packs(kernels, memory) };
  return {
    ...js,
    name,
    gemm(a, b, out, accumulate) {
      const small = out.numel * a.shape[a.shape.length - 1] < worthwhile;
      if (a.dtype !== "float32" || small) js.gemm(a, b, out, accumulate);
      else
        within(
          () => gemm(kernels, memory, a, b, out, accumulate),
          () => js.gemm(a, b, out, accumulate),
        );
    },
    forward(sequence, keep) {
      const otherwise = () => js.forward(sequence, keep);
      if (sequence.input.dtype !== "float32" || sequence.input.numel === 0) return otherwise();
      return within(() => forward(machine, sequence, keep), otherwise);
    },
    backward(sequence, run, d, needs) {
      const otherwise = () => js.backward(sequence, run, d, needs);
      if (sequence.input.dtype !== "float32" || sequence.input.numel === 0) return otherwise();
      return within(() => backward(machine, sequence, run, d, needs), otherwise);
    },
    stepper(stack) {
      const otherwise = () => js.stepper(stack);
      return stack.inputSize === 0 ? otherwise() : within(() => stepper(kernels, memory, stack), otherwise);
    },
  };
}

/** The best build that this engine runs, or null. */
export function bestWasm(): Device | null {
  return createWasm("relaxed") ?? createWasm("plain");
}
