/** Ops that fold dimensions, or run along one, and their gradients. Dimensions come non-negative and without doubles. */

import { expandView, type Shape } from "../../base/shape.js";
import type { Value } from "../../device/value.js";
import {
  add,
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
    const fold = (size: Value) => {
      if (Math.abs(p) === Infinity) return reduce(p > 0 ? "max" : "min", size, dims);
      if (p === 0) return total(convert(compare("ne", x, 0), x.dtype), dims);
      if (p === 1) return total(size, dims);
      if (p === 2) return unary("sqrt", total(mul(x, x), dims));
      return binary("pow", total(binary("pow", size, p), dims), 1 / p);
    };
    const y = fold(unary("abs", x));
    return [y, [x, y, p, dims]];
  },
  backward: (dy, [x, y, p, dims]) => {
    if (p === 0) return [null, null, null];
    const size = unary("abs", x);
    const whole = spread(y, x.shape, dims);
    const d = mul(spread(dy, x.shape, dims), unary("sign", x));
    if (Math.abs(p) === Infinity) {
      const found = convert(compare("logicalOr", compare("eq", size, whole), unary("isnan", size)), x.dtype);
      return [mul(d, div(found, total(found, dims, true))), null, null];
    }
    const slope = p === 2 ? div(size, whole) : div(binary("pow", size, p - 1), binary("pow", whole, p - 1));
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
    const greatest = reduce("max", x, dims, true);
    const finite = where(compare("eq", unary("abs", greatest), Infinity), 0, greatest);
    const y = add(unary("log", total(unary("exp", sub(x, finite)), dims)), reshape(finite, total(x, dims).shape));
    return [y, [x, y, dims]];
  },
  backward: (dy, [x, y, dims]) => [
    mul(spread(dy, x.shape, dims), unary("exp", sub(x, spread(y, x.shape, dims)))),
    null,
  ],
};

/** y = eˣ / Σ eˣ      dx = y·(dy − Σ dy·y) */
export const softmax: Op<[Value, number], Value, [Value, number[]]> = {
  name: "Softmax",
  forward: (x, dim) => {
    const dims = x.shape.length === 0 ? [] : [dim];
    const e = unary("exp", sub(x, reduce("max", x, dims, true)));
    const y = div(e, total(e, dims, true));
    return [y, [y, dims]];
  },
  backward: (dy, [y, dims]) => [mul(y, sub(dy, total(mul(dy, y), dims, true))), null],
};

/** y = x − log Σ eˣ      dx = dy − eʸ·Σ dy */
export const logSoftmax: Op<[Value, number], Value, [Value, number[]]> = {
  name: "LogSoftmax",
  forward: (x, dim) => {
    const dims = x.shape.length === 0 ? [] : [dim];
    const shifted = sub(x, reduce("max", x, dims, true));
    const y = sub(shifted, unary("log", total(unary("exp", shifted), dims, true)));
    return [y, [y, dims]];
  },
  backward: (dy, [y, dims]) => [sub(dy, mul(unary("exp", y), total(dy, dims, true))), null],
};
