/**
 * Ops of one element at a time in the kernels: piece by piece into their memory and out again, which takes less time
 * than a loop in JavaScript takes. float32 alone; null where the kernels have no answer.
 */

import { broadcast, numel } from "../../base/shape.js";
import type { Binary, Slope, Unary } from "../device.js";
import { binaries, laidOut, slopes, unaries } from "../js/elementwise.js";
import { allocate, type DType, type Value, wrap } from "../value.js";
import type { Ops, OpsKernels } from "./ops_module.js";
import { few, pieces, stretched } from "./pieces.js";

/** The kernels' numbers are places in these lists, which end with what has no kernel. */
const [unaryOps, binaryOps, slopeOps] = [unaries, binaries, slopes].map((list) => Object.keys(list));
const [unaryKernels, arithmetic, comparisons] = [10, 6, 10];
/** The numbers of the first binary op and of the first slope. */
const [firstBinary, firstSlope] = [12, 32];

const isFloat32 = (...values: Value[]): boolean => values.every(({ dtype }) => dtype === "float32");
/** The kernels take whole sixteens. */
const sixteens = (count: number): number => (count + 15) & ~15;

export function unary(ops: Ops, op: Unary, x: Value): Value | null {
  const which = unaryOps.indexOf(op);
  if (which >= unaryKernels || !isFloat32(x) || x.numel === 0) return null;
  const [from, to] = [laidOut(x), allocate("float32", x.numel)];
  pieces(ops, [to.length, 1], [from], [to], [], (at, count) =>
    ops.kernels.elementwise(which, at(from), 0, at(to), sixteens(count)),
  );
  return wrap("float32", to, x.shape);
}

function pairs(ops: Ops, kernel: OpsKernels["compare"], which: number, a: Value, b: Value, dtype: DType): Value {
  const shape = broadcast(a.shape, b.shape);
  const to = allocate(dtype, numel(shape));
  stretched(ops, [a, b], shape, to, ([x, y], at, count) => kernel(which, x, y, at, sixteens(count)));
  return wrap(dtype, to, shape);
}

export function slope(ops: Ops, op: Slope, d: Value, saved: Value): Value | null {
  if (!isFloat32(d, saved) || saved.numel === 0) return null;
  return pairs(ops, ops.kernels.elementwise, firstSlope + slopeOps.indexOf(op), d, saved, "float32");
}

export function binary(ops: Ops, op: Binary, a: Value, b: Value, dtype: DType): Value | null {
  if (!isFloat32(a, b) || numel(broadcast(a.shape, b.shape)) < few) return null;
  if (op === "gt") return binary(ops, "lt", b, a, dtype);
  if (op === "ge") return binary(ops, "le", b, a, dtype);
  const place = binaryOps.indexOf(op);
  const { elementwise, compare } = ops.kernels;
  if (place >= comparisons || dtype !== (place < arithmetic ? "float32" : "bool")) return null;
  return pairs(ops, place < arithmetic ? elementwise : compare, firstBinary + place, a, b, dtype);
}

export function where(ops: Ops, condition: Value, a: Value, b: Value): Value | null {
  const shape = broadcast(condition.shape, broadcast(a.shape, b.shape));
  if (!isFloat32(a, b) || condition.dtype !== "bool" || numel(shape) < few) return null;
  const to = allocate("float32", numel(shape));
  stretched(ops, [condition, a, b], shape, to, ([c, x, y], at, count) =>
    ops.kernels.where(c, x, y, at, sixteens(count)),
  );
  return wrap("float32", to, shape);
}
