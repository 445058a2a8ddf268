/**
 * What the stages of a stream are made of: affine maps, and functions of each row by itself. Each of these is a loop of its
 * own: a function that is handed to a common one would be called once an element, and its number would be an object on the
 * heap.
 */

import { cumulated } from "../base/cumulated.js";
import { fail } from "../base/errors.js";
import { sigmoid as logistic } from "../device/cell.js";
import type { Affine, RowFunction, Rows } from "../device/device.js";

/** A function without weights, of any number of features. */
const activation = (apply: RowFunction, same?: Rows["same"]): Rows => ({
  ...{ kind: "rows", inputSize: null, take: () => apply },
  ...(same && { same }),
});

/** max(x, 0) */
export const relu = (): Rows =>
  activation((x, at, size) => {
    for (let i = at; i < at + size; i++) x[i] = Math.max(x[i], 0);
  });

/** The hyperbolic tangent. */
export const tanh = (): Rows =>
  activation((x, at, size) => {
    for (let i = at; i < at + size; i++) x[i] = Math.tanh(x[i]);
  }, "tanh");

/** 1 / (1 + e⁻ˣ) */
export const sigmoid = (): Rows =>
  activation((x, at, size) => {
    for (let i = at; i < at + size; i++) x[i] = logistic(x[i]);
  }, "sigmoid");

/** x·σ(x) */
export const silu = (): Rows =>
  activation((x, at, size) => {
    for (let i = at; i < at + size; i++) x[i] *= logistic(x[i]);
  });

/** x·Φ(x), where Φ is the cumulated normal distribution; `"tanh"` stands for the approximation by a hyperbolic tangent. */
export function gelu(approximate: "none" | "tanh"): Rows {
  if (approximate !== "none" && approximate !== "tanh") {
    fail("RuntimeError", "approximate argument must be either none or tanh.");
  }
  const scale = Math.sqrt(2 / Math.PI);
  return activation(
    approximate === "none"
      ? (x, at, size) => {
          for (let i = at; i < at + size; i++) x[i] *= cumulated(x[i]);
        }
      : (x, at, size) => {
          for (let i = at; i < at + size; i++) {
            x[i] *= 0.5 * (1 + Math.tanh(scale * x[i] * (1 + 0.044715 * x[i] * x[i])));
          }
        },
  );
}

/** x where x > 0, else α·(eˣ − 1) */
export const elu = (alpha: number): Rows =>
  activation((x, at, size) => {
    for (let i = at; i < at + size; i++) if (!(x[i] > 0)) x[i] = alpha * Math.expm1(x[i]);
  });

/** x where x > 0, else slope·x */
export const leakyRelu = (slope: number): Rows =>
  activation((x, at, size) => {
    for (let i = at; i < at + size; i++) if (!(x[i] > 0)) x[i] *= slope;
  });

/** log(1 + e^(β·x)) / β, and x where β·x is above the threshold */
export const softplus = (beta: number, threshold: number): Rows =>
  activation((x, at, size) => {
    for (let i = at; i < at + size; i++) {
      if (!(beta * x[i] > threshold)) x[i] = Math.log1p(Math.exp(beta * x[i])) / beta;
    }
  });

/** Limits every element to min … max. */
export const hardtanh = (min: number, max: number): Rows =>
  activation((x, at, size) => {
    for (let i = at; i < at + size; i++) x[i] = Math.min(Math.max(x[i], min), max);
  });

/** A function of `size` features with weights; `size` null for any number of them. */
const weighted = (size: number | null, take: () => RowFunction): Rows => ({ kind: "rows", inputSize: size, take });

/** x where x > 0, else slope·x: one slope for all, or one a feature. */
export const prelu = (count: number, take: () => Float32Array): Rows =>
  weighted(count === 1 ? null : count, () => {
    const slopes = take().slice();
    const step = count === 1 ? 0 : 1;
    return (x, at, size) => {
      for (let i = 0; i < size; i++) if (!(x[at + i] > 0)) x[at + i] *= slopes[i * step];
    };
  });

/** x·scale + shift, from the running statistics: scale = weight / √(variance + eps), shift = bias − mean·scale. */
export const batchNorm = (
  size: number,
  eps: number,
  take: () => {
    mean: Float32Array;
    variance: Float32Array;
    weight: Float32Array | null;
    bias: Float32Array | null;
  },
): Rows =>
  weighted(size, () => {
    const { mean, variance, weight, bias } = take();
    const scale = Float64Array.from(variance, (v, i) => (weight?.[i] ?? 1) / Math.sqrt(v + eps));
    const shift = Float64Array.from(mean, (m, i) => (bias?.[i] ?? 0) - m * scale[i]);
    return (x, at) => {
      for (let i = 0; i < size; i++) x[at + i] = x[at + i] * scale[i] + shift[i];
    };
  });

/** (x − mean) / √(variance + eps)·weight + bias, of the row's own mean and variance */
export const layerNorm = (
  size: number,
  eps: number,
  take: () => { weight: Float32Array | null; bias: Float32Array | null },
): Rows =>
  weighted(size, () => {
    const given = take();
    const weight = given.weight?.slice() ?? new Float32Array(size).fill(1);
    const bias = given.bias?.slice() ?? new Float32Array(size);
    return (x, at) => {
      let sum = 0;
      let squares = 0;
      for (let i = 0; i < size; i++) sum += x[at + i];
      const mean = sum / size;
      for (let i = 0; i < size; i++) squares += (x[at + i] - mean) * (x[at + i] - mean);
      const scale = 1 / Math.sqrt(squares / size + eps);
      for (let i = 0; i < size; i++) x[at + i] = (x[at + i] - mean) * scale * weight[i] + bias[i];
    };
  });

/** A weight and perhaps a bias, row-major. */
export interface Given {
  readonly weight: Float32Array;
  readonly bias: Float32Array | null;
}

/** y = x·Wᵀ + b; weight `[outputSize, inputSize]` */
export const linear = (inputSize: number, outputSize: number, take: () => Given): Affine => ({
  ...{ kind: "affine", inputSize, outputSize, taps: 1, dilation: 1, take },
});

/**
 * A convolution of the input with zeros before its first step; weight `[outputSize, inputSize / groups, taps]`. Groups
 * become one matrix, in which channels of other groups have weights of zero.
 */
export function causalConv(sizes: Omit<Affine, "kind" | "take"> & { groups: number }, take: () => Given): Affine {
  const { inputSize: C, outputSize, taps, dilation, groups } = sizes;
  const [own, outputs] = [C / groups, outputSize / groups];
  return {
    ...{ kind: "affine", inputSize: C, outputSize, taps, dilation },
    take() {
      const { weight: given, bias } = take();
      const weight = new Float32Array(outputSize * taps * C);
      for (let o = 0, from = 0; o < outputSize; o++) {
        const first = Math.floor(o / outputs) * own;
        for (let i = 0; i < own; i++) {
          for (let k = 0; k < taps; k++) weight[(o * taps + k) * C + first + i] = given[from++];
        }
      }
      return { weight, bias };
    },
  };
}
