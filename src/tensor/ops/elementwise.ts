/** Ops that act on one element at a time. Their gradients, of dy: the formula stands in the sentence above each. */

import { expandView } from "../../base/shape.js";
import type { Slope, Unary } from "../../device/device.js";
import { type DType, isFloat, promote, type Value } from "../../device/value.js";
import {
  binary,
  where as choose,
  compare,
  convert,
  copy as copyOf,
  neg as minus,
  div as over,
  add as plus,
  slope,
  sub,
  mul as times,
  unary,
  zeros,
} from "../kernels.js";
import type { Op } from "./op.js";

/** y = a + b      da = db = dy */
export const add: Op<[Value, Value], Value, []> = {
  name: "Add",
  forward: (a, b) => [plus(a, b), []],
  backward: (dy) => [dy, dy],
};

/** y = a·b      da = dy·b   db = dy·a */
export const mul: Op<[Value, Value], Value, [Value, Value]> = {
  name: "Mul",
  forward: (a, b) => [times(a, b), [a, b]],
  reads: ([a, b]) => [b, a],
  backward: (dy, [a, b], needs) => [needs[0] ? times(dy, b) : null, needs[1] ? times(dy, a) : null],
};

/** y = a / b      da = dy / b   db = −dy·y / b. Whole numbers divide as floats. */
export const div: Op<[Value, Value], Value, [Value, Value]> = {
  name: "Div",
  forward: (a, b) => {
    const dtype = promote(a.dtype, b.dtype);
    const y = binary("div", a, b, isFloat(dtype) ? dtype : "float32");
    return [y, [b, y]];
  },
  reads: ([, b]) => [true, b],
  backward: (dy, [b, y], needs) => [over(dy, b), needs[1] ? minus(over(times(dy, y), b)) : null],
};

/** y = aᵇ      da = dy·b·aᵇ⁻¹ (0 where b is 0)   db = dy·y·log a (0 where a is 0 and b ≥ 0) */
export const pow: Op<[Value, Value], Value, [Value, Value, Value]> = {
  name: "Pow",
  forward: (a, b) => {
    const y = binary("pow", a, b);
    return [y, [a, b, y]];
  },
  reads: ([, b]) => [true, true, b],
  backward: (dy, [a, b, y], needs) => {
    const slope = () => choose(compare("eq", b, 0), 0, times(b, binary("pow", a, sub(b, 1))));
    const still = () => compare("logicalAnd", compare("eq", a, 0), compare("ge", b, 0));
    return [
      needs[0] ? times(dy, slope()) : null,
      needs[1] ? times(dy, choose(still(), 0, times(y, unary("log", convert(a, y.dtype))))) : null,
    ];
  },
};

/** An op of one operand, which saves x or y for its gradient. */
function pointwise(
  name: string,
  kernel: Unary & Slope,
  saves: "x" | "y",
  gradient: Slope = kernel,
): Op<[Value], Value, [Value]> {
  return {
    name,
    forward: (x) => {
      const y = unary(kernel, x);
      return [y, [saves === "x" ? x : y]];
    },
    backward: (dy, [saved]) => [slope(gradient, dy, saved)],
  };
}

/** y = −x      dx = −dy */
export const neg: Op<[Value], Value, []> = {
  name: "Neg",
  forward: (x) => [minus(x), []],
  backward: (dy) => [minus(dy)],
};

/** y = eˣ      dx = dy·y */
export const exp = pointwise("Exp", "exp", "y");

/** y = log x      dx = dy / x */
export const log = pointwise("Log", "log", "x");

/** y = √x      dx = dy / 2y */
export const sqrt = pointwise("Sqrt", "sqrt", "y");

/** y = √x, as the end of a deviation      dx = dy / 2y, and 0 where y is 0 */
export const root = pointwise("Std", "sqrt", "y", "root");

/** y = |x|      dx = dy·sign x */
export const abs = pointwise("Abs", "abs", "x");

/** y = tanh x      dx = dy·(1 − y²) */
export const tanh = pointwise("Tanh", "tanh", "y");

/** y = σ(x) = 1 / (1 + e⁻ˣ)      dx = dy·y·(1 − y) */
export const sigmoid = pointwise("Sigmoid", "sigmoid", "y");

/** y = log σ(x)      dx = dy·σ(−x) */
export const logSigmoid = pointwise("LogSigmoid", "logSigmoid", "x");

/** y = max(x, 0)      dx = 0 where y ≤ 0, else dy (where y is NaN too) */
export const relu = pointwise("Relu", "relu", "y");

/** y = min(max(x, low), high), null leaving a side open      dx = dy where low ≤ x ≤ high, else 0 */
export const clamp: Op<[Value, number | null, number | null], Value, [Value, number | null, number | null]> = {
  name: "Clamp",
  forward: (x, low, high) => {
    const raised = low === null ? x : binary("maximum", x, low);
    return [high === null ? raised : binary("minimum", raised, high), [x, low, high]];
  },
  backward: (dy, [x, low, high]) => {
    const above = low === null ? dy : choose(compare("ge", x, low), dy, 0);
    return [high === null ? above : choose(compare("le", x, high), above, 0), null, null];
  },
};

/** y = c ? a : b      da = c ? dy : 0   db = c ? 0 : dy */
export const where: Op<[Value, Value, Value], Value, [Value]> = {
  name: "Where",
  forward: (c, a, b) => {
    const dtype = promote(a.dtype, b.dtype);
    return [choose(c, convert(a, dtype), convert(b, dtype)), [c]];
  },
  backward: (dy, [c]) => [null, choose(c, dy, 0), choose(c, 0, dy)],
};

/** y = x in another dtype, or a copy      dx = dy */
export const to: Op<[Value, DType], Value, []> = {
  name: "ToCopy",
  forward: (x, dtype) => [copyOf(x, dtype), []],
  backward: (dy) => [dy, null],
};

/** y = b in the shape and dtype of a: what a tensor becomes when it is overwritten      da = 0   db = dy */
export const overwrite: Op<[Value, Value], Value, []> = {
  name: "Copy",
  forward: (a, b) => [copyOf(b.at(expandView(b, a.shape)), a.dtype), []],
  backward: (dy, _, needs) => [needs[0] ? zeros(dy) : null, dy],
};
