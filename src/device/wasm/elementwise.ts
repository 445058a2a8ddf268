/**
 * Ops of one element at a time in the kernels: piece by piece into their memory and out again, which takes less time
 * than a loop in JavaScript takes. float32 alone; null where the kernels have no answer.
 */

import { broadcast, numel, type Shape } from "../../base/shape.js";
import type { Binary, Slope, Unary } from "../device.js";
import { laidOut } from "../js/elementwise.js";
import { allocate, type DType, type Value, wrap } from "../value.js";
import { chunk, few, type Operand, operand } from "./operands.js";
import type { Ops } from "./ops_module.js";

// The order of these lists is that of kernels/ops/elementwise.ts.
const unaries = [
  "neg",
  "exp",
  "log",
  "sqrt",
  "abs",
  "sign",
  "tanh",
  "sigmoid",
  "logSigmoid",
  "relu",
] as readonly Unary[];
const binaries: readonly Binary[] = ["add", "sub", "mul", "div", "maximum", "minimum"];
const comparisons: readonly Binary[] = ["eq", "ne", "lt", "le"];
/** The slopes of exp and log are a product and a quotient. */
const slopes: Readonly<Record<Exclude<Slope, "logSigmoid">, number>> = {
  ...{ exp: 2, log: 3, sqrt: 6, root: 7, abs: 8, tanh: 9, sigmoid: 10, relu: 11 },
};

const floats = (count: number): Float32Array => allocate("float32", count) as Float32Array;
const isFloat32 = (...values: Value[]): boolean => values.every(({ dtype }) => dtype === "float32");

export function unary({ kernels, memory }: Ops, op: Unary, x: Value): Value | null {
  const which = unaries.indexOf(op);
  if (which < 0 || !isFloat32(x)) return null;
  const from = laidOut(x) as Float32Array;
  const to = floats(from.length);
  memory.reset();
  const at = memory.take(chunk);
  const all = memory.floats;
  for (let start = 0; start < to.length; start += chunk) {
    const count = Math.min(chunk, to.length - start);
    all.set(from.subarray(start, start + count), at / 4);
    kernels.unary(which, at, (count + 3) & ~3);
    to.set(all.subarray(at / 4, at / 4 + count), start);
  }
  return wrap("float32", to, x.shape);
}

/** Runs over two operands, piece by piece: `compute` leaves each piece's results where the floats' or bytes' copy begins. */
function pairs(
  ops: Ops,
  shape: Shape,
  a: Value,
  b: Value,
  to: Float32Array | Uint8Array,
  compute: (x: Operand, y: Operand, at: number, count: number, start: number) => void,
): void {
  const { memory } = ops;
  const x = operand(ops, a, shape, to.length);
  let y = operand(ops, b, shape, to.length);
  if (x.period > 1 && y.period > 1 && x.period !== y.period) {
    y = operand(ops, wrap("float32", laidOut(b, shape), shape), shape, to.length);
  }
  const at = memory.take(chunk);
  const period = Math.max(x.period, y.period);
  const most = Math.floor(chunk / period) * period;
  const { buffer } = memory.floats;
  const from = to instanceof Float32Array ? new Float32Array(buffer, at, most) : new Uint8Array(buffer, at, most);
  for (let start = 0; start < to.length; start += most) {
    const count = Math.min(most, to.length - start);
    x.load(start, count);
    y.load(start, count);
    compute(x, y, at, (count + 15) & ~15, start);
    to.set(count === most ? from : from.subarray(0, count), start);
  }
}

function floatPairs(ops: Ops, which: number, shape: Shape, a: Value, b: Value): Value {
  const to = floats(numel(shape));
  ops.memory.reset();
  pairs(ops, shape, a, b, to, (x, y, at, count) => ops.kernels.binary(which, x.at, x.step, y.at, y.step, at, count));
  return wrap("float32", to, shape);
}

export function slope(ops: Ops, op: Slope, d: Value, saved: Value): Value | null {
  if (!isFloat32(d, saved) || saved.numel === 0) return null;
  if (op !== "logSigmoid") return floatPairs(ops, slopes[op], saved.shape, d, saved);
  const down = unary(ops, "sigmoid", unary(ops, "neg", saved) as Value) as Value;
  return floatPairs(ops, binaries.indexOf("mul"), saved.shape, d, down);
}

export function binary(ops: Ops, op: Binary, a: Value, b: Value, dtype: DType): Value | null {
  if (!isFloat32(a, b)) return null;
  const shape = broadcast(a.shape, b.shape);
  const count = numel(shape);
  if (count < few) return null;
  if (op === "gt") return binary(ops, "lt", b, a, dtype);
  if (op === "ge") return binary(ops, "le", b, a, dtype);
  if (dtype === "float32" && binaries.includes(op)) return floatPairs(ops, binaries.indexOf(op), shape, a, b);
  const which = comparisons.indexOf(op);
  if (which < 0 || dtype !== "bool") return null;
  const to = allocate("bool", count) as Uint8Array;
  ops.memory.reset();
  pairs(ops, shape, a, b, to, (x, y, at, n) => ops.kernels.compare(which, x.at, x.step, y.at, y.step, at, n));
  return wrap("bool", to, shape);
}

export function where(ops: Ops, condition: Value, a: Value, b: Value): Value | null {
  const shape = broadcast(condition.shape, broadcast(a.shape, b.shape));
  const count = numel(shape);
  if (!isFloat32(a, b) || condition.dtype !== "bool" || count < few) return null;
  const flags = laidOut(condition, shape) as Uint8Array;
  const to = floats(count);
  const { memory, kernels } = ops;
  memory.reset();
  const place = memory.take(chunk / 4);
  pairs(ops, shape, a, b, to, (x, y, at, n, start) => {
    new Uint8Array(memory.floats.buffer).set(flags.subarray(start, start + n), place);
    kernels.where(place, x.at, x.step, y.at, y.step, at, n);
  });
  return wrap("float32", to, shape);
}
