/** Ops that fold dimensions, or run along one, and their gradients. Dimensions come non-negative and without doubles. */

import { expandView, permuteView, type Shape } from "../../base/shape.js";
import type { Value } from "../../device/value.js";
import {
  binary,
  compare,
  convert,
  device,
  div,
  flip,
  mul,
  reduce,
  reshape,
  sub,
  sum as total,
  unary,
  where,
} from "../kernels.js";
import type { Op } from "./op.js";

const kept = (shape: Shape, dims: readonly number[]): number[] => shape.map((size, i) => (dims.includes(i) ? 1 : size));
/** A folded value stretched over what was folded; a view, no copy. */
const spread = (y: Value, shape: Shape, dims: readonly number[]): Value => {
  const column = reshape(y, kept(shape, dims));
  return column.at(expandView(column, shape));
};

/** y = Σ x      dx = dy, spread */
export const sum: Op<[Value, readonly number[]], Value, [Shape, readonly number[]]> = {
  name: "Sum",
  forward: (x, dims) => [total(x, dims), [x.shape, dims]],
  backward: (dy, [shape, dims]) => [spread(dy, shape, dims), null],
};

/** y = max x or min x, over all elements      dx = dy / m where x = y, shared by the m that are equal; else 0 */
export const extreme: Op<["max" | "min", Value], Value, [Value, Value]> = {
  name: "Extreme",
  forward: (op, x) => {
    const y = reduce(op, x, [...x.shape.keys()]);
    return [y, [x, y]];
  },
  backward: (dy, [x, y]) => {
    const found = convert(compare("logicalOr", compare("eq", x, y), unary("isnan", x)), x.dtype);
    return [null, mul(found, div(dy, total(found, [...x.shape.keys()])))];
  },
};

/**
 * y = (Σ |x|ᵖ)^(1/p)      dx = dy·sign x·|x|ᵖ⁻¹ / yᵖ⁻¹, and 0 where x or y is 0
 *
 * At the ends of p: for ±∞ the greatest or least |x|, its dx shared by the m that are equal; for 0 how many x are not 0.
 */
export const norm: Op<[Value, number, readonly number[]], Value, [Value, Value, number, readonly number[]]> = {
  name: "LinalgVectorNorm",
  forward: (x, p, dims) => {
    const fold = () => {
      if (p === 2) return unary("sqrt", reduce("squares", x, dims));
      if (p === 0) return total(convert(compare("ne", x, 0), x.dtype), dims);
      const size = unary("abs", x);
      if (Math.abs(p) === Infinity) return reduce(p > 0 ? "max" : "min", size, dims);
      if (p === 1) return total(size, dims);
      return binary("pow", total(binary("pow", size, p), dims), 1 / p);
    };
    const y = fold();
    return [y, [x, y, p, dims]];
  },
  backward: (dy, [x, y, p, dims]) => {
    if (p === 0) return [null, null, null];
    if (p === 2) return [mul(x, spread(where(compare("eq", y, 0), 0, div(dy, y)), x.shape, dims)), null, null];
    const size = unary("abs", x);
    const whole = spread(y, x.shape, dims);
    const d = mul(spread(dy, x.shape, dims), unary("sign", x));
    if (Math.abs(p) === Infinity) {
      const found = convert(compare("logicalOr", compare("eq", size, whole), unary("isnan", size)), x.dtype);
      return [mul(d, div(found, total(found, dims, true))), null, null];
    }
    const slope = div(binary("pow", size, p - 1), binary("pow", whole, p - 1));
    const flat = compare("logicalOr", compare("eq", size, 0), compare("eq", whole, 0));
    return [p === 1 ? d : where(flat, 0, mul(d, slope)), null, null];
  },
};

/** yᵢ = x₀ + … + xᵢ      dxᵢ = dyᵢ + … + dyₙ */
export const cumsum: Op<[Value, number], Value, [number]> = {
  name: "Cumsum",
  forward: (x, dim) => [device().cumsum(x, dim), [dim]],
  backward: (dy, [dim]) => [flip(device().cumsum(flip(dy, dim), dim), dim), null],
};

/** y = log Σ eˣ      dx = dy·eˣ⁻ʸ */
export const logsumexp: Op<[Value, readonly number[]], Value, [Value, Value, readonly number[]]> = {
  name: "Logsumexp",
  forward: (x, dims) => {
    const rest = [...x.shape.keys()].filter((i) => !dims.includes(i));
    const joined = dims.reduce((count, i) => count * x.shape[i], 1);
    const rows = reshape(x.at(permuteView(x, [...rest, ...dims])), [...rest.map((i) => x.shape[i]), joined]);
    // log softmax is x − y: the greatest of it is the greatest x less y, exact where that is large.
    const last = rest.length;
    const [greatest, above] = [rows, device().softmax(rows, last, true)].map((z) => reduce("max", z, [last]));
    const y = where(compare("eq", unary("abs", greatest), Infinity), greatest, sub(greatest, above));
    return [y, [x, y, dims]];
  },
  backward: (dy, [x, y, dims]) => [
    mul(spread(dy, x.shape, dims), unary("exp", sub(x, spread(y, x.shape, dims)))),
    null,
  ],
};

/** A scalar as a line of one. */
const line = (x: Value): Value => (x.shape.length === 0 ? reshape(x, [1]) : x);

function probabilities(name: string, log: boolean): Op<[Value, number], Value, [Value, number]> {
  return {
    name,
    forward: (x, dim) => {
      const y = device().softmax(line(x), dim, log);
      return [reshape(y, x.shape), [y, dim]];
    },
    backward: (dy, [y, dim]) => [reshape(device().softmaxBackward(line(dy), y, dim, log), dy.shape), null],
  };
}

/** y = eˣ / Σ eˣ      dx = y·(dy − Σ dy·y) */
export const softmax = probabilities("Softmax", false);

/** y = x − log Σ eˣ      dx = dy − eʸ·Σ dy */
export const logSoftmax = probabilities("LogSoftmax", true);
