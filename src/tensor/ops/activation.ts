/** Activations whose gradients lose digits, or take too long, if they are put together from other ops. */

import { cumulated } from "../../base/cumulated.js";
import type { Value } from "../../device/value.js";
import { binary, compare, device, div, mul, sub, unary, where } from "../kernels.js";
import type { Op } from "./op.js";

/** eˣ − 1 for x ≤ 0, with all its digits near 0: 2t / (1 − t), t = tanh(x/2) */
function expm1(x: Value): Value {
  const t = unary("tanh", mul(x, 0.5));
  return div(mul(t, 2), sub(1, t));
}

/** y = x where x > 0, else α·(eˣ − 1)      dx = dy where x > 0, else dy·α·eˣ */
export const elu: Op<[Value, number], Value, [Value, number]> = {
  name: "Elu",
  forward: (x, alpha) => {
    const below = mul(expm1(binary("minimum", x, 0)), alpha);
    return [where(compare("gt", x, 0), x, below), [x, alpha]];
  },
  backward: (dy, [x, alpha]) => {
    const below = mul(unary("exp", binary("minimum", x, 0)), alpha);
    return [mul(dy, where(compare("le", x, 0), below, 1)), null];
  },
};

/** The density of the normal distribution. */
const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

/** y = x·Φ(x)      dx = dy·(Φ(x) + x·φ(x)) */
export const gelu: Op<[Value], Value, [Value]> = {
  name: "Gelu",
  forward: (x) => [device().map((a) => a * cumulated(a), x), [x]],
  backward: (dy, [x]) => [
    mul(
      dy,
      device().map((a) => cumulated(a) + a * density(a), x),
    ),
  ],
};
