/** What the module in C++ offers. It checks what it is given and throws a TypeError; these are the types to keep to. */

import type { FloatArray, TypedArray } from "elman-nn/device";

/** Arrays of one call have one float type. A plan is what `plan.ts` writes. */
export interface Binding {
  /** The vectors in use. */
  readonly vectors: "sse2" | "avx2" | "avx512" | "neon";
  /** The op of that number in elementwise.ts, of a and b over one shape, into `out` from place `at` on. */
  elementwise(op: number, out: TypedArray, at: number, a: FloatArray, b: FloatArray, plan: Float64Array): void;
  /** Writes `from` into `to`, over one shape, at places that the plan has, too. */
  scatter(to: FloatArray, from: FloatArray, plan: Float64Array): void;
  /** condition ? a : b, over one shape. */
  where(out: FloatArray, a: FloatArray, b: FloatArray, condition: Uint8Array, plan: Float64Array): void;
  /** The fold of that number in reduce.ts; the plan has what is kept and what is folded. */
  reduce(op: number, out: FloatArray, x: FloatArray, plan: Float64Array): void;
  /** R rows of C numbers, as in all that follow; `log` is 0 or 1. */
  softmax(log: number, x: FloatArray, y: FloatArray, R: number, C: number): void;
  softmaxBackward(log: number, dy: FloatArray, y: FloatArray, dx: FloatArray, R: number, C: number): void;
  crossEntropy(x: FloatArray, target: Int32Array, losses: FloatArray, sums: Float64Array, R: number, C: number): void;
  crossEntropyBackward(
    d: FloatArray,
    x: FloatArray,
    target: Int32Array,
    sums: Float64Array,
    dx: FloatArray,
    R: number,
    C: number,
  ): void;
  layerNorm(
    x: FloatArray,
    weight: FloatArray | null,
    bias: FloatArray | null,
    y: FloatArray,
    moments: Float64Array,
    eps: number,
    R: number,
    C: number,
  ): void;
  layerNormBackward(
    dy: FloatArray,
    x: FloatArray,
    weight: FloatArray | null,
    moments: Float64Array,
    dx: FloatArray,
    dWeight: FloatArray,
    dBias: FloatArray,
    R: number,
    C: number,
  ): void;
  /** One step of rule number `rule` in place; running values that it has not are null. */
  update(
    rule: number,
    parameter: FloatArray,
    gradient: FloatArray,
    first: FloatArray | null,
    second: FloatArray | null,
    third: FloatArray | null,
    numbers: Float64Array,
  ): void;
  /** Floats of a vector. */
  readonly lanes: number;
  /**
   * Products: numbers are count, groups, M, N, K, accumulate, and the offset, batch, group, row and column of a, b and c.
   * Where the rows of b, or its columns, do not stand at even distances, their places stand for the stride, which is 1.
   */
  multiply(
    numbers: Float64Array,
    a: FloatArray,
    b: FloatArray,
    c: FloatArray,
    rows: Int32Array | null,
    columns: Int32Array | null,
  ): void;
  /** Packs b [K, G·H], which begins `at` a place, its rows and columns so far apart. */
  pack(b: FloatArray, at: number, row: number, column: number, K: number, H: number, G: number, to: FloatArray): void;
  /**
   * A run over time, or two of one size: each has its numbers, which are cell, T, N, C, H, P and reverse, its steps, and
   * the arrays of binding/recurrence.cc.
   */
  forward(...runs: readonly (Int32Array | FloatArray | null)[]): void;
  /** The same runs the other way. */
  backward(...runs: readonly (Int32Array | FloatArray | null)[]): void;
  /** How many threads a call has at most; 0 leaves it as it is. */
  threads(count: number): number;
  /** How many bytes lie between the beginning of an array and the next multiple of 64. */
  skew(array: FloatArray): number;
  /** The function that makes one step of levels, whose arrays lie in the room: kernels/runs.h has their numbers. */
  stepper(room: Float32Array, table: Float64Array): (from?: number) => void;
}
