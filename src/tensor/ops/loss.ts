/** Losses that are computed in one piece, since what lies between would be as large as their input. */

import { inverse, permuteView, type Shape } from "../../base/shape.js";
import type { Value } from "../../device/value.js";
import { device, reshape } from "../kernels.js";
import type { Op } from "./op.js";

/** [C], [N, C] or [N, C, d₁, …]: where each dimension goes for the classes to come last. */
function order(shape: Shape): number[] {
  const all = [...shape.keys()];
  return shape.length < 3 ? all : [0, ...all.slice(2), 1];
}

/** The classes of each example side by side: [R, C]. */
function rows(x: Value, target: Value): Value {
  const last = x.at(permuteView(x, order(x.shape)));
  return reshape(last, [target.numel, last.shape[last.shape.length - 1]]);
}

const flat = (x: Value): Value => reshape(x, [x.numel]);

/** y = −log softmax(x)[target], of each example      dx = dy·(softmax(x) − 1 at target) */
export const crossEntropy: Op<[Value, Value], Value, [Value, Value, Value]> = {
  name: "CrossEntropy",
  forward: (x, target) => {
    const { losses, sums } = device().crossEntropy(rows(x, target), flat(target));
    return [reshape(losses, target.shape), [x, target, sums]];
  },
  backward: (dy, [x, target, sums]) => {
    const dx = device().crossEntropyBackward(flat(dy), rows(x, target), flat(target), sums);
    const to = order(x.shape);
    const last = reshape(
      dx,
      to.map((dim) => x.shape[dim]),
    );
    return [last.at(permuteView(last, inverse(to))), null];
  },
};
