/**
 * One number in, one number out: plain loops in double precision, rounded once when the result is stored.
 *
 * Operands are first laid out row-major in the result's shape; then there is nothing left but the loop.
 */

import { broadcast, expandView, isRowMajor, numel, type Shape, sameShape } from "../../base/shape.js";
import { sigmoid } from "../cell.js";
import type { Binary, Slope, Unary } from "../device.js";
import { type DType, elements, fresh, type TypedArray, type Value } from "../value.js";

// The order of these three is that of the numbers in wasm/kernels/ops/elementwise.ts.

export const unaries: Record<Unary, (x: number) => number> = {
  neg: (x) => -x,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  abs: Math.abs,
  sign: (x) => (x > 0 ? 1 : 0) - (x < 0 ? 1 : 0), // 0 for NaN, as in PyTorch
  tanh: Math.tanh,
  sigmoid,
  logSigmoid: (x) => Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x))),
  relu: (x) => Math.max(x, 0),
  isnan: (x) => (x !== x ? 1 : 0),
  logicalNot: (x) => (x === 0 ? 1 : 0),
};

export const slopes: Record<Slope, (d: number, saved: number) => number> = {
  exp: (d, y) => d * y,
  log: (d, x) => d / x,
  sqrt: (d, y) => d / (2 * y),
  root: (d, y) => (y === 0 ? 0 : d / (2 * y)),
  abs: (d, x) => d * unaries.sign(x),
  tanh: (d, y) => d * (1 - y * y),
  sigmoid: (d, y) => d * y * (1 - y),
  logSigmoid: (d, x) => d * sigmoid(-x),
  relu: (d, y) => (y <= 0 ? 0 : d),
};

export const binaries: Record<Binary, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  maximum: Math.max,
  minimum: Math.min,
  eq: (a, b) => (a === b ? 1 : 0),
  ne: (a, b) => (a !== b ? 1 : 0),
  lt: (a, b) => (a < b ? 1 : 0),
  le: (a, b) => (a <= b ? 1 : 0),
  gt: (a, b) => (a > b ? 1 : 0),
  ge: (a, b) => (a >= b ? 1 : 0),
  logicalAnd: (a, b) => (a !== 0 && b !== 0 ? 1 : 0),
  logicalOr: (a, b) => (a !== 0 || b !== 0 ? 1 : 0),
  pow,
};

/** C's pow: JavaScript's gives NaN for 1 to the power of NaN or ±∞. */
function pow(a: number, b: number): number {
  return a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b;
}

/** Whole powers, wrapping around as whole products do; 1 / aᵇ rounds towards zero. */
function wholePow(a: number, b: number): number {
  if (b < 0) return a === 1 ? 1 : a === -1 ? 1 - 2 * (b & 1) : 0;
  let result = 1;
  for (let square = a, left = b; left > 0; left >>= 1, square = Math.imul(square, square)) {
    if (left & 1) result = Math.imul(result, square);
  }
  return result;
}

/** What int32 does in arithmetic of its own, where that of doubles would lose low bits. */
const whole: Partial<Record<Binary, (a: number, b: number) => number>> = { mul: Math.imul, pow: wholePow };

const predicates: readonly string[] = ["isnan", "logicalNot"];

/** f of each element of a and b, stretched to `shape`. */
function mapped(f: (x: number, y: number) => number, dtype: DType, shape: Shape, a: Value, b: Value): Value {
  const out = fresh(dtype, shape);
  const [x, y, to] = [laidOut(a, shape), laidOut(b, shape), out.storage.data];
  for (let i = 0; i < to.length; i++) to[i] = f(x[i], y[i]);
  return out;
}

export function unary(op: Unary, x: Value): Value {
  return mapped(unaries[op], predicates.includes(op) ? "bool" : x.dtype, x.shape, x, x);
}

export function slope(op: Slope, d: Value, saved: Value): Value {
  return mapped(slopes[op], saved.dtype, saved.shape, d, saved);
}

export function binary(op: Binary, a: Value, b: Value, dtype: DType): Value {
  const f = (dtype === "int32" ? whole[op] : undefined) ?? binaries[op];
  const stored = dtype === "bool" ? (x: number, y: number) => (f(x, y) === 0 ? 0 : 1) : f;
  return mapped(stored, dtype, broadcast(a.shape, b.shape), a, b);
}

export function where(condition: Value, a: Value, b: Value): Value {
  const out = fresh(a.dtype, broadcast(condition.shape, broadcast(a.shape, b.shape)));
  const [c, x, y] = [condition, a, b].map((value) => laidOut(value, out.shape));
  const to = out.storage.data;
  for (let i = 0; i < to.length; i++) to[i] = c[i] !== 0 ? x[i] : y[i];
  return out;
}

/** The elements of x stretched to `shape`, row-major: in place where they already lie so, else a copy. Read only. */
export function laidOut(x: Value, shape: Shape = x.shape): TypedArray {
  if (sameShape(x.shape, shape) && isRowMajor(x)) return elements(x);
  const out = fresh(x.dtype, shape);
  copy(x, out);
  return out.storage.data;
}

export function copy(from: Value, to: Value): void {
  const source = sameShape(from.shape, to.shape) ? from : from.at(expandView(from, to.shape));
  // Source and target may overlap in one storage: then read everything before writing anything.
  if (from.storage === to.storage && to.storage.data.length > 0) {
    const aside = fresh(from.dtype, to.shape);
    strided(source, aside);
    strided(aside, to);
  } else {
    strided(source, to);
  }
}

/** Below as many numbers, making a view of them costs more than copying them. */
const long = 64;

/** Walks two views of one shape side by side: the last dimension in a loop, the others as an odometer. */
function strided(from: Value, to: Value): void {
  const toBool = to.dtype === "bool" && from.dtype !== "bool";
  if (!toBool && isRowMajor(from) && isRowMajor(to)) {
    elements(to).set(elements(from));
    return;
  }
  const { shape } = to;
  if (numel(shape) === 0) return;
  const x = from.storage.data;
  const y = to.storage.data;
  const last = shape.length - 1;
  const count = shape[last] ?? 1;
  const fromStep = from.strides[last] ?? 0;
  const toStep = to.strides[last] ?? 0;
  const index = new Array<number>(Math.max(last, 0)).fill(0);
  let f = from.offset;
  let t = to.offset;
  for (;;) {
    if (toBool) for (let i = 0; i < count; i++) y[t + i * toStep] = x[f + i * fromStep] === 0 ? 0 : 1;
    else if (fromStep === 1 && toStep === 1 && count > 32) y.set(x.subarray(f, f + count), t);
    else if (fromStep === 0 && toStep === 1 && count > 32) y.fill(x[f], t, t + count);
    else if (fromStep === 1 && toStep === 1 && count >= long) y.set(x.subarray(f, f + count), t);
    else for (let i = 0; i < count; i++) y[t + i * toStep] = x[f + i * fromStep];
    let d = last - 1;
    for (; d >= 0; d--) {
      f += from.strides[d];
      t += to.strides[d];
      if (++index[d] < shape[d]) break;
      f -= index[d] * from.strides[d];
      t -= index[d] * to.strides[d];
      index[d] = 0;
    }
    if (d < 0) return;
  }
}

/** Row-major data seen as [before, along, after] around one dimension: how the kernels along a dimension walk. */
export function around(shape: Shape, dim: number): { before: number; along: number; after: number } {
  return { before: numel(shape.slice(0, dim)), along: shape[dim] ?? 1, after: numel(shape.slice(dim + 1)) };
}
