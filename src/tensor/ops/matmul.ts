/** Products of matrices, with PyTorch's rules: a vector is a row on the left and a column on the right; batches stretch. */

import { fail } from "../../base/errors.js";
import { broadcast, expandView, numel, type Shape } from "../../base/shape.js";
import type { Value } from "../../device/value.js";
import { gemm, reshape, transpose } from "../kernels.js";
import type { Op } from "./op.js";

/** A value stretched to `batch` and seen as [B, rows, columns], or as a matrix where there is no batch. */
function batched(x: Value, batch: Shape): Value {
  const matrix = x.shape.slice(-2);
  if (batch.length === 0) return x;
  return reshape(x.at(expandView(x, [...batch, ...matrix])), [numel(batch), ...matrix]);
}

/**
 * Both operands as matrices, with the batch they meet in, and the result's shape. One matrix on the right needs no
 * batch: all rows of the left side are one matrix.
 */
function plan(a: Value, b: Value) {
  const rowed = a.shape.length === 1 ? reshape(a, [1, ...a.shape]) : a;
  const right = b.shape.length === 1 ? reshape(b, [...b.shape, 1]) : b;
  const [M, K] = rowed.shape.slice(-2);
  const [rows, N] = right.shape.slice(-2);
  const batch = broadcast(rowed.shape.slice(0, -2), right.shape.slice(0, -2));
  if (K !== rows) mismatch(a, b, numel(batch), { M, K, rows, N });
  const matrix = [...(a.shape.length === 1 ? [] : [M]), ...(b.shape.length === 1 ? [] : [N])];
  const shape = [...batch, ...matrix];
  if (right.shape.length > 2) return { left: rowed, right, batch, full: [...batch, M, N], shape };
  const R = numel(batch) * M;
  return { left: reshape(rowed, [R, K]), right, batch: [], full: [R, N], shape };
}

/** What PyTorch says when the inner sizes differ depends on which of its products would have run. */
function mismatch(a: Value, b: Value, B: number, sizes: Record<"M" | "K" | "rows" | "N", number>): never {
  const { M, K, rows, N } = sizes;
  if (b.shape.length > 2) {
    fail(
      "RuntimeError",
      `Expected size for first two dimensions of batch2 tensor to be: [${B}, ${K}] but got: [${B}, ${rows}].`,
    );
  }
  if (a.shape.length === 1 && b.shape.length === 1) {
    fail(
      "RuntimeError",
      `inconsistent tensor size, expected tensor [${K}] and src [${rows}] to have the same number of elements, but got ${K} and ${rows} elements respectively`,
    );
  }
  const height = B * M;
  if (b.shape.length === 1) {
    fail("RuntimeError", `size mismatch, got input (${height}), mat (${height}x${K}), vec (${rows})`);
  }
  fail("RuntimeError", `mat1 and mat2 shapes cannot be multiplied (${height}x${K} and ${rows}x${N})`);
}

/** y = a·b      da = dy·bᵀ   db = aᵀ·dy (summed over a stretched batch by whoever calls backward) */
export const matmul: Op<[Value, Value], Value, [Value, Value]> = {
  name: "Mm",

  reads: ([a, b]) => [b, a],

  forward: (a, b) => {
    const { left, right, batch, shape } = plan(a, b);
    return [reshape(gemm(batched(left, batch), batched(right, batch)), shape), [a, b]];
  },

  backward: (dy, [a, b], needs) => {
    const { left, right, batch, full } = plan(a, b);
    const d = batched(reshape(dy, full), batch);
    const back = (product: Value, x: Value) =>
      reshape(product, batch.length === 0 ? x.shape : [...batch, ...x.shape.slice(-2)]);
    return [
      needs[0] ? back(gemm(d, transpose(batched(right, batch))), a) : null,
      needs[1] ? back(gemm(transpose(batched(left, batch)), d), b) : null,
    ];
  },
};
