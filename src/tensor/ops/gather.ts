/** Ops that pick elements by index. Indices are int32 and were checked. */

import { expandView, type Shape } from "../../base/shape.js";
import { elements, type Value } from "../../device/value.js";
import { device } from "../device.js";
import { reshape, zeros } from "../kernels.js";
import type { Op } from "./op.js";

/** y[i][j] = x[i][index[i][j]], along any dimension      dx[i][index[i][j]] += dy[i][j] */
export const gather: Op<[Value, number, Value], Value, [Shape, number, Value]> = {
  name: "Gather",
  forward: (x, dim, index) => [device().gather(x, dim, index), [x.shape, dim, index]],
  backward: (dy, [shape, dim, index]) => {
    const dx = zeros(dy, shape);
    device().scatterAdd(dx, dim, index, dy);
    return [dx, null, null];
  },
};

/** y[…] = W[index[…]]      dW[index[…]] += dy[…], except for the padding row */
export const embedding: Op<[Value, Value, number | null], Value, [Shape, Value, number | null]> = {
  name: "Embedding",
  forward: (weight, index, padding) => {
    const y = device().gather(weight, 0, rowIndex(index, weight.shape[1]));
    return [reshape(y, [...index.shape, weight.shape[1]]), [weight.shape, index, padding]];
  },
  backward: (dy, [shape, index, padding]) => {
    const dW = zeros(dy, shape);
    device().scatterAdd(dW, 0, rowIndex(index, shape[1]), reshape(dy, [index.numel, shape[1]]));
    if (padding !== null) elements(dW).fill(0, padding * shape[1], (padding + 1) * shape[1]);
    return [dW, null, null];
  },
};

/** Every index once a column, without a copy. */
function rowIndex(index: Value, columns: number): Value {
  const column = reshape(index, [index.numel, 1]);
  return column.at(expandView(column, [index.numel, columns]));
}
