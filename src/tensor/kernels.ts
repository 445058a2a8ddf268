/**
 * Arithmetic on values with the device that computes: the short names in which ops are written.
 *
 * Nothing here remembers where a value came from; a gradient is computed with the same words as a result.
 */

import { fail } from "../base/errors.js";
import {
  expandView,
  freshView,
  inverse,
  isRowMajor,
  memoryOrder,
  permuteView,
  reshapeView,
  type Shape,
  sameShape,
} from "../base/shape.js";
import { device as chosen } from "../device/default.js";
import type { Binary, Device, Reduction, Slope, Unary } from "../device/device.js";
import { allocate, type DType, fresh, promote, type TypedArray, type Value, wrap } from "../device/value.js";
import { withOps } from "../device/wasm/ops.js";

let base: Device | null = null;
let whole: Device | null = null;

/** The device that computes, with what tensors need beyond a stream's kernels. */
export function device(): Device {
  const now = chosen();
  if (now !== base || whole === null) {
    base = now;
    whole = withOps(now);
  }
  return whole;
}

/** A number as a value; refused where int32 cannot hold its whole part. */
export function scalar(value: number, dtype: DType): Value {
  if (dtype === "int32") checkWhole([value]);
  const memory = allocate(dtype, 1);
  memory[0] = dtype === "bool" ? Number(value !== 0) : value;
  return wrap(dtype, memory, []);
}

/** Refuses numbers whose whole part int32 cannot hold: NaN, infinities, the large. */
export function checkWhole(numbers: Iterable<number>, type = "int"): void {
  for (const x of numbers) {
    if ((x | 0) !== Math.trunc(x)) fail("RuntimeError", `value cannot be converted to type ${type} without overflow`);
  }
}

/** A number beside a value takes the value's dtype. */
function lift(x: Value | number, other: Value | number): Value {
  return typeof x === "number" ? scalar(x, (other as Value).dtype) : x;
}

export function unary(op: Unary, x: Value): Value {
  return device().unary(op, x);
}

/** d times the op's slope, of what it saved. */
export function slope(op: Slope, d: Value, saved: Value): Value {
  return device().slope(op, d, saved);
}

export function binary(op: Binary, a: Value | number, b: Value | number, dtype?: DType): Value {
  const [x, y] = [lift(a, b), lift(b, a)];
  return device().binary(op, x, y, dtype ?? promote(x.dtype, y.dtype));
}

export const add = (a: Value | number, b: Value | number): Value => binary("add", a, b);
export const sub = (a: Value | number, b: Value | number): Value => binary("sub", a, b);
export const mul = (a: Value | number, b: Value | number): Value => binary("mul", a, b);
export const div = (a: Value | number, b: Value | number): Value => binary("div", a, b);
export const neg = (x: Value): Value => unary("neg", x);
export const compare = (op: Binary, a: Value | number, b: Value | number): Value => binary(op, a, b, "bool");

/** condition ? a : b */
export function where(condition: Value, a: Value | number, b: Value | number): Value {
  return device().where(condition, lift(a, b), lift(b, a));
}

export function zeros(like: Value, shape: Shape = like.shape): Value {
  return fresh(like.dtype, shape);
}

/** A fresh row-major copy, converted if asked. */
export function copy(x: Value, dtype: DType = x.dtype): Value {
  const out = fresh(dtype, x.shape);
  device().copy(x, out);
  return out;
}

/** x itself where it is row-major, else a copy. */
export function rowMajor(x: Value): Value {
  return isRowMajor(x) ? x : copy(x);
}

export function convert(x: Value, dtype: DType): Value {
  return x.dtype === dtype ? x : copy(x, dtype);
}

/** x in another shape of as many elements: a view where that is possible. */
export function reshape(x: Value, shape: Shape): Value {
  const view = reshapeView(x, shape);
  return view === null ? copy(x).at(freshView(shape)) : x.at(view);
}

/** The last two dimensions swapped. */
export function transpose(x: Value): Value {
  const order = x.shape.map((_, i) => i);
  return x.at(permuteView(x, [...order.slice(0, -2), order.length - 1, order.length - 2]));
}

/** `data`, which stands in the order in which torch draws for `like`, as a value of its shape. */
export function inMemoryOrder(like: Value, dtype: DType, data: TypedArray): Value {
  const order = memoryOrder(like);
  const sizes = order.map((dim) => like.shape[dim]);
  const drawn = wrap(dtype, data, sizes);
  return drawn.at(permuteView(drawn, inverse(order)));
}

/** Over `dims`, which go, or stay as size 1. */
export function reduce(op: Reduction, x: Value, dims: readonly number[], keepdim = false): Value {
  const out = device().reduce(op, x, dims);
  return keepdim
    ? reshape(
        out,
        x.shape.map((size, i) => (dims.includes(i) ? 1 : size)),
      )
    : out;
}

export const sum = (x: Value, dims: readonly number[], keepdim = false): Value => reduce("sum", x, dims, keepdim);

/** The sum over what broadcasting stretched, back to `shape`. */
export function sumTo(x: Value, shape: Shape): Value {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.shape.length - shape.length;
  const dims = x.shape.map((_, i) => i).filter((i) => i < lead || (shape[i - lead] === 1 && x.shape[i] !== 1));
  return reshape(sum(x, dims), shape);
}

/** a·b for matrices, or for equal batches of them. */
export function gemm(a: Value, b: Value): Value {
  const out = fresh(a.dtype, [...a.shape.slice(0, -1), b.shape[b.shape.length - 1]]);
  device().gemm(a, b, out, false);
  return out;
}

/** The elements along `dim` in reverse. */
export function flip(x: Value, dim: number): Value {
  if (x.shape.length === 0) return copy(x);
  const length = x.shape[dim];
  const along = x.shape.map((_, i) => (i === dim ? length : 1));
  const backwards = wrap(
    "int32",
    Int32Array.from({ length }, (_, i) => length - 1 - i),
    along,
  );
  return device().gather(x, dim, backwards.at(expandView(backwards, x.shape)));
}
