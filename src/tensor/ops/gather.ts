/** Ops that pick elements by index. Indices are int32 and were checked. */

import type { Shape } from "../../base/shape.js";
import type { Value } from "../../device/value.js";
import { device, zeros } from "../kernels.js";
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
