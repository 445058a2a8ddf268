/**
 * The wasm device: the js device with its products and its runs over time in SIMD. What it does not cover (float64,
 * nothing to compute, more than memory holds) is the js device's.
 */

import type { Device, Net, Sequence } from "../device.js";
import { js } from "../js/index.js";
import * as loop from "../recurrence.js";
import { gemm, matrices } from "./gemm.js";
import { numberOf } from "./known.js";
import { Memory } from "./memory.js";
import { type Build, instantiate, type Kernels } from "./module.js";
import { Packs } from "./packs.js";
import { backward, forward } from "./recurrence.js";
import { stepper } from "./stepper.js";

/** Below as many multiplications, or as few rows or columns, a product is not worth its way in and out. */
const worthwhile = 20_000;
const few = 4;

/** What each device of this file runs on: its ops (ops.ts) share it. */
export const machines = new WeakMap<Device, Packs>();

/** Tries the kernels, and the js device where memory cannot hold what they need. */
export function within<T>(attempt: () => T, otherwise: () => T): T {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof RangeError) return otherwise();
    throw error;
  }
}

/** What the kernels do not cover: float64, and sizes of zero. */
function uncovered({ input, initial }: Sequence): boolean {
  return input.dtype !== "float32" || input.numel === 0 || initial[0].numel === 0;
}

/** What the kernels have one call for; every other sequence goes through the common loop, with this device's products. */
function isCompiled(kernels: Kernels, { cell, mask = null }: Sequence): boolean {
  return mask === null && numberOf(kernels, cell) !== null;
}

/** Nets of cells with a kernel, and no size of zero. */
function isCovered(kernels: Kernels, { inputSize, stages }: Net): boolean {
  return (
    inputSize > 0 &&
    stages.every(
      (stage) =>
        stage.kind === "rows" ||
        (stage.kind === "stack" ? numberOf(kernels, stage.cell) !== null : stage.outputSize > 0),
    )
  );
}

/** The device with one build of the kernels, or null where this engine cannot run it. */
export function createWasm(build: Build): Device | null {
  const kernels = instantiate(build);
  return kernels && wasm(`wasm-${build}`, kernels, new Memory(kernels));
}

/** The device over kernels and their memory. */
export function wasm(name: string, kernels: Kernels, memory: Memory): Device {
  const packs = new Packs(kernels, memory);
  const device: Device = {
    ...js,
    name,
    gemm(a, b, out, accumulate) {
      const [M, N] = out.shape.slice(-2);
      const small = M * N * a.shape[a.shape.length - 1] < worthwhile || Math.min(M, N) < few;
      if (a.dtype !== "float32" || small) js.gemm(a, b, out, accumulate);
      else
        for (const [x, y, z] of matrices(a, b, out)) {
          within(
            () => gemm(kernels, memory, x, y, z, accumulate),
            () => js.gemm(x, y, z, accumulate),
          );
        }
    },
    compiles: (sequence) => isCompiled(kernels, sequence) && !uncovered(sequence),
    forward: (directions, keep) =>
      directions.map((sequence) => {
        if (!isCompiled(kernels, sequence)) return loop.forward(device, sequence, keep);
        const otherwise = () => loop.forward(js, sequence, keep);
        const attempt = () => forward(packs, sequence, keep);
        const { output, final, kept } = uncovered(sequence) ? otherwise() : within(attempt, otherwise);
        return { output, final, kept, device };
      }),
    backward: (directions) =>
      directions.map((one) => {
        if (!isCompiled(kernels, one.sequence)) return loop.backward(device, one);
        const otherwise = () => loop.backward(js, one);
        return uncovered(one.sequence) ? otherwise() : within(() => backward(packs, one), otherwise);
      }),
    stepper(net) {
      const otherwise = () => js.stepper(net);
      return isCovered(kernels, net) ? within(() => stepper(kernels, memory, net), otherwise) : otherwise();
    },
  };
  machines.set(device, packs);
  return device;
}
