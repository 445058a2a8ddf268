/** sigmoid, which is 0 below 2⁻¹¹⁰, and tanh of the kernels against double precision, in units of float32's last place. */

import { Memory } from "../../../src/device/wasm/memory.js";
import type { Kernels } from "../../../src/device/wasm/module.js";

function sigmoid(x: number): number {
  const y = 1 / (1 + Math.exp(-x));
  return y < 2 ** -110 ? 0 : y;
}

export const functions = [
  { name: "sigmoid", exact: sigmoid },
  { name: "tanh", exact: Math.tanh },
] as const;

/** The distance between neighbours at x, among float32 numbers. */
function unit(x: number): number {
  const exponent = x === 0 ? -126 : Math.max(Math.floor(Math.log2(Math.abs(x))), -126);
  return 2 ** (exponent - 23);
}

/** The worst error in units of the last place over the given bit patterns, and where it stands; NaN must stay NaN. */
export function worst(kernels: Kernels, which: 0 | 1, bits: Uint32Array): { error: number; at: number } {
  const memory = new Memory(kernels);
  memory.reset();
  const place = memory.take(bits.length);
  const x = new Float32Array(bits.buffer, bits.byteOffset, bits.length);
  const { exact } = functions[which];
  memory.floats.set(x, place / 4);
  kernels.activate(which, place, bits.length);
  const y = memory.floats.subarray(place / 4, place / 4 + bits.length);
  let found = { error: 0, at: 0 };
  for (let i = 0; i < y.length; i++) {
    const expected = exact(x[i]);
    if (y[i] === expected) continue;
    const bothNaN = y[i] !== y[i] && expected !== expected;
    const distance = Math.abs(y[i] - expected);
    // Within one unit of the coarsest numbers there is nothing to measure exactly.
    const error = bothNaN ? 0 : Number.isFinite(distance) ? distance / unit(expected) : Infinity;
    if (error > found.error) found = { error, at: x[i] };
  }
  return found;
}
