/** Losses that are computed in one piece, since what lies between would be as large as their input. */

import { inverse, permuteView, type Shape } from "../../base/shape.js";
import { type Alignment, ctc as align, ctcBackward } from "../../device/ctc.js";
import type { Value } from "../../device/value.js";
import { binary, compare, device, div, mul, reshape, rowMajor, sub, unary, where } from "../kernels.js";
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

/** y = m·(|x| − m/2), m = min(|x|, δ)      dx = dy·x, limited to −δ … δ */
export const huber: Op<[Value, number], Value, [Value, number]> = {
  name: "HuberLoss",
  forward: (x, delta) => {
    const size = unary("abs", x);
    const square = binary("minimum", size, delta);
    return [mul(square, sub(size, mul(square, 0.5))), [x, delta]];
  },
  backward: (dy, [x, delta]) => [mul(dy, binary("minimum", binary("maximum", x, -delta), delta)), null],
};

/** What x(1 − x) counts for at least: PyTorch keeps it in float32. */
const least = Math.fround(1e-12);
/** log x, at least −100: so that a certain error costs something finite. */
const logOf = (x: Value): Value => binary("maximum", unary("log", x), -100);

/** y = −t·log x − (1 − t)·log(1 − x)      dx = dy·(x − t) / x(1 − x)   dt = dy·(log(1 − x) − log x) */
export const binaryCrossEntropy: Op<[Value, Value], Value, [Value, Value]> = {
  name: "BinaryCrossEntropy",
  forward: (x, t) => {
    const y = sub(mul(sub(t, 1), logOf(sub(1, x))), mul(t, logOf(x)));
    return [y, [x, t]];
  },
  backward: (dy, [x, t], needs) => [
    needs[0] ? div(mul(dy, sub(x, t)), binary("maximum", mul(sub(1, x), x), least)) : null,
    needs[1] ? mul(dy, sub(unary("log", sub(1, x)), unary("log", x))) : null,
  ],
};

/** How log-probabilities are to be read, and whether a target that they cannot be read as counts nothing. */
export interface Reading extends Omit<Alignment, "targets"> {
  readonly zeroInfinity: boolean;
}

/** y = −log Σ of the alignments' probabilities      dx = dy·(eˣ − the share of those in the class at the time) */
export const ctc: Op<[Value, Value, Reading], Value, [Value, Value, Reading, Value, Value]> = {
  name: "CtcLoss",
  forward: (logs, targets, reading) => {
    const { losses, values, powers } = align(rowMajor(logs), { ...reading, targets: rowMajor(targets) });
    const y = reading.zeroInfinity ? where(compare("eq", losses, Infinity), 0, losses) : losses;
    return [y, [logs, targets, reading, values, powers]];
  },
  backward: (dy, [logs, targets, reading, values, powers]) => {
    const sums = { values, powers, zeroInfinity: reading.zeroInfinity };
    return [ctcBackward(rowMajor(dy), rowMajor(logs), { ...reading, targets: rowMajor(targets) }, sums), null, null];
  },
};
