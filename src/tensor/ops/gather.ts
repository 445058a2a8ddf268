/** Ops that pick elements by index. Indices are int32 and were checked. */

import type { Shape } from "../../base/shape.js";
import type { Value } from "../../device/value.js";
import { device, reshape, zeros } from "../kernels.js";
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
    const y = device().takeRows(weight, reshape(index, [index.numel]));
    return [reshape(y, [...index.shape, weight.shape[1]]), [weight.shape, index, padding]];
  },
  backward: (dy, [shape, index, padding]) => {
    const dW = zeros(dy, shape);
    const source = reshape(dy, [index.numel, shape[1]]);
    device().scatterAddRows(dW, reshape(index, [index.numel]), source, padding);
    return [dW, null, null];
  },
};
