/** Pooling of planes [R, H, W]: the windows' rows and columns come ready. */

import {
  avgPool as average,
  avgPoolBackward,
  maxPool as greatest,
  maxPoolBackward,
  type Windows,
} from "../../device/pooling.js";
import type { Value } from "../../device/value.js";
import { rowMajor } from "../kernels.js";
import type { Part } from "./op.js";

/** y = the greatest of each window, and where it stands      dx += dy there */
export const maxPool: Part<[Value, Windows, Windows], Value[], [Value]> = {
  name: "MaxPool2DWithIndices",
  forward: (x, rows, columns) => {
    const { values, indices } = greatest(rowMajor(x), rows, columns);
    return [[values, indices], [indices]];
  },
  accumulate: (dx, [dy], [indices]) => {
    if (dy !== null) maxPoolBackward(dx, rowMajor(dy), indices);
  },
};

/** y = Σ of each window / divisor      dx += dy / divisor all over the window */
export const avgPool: Part<[Value, Windows, Windows, readonly number[]], Value, [Windows, Windows, readonly number[]]> =
  {
    name: "AvgPool2D",
    forward: (x, rows, columns, divisors) => [average(rowMajor(x), rows, columns, divisors), [rows, columns, divisors]],
    accumulate: (dx, dy, [rows, columns, divisors]) => avgPoolBackward(dx, rowMajor(dy), rows, columns, divisors),
  };
