/** What the module in C++ offers. It checks what it is given and throws a TypeError; these are the types to keep to. */

import type { FloatArray } from "elman-nn/device";

export interface Binding {
  /** The vectors in use: sse2, avx2, avx512, or neon. */
  readonly vectors: string;
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
  /** Products: numbers are count, M, N, K, accumulate, and the offset, batch, row and column of a, b and c. */
  multiply(numbers: Float64Array, a: FloatArray, b: FloatArray, c: FloatArray): void;
  /** Packs b [K, G·H], its rows and columns so far apart. */
  pack(
    from: FloatArray,
    offset: number,
    row: number,
    column: number,
    K: number,
    H: number,
    G: number,
    to: FloatArray,
  ): void;
  /** A run over time: numbers are cell, T, N, C, H, P and reverse; the arrays are those of kernels/runs.h. */
  forward(
    numbers: Int32Array,
    steps: Int32Array,
    input: FloatArray,
    h0: FloatArray,
    c0: FloatArray | null,
    ih: FloatArray,
    hh: FloatArray,
    hr: FloatArray | null,
    bias: FloatArray,
    biasHh: FloatArray | null,
    output: FloatArray,
    hn: FloatArray,
    cn: FloatArray | null,
    raw: FloatArray | null,
    gates: FloatArray | null,
    more: FloatArray | null,
  ): void;
  /** The same run the other way. */
  backward(
    numbers: Int32Array,
    steps: Int32Array,
    input: FloatArray,
    h0: FloatArray,
    output: FloatArray,
    raw: FloatArray | null,
    gates: FloatArray | null,
    more: FloatArray | null,
    ih: FloatArray | null,
    hh: FloatArray,
    hr: FloatArray | null,
    dOutput: FloatArray | null,
    dh: FloatArray,
    dc: FloatArray | null,
    dInput: FloatArray | null,
    dIh: FloatArray | null,
    dHh: FloatArray | null,
    dHr: FloatArray | null,
    dBiasIh: FloatArray | null,
    dBiasHh: FloatArray | null,
  ): void;
  /** How many threads a call has at most, which may be said. */
  threads(count?: number): number;
}
