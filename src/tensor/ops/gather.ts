/** Ops that pick elements by index. Indices are int32 and were checked. */

import type { Value } from "../../device/value.js";
import { device, reshape } from "../kernels.js";
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
    const y = device().takeRows(weight, reshape(index, [index.numel]));
    return [reshape(y, [...index.shape, weight.shape[1]]), [index, padding]];
  },
  accumulate: (dW, dy, [index, padding]) => {
    const rows = reshape(dy, [index.numel, dW.shape[1]]);
    device().scatterAddRows(dW, reshape(index, [index.numel]), rows, padding);
  },
};
