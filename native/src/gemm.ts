/** out (+)= a·b in the kernels: any strides, batches in one call. */

import { type Device, type FloatArray, js, type Value } from "elman-nn/device";
import type { Binding } from "./binding.js";

/** As few multiplications take less time in JavaScript. */
const few = 500;

/** The product over a module. */
export function gemm(binding: Binding): Device["gemm"] {
  const numbers = new Float64Array(21);

  /** Offset, batch, group, row and column, from `at` on. */
  function place({ offset, strides }: Value, at: number, turned: boolean): void {
    const rank = strides.length;
    numbers[at] = offset;
    numbers[at + 1] = rank === 3 ? strides[0] : 0;
    numbers[at + 3] = strides[turned ? rank - 1 : rank - 2];
    numbers[at + 4] = strides[turned ? rank - 2 : rank - 1];
  }

  return (a, b, out, accumulate) => {
    const rank = out.shape.length;
    const count = rank === 3 ? out.shape[0] : 1;
    const [M, N] = [out.shape[rank - 2], out.shape[rank - 1]];
    const K = a.shape[rank - 1];
    const isRow = N === 1 || out.strides[rank - 1] === 1;
    const isColumn = M === 1 || out.strides[rank - 2] === 1;
    if (count * M * N * K < few || !(isRow || isColumn)) {
      js.gemm(a, b, out, accumulate);
      return;
    }
    // Columns side by side, or else the transposed product.
    const turned = !isRow;
    numbers[0] = count;
    numbers[1] = 1;
    numbers[2] = turned ? N : M;
    numbers[3] = turned ? M : N;
    numbers[4] = K;
    numbers[5] = accumulate ? 1 : 0;
    const [left, right] = turned ? [b, a] : [a, b];
    place(left, 6, turned);
    place(right, 11, turned);
    place(out, 16, turned);
    binding.multiply(
      numbers,
      left.storage.data as FloatArray,
      right.storage.data as FloatArray,
      out.storage.data as FloatArray,
      null,
      null,
    );
  };
}
