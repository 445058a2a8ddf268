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
}
