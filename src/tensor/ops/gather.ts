/** Ops that pick elements by index. Indices are int32 and were checked. */

import { expandView } from "../../base/shape.js";
import type { Value } from "../../device/value.js";
import { device } from "../device.js";
import { compare, reshape, where } from "../kernels.js";
import type { Part } from "./op.js";

/** y[i][j] = x[i][index[i][j]], along any dimension      dx[i][index[i][j]] += dy[i][j] */
export const gather: Part<[Value, number, Value], Value, [number, Value]> = {
  name: "Gather",
  forward: (x, dim, index) => [device().gather(x, dim, index), [dim, index]],
  accumulate: (dx, dy, [dim, index]) => device().scatterAdd(dx, dim, index, dy),
};

/** y[…] = W[index[…]]      dW[index[…]] += dy[…], except for the padding row */
export const embedding: Part<[Value, Value, number | null], Value, [Value, number | null]> = {
  name: "Embedding",
  forward: (weight, index, padding) => {
    const y = device().gather(weight, 0, rowIndex(index, weight.shape[1]));
    return [reshape(y, [...index.shape, weight.shape[1]]), [index, padding]];
  },
  accumulate: (dW, dy, [index, padding]) => {
    const rows = reshape(dy, [index.numel, dW.shape[1]]);
    const kept = padding === null ? rows : where(reshape(compare("eq", index, padding), [index.numel, 1]), 0, rows);
    device().scatterAdd(dW, 0, rowIndex(index, dW.shape[1]), kept);
  },
};

/** Every index once a column, without a copy. */
function rowIndex(index: Value, columns: number): Value {
  const column = reshape(index, [index.numel, 1]);
  return column.at(expandView(column, [index.numel, columns]));
}
