/**
 * Layer normalisation of some numbers that stand side by side, forward and backward: what the normalised cells share.
 * Source: Ba et al., "Layer normalization" (2016).
 */

import type { FloatArray } from "../value.js";

/** As in PyTorch. */
const eps = 1e-5;

/** Writes (x − mean) / √(variance + eps) of `size` numbers from `at` on to `to`, from `place` on; gives 1 / √(variance + eps). */
export function normalise(x: FloatArray, at: number, size: number, to: FloatArray, place: number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += x[at + i];
  const mean = sum / size;
  let squares = 0;
  for (let i = 0; i < size; i++) squares += (x[at + i] - mean) * (x[at + i] - mean);
  const scale = 1 / Math.sqrt(squares / size + eps);
  for (let i = 0; i < size; i++) to[place + i] = (x[at + i] - mean) * scale;
  return scale;
}

/**
 * The gradient of what was normalised to y, in place of that of y·γ: of `size` numbers from `at` on, y from `place` on.
 * dγ and dβ grow by their shares.
 */
export function normaliseBackward(
  d: FloatArray,
  at: number,
  size: number,
  y: FloatArray,
  place: number,
  scale: number,
  [gamma, dGamma, dBeta]: readonly [gamma: FloatArray, dGamma: FloatArray, dBeta: FloatArray],
  from: number,
): void {
  let mean = 0;
  let along = 0;
  for (let i = 0; i < size; i++) {
    const arriving = d[at + i];
    dGamma[from + i] += arriving * y[place + i];
    dBeta[from + i] += arriving;
    d[at + i] = arriving * gamma[from + i];
    mean += d[at + i];
    along += d[at + i] * y[place + i];
  }
  mean /= size;
  along /= size;
  for (let i = 0; i < size; i++) d[at + i] = scale * (d[at + i] - mean - y[place + i] * along);
}
