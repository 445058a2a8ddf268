/**
 * Folds and softmax in the kernels, along rows, or down columns: folds as many of them at a time as stay in the nearest
 * caches. float32 alone; null where the kernels have no answer.
 */

import { numel, type Shape, unsqueezeView } from "../../base/shape.js";
import type { Binary, Reduction } from "../device.js";
import { around, laidOut } from "../js/elementwise.js";
import { js } from "../js/index.js";
import { allocate, type Value, wrap } from "../value.js";
import { binary, unary } from "./elementwise.js";
import { chunk, few } from "./operands.js";
import type { Ops } from "./ops_module.js";

/** The order is that of kernels/ops/reduce.ts; with what each begins as. */
const reductions: readonly (readonly [Reduction, number])[] = [
  ["sum", 0],
  ["squares", 0],
  ["max", -Infinity],
  ["min", Infinity],
];

/** Neighbouring dimensions that are folded, as one; null where others lie between them. */
function folded(shape: Shape, dims: readonly number[]): { before: number; along: number; after: number } | null {
  const sorted = [...dims].sort((a, b) => a - b);
  const first = sorted[0];
  const last = sorted[sorted.length - 1];
  if (dims.length === 0 || last - first + 1 !== dims.length) return null;
  return {
    before: numel(shape.slice(0, first)),
    along: numel(shape.slice(first, last + 1)),
    after: numel(shape.slice(last + 1)),
  };
}

export function reduce({ kernels, memory }: Ops, op: Reduction, x: Value, dims: readonly number[]): Value | null {
  const sizes = folded(x.shape, dims);
  if (sizes === null || x.dtype !== "float32" || x.numel < few) return null;
  const { before, along, after } = sizes;
  const which = reductions.findIndex(([name]) => name === op);
  const from = laidOut(x) as Float32Array;
  const to = allocate("float32", before * after) as Float32Array;
  memory.reset();
  // Doubles are whole places in memory, too: their number is known before any is asked for.
  const lines = after > 1 ? after : Math.min(before, Math.max(1, Math.floor(chunk / along)));
  const results = memory.take(2 * lines);
  const step = after > 1 ? Math.max(1, Math.floor(chunk / after)) : Math.min(along, chunk);
  const at = memory.take(Math.max(chunk, after));
  const all = memory.floats;
  const sums = new Float64Array(all.buffer, results, lines);
  const load = (start: number, count: number) => all.set(from.subarray(start, start + count), at / 4);
  if (after > 1) {
    for (let i = 0; i < before; i++) {
      sums.fill(reductions[which][1]);
      for (let row = 0; row < along; row += step) {
        const count = Math.min(step, along - row);
        load((i * along + row) * after, count * after);
        kernels.foldColumns(which, at, count, after, results);
      }
      to.set(sums, i * after);
    }
  } else {
    for (let row = 0; row < before; row += lines) {
      const count = Math.min(lines, before - row);
      sums.fill(reductions[which][1]);
      for (let k = 0; k < along; k += step) {
        const length = Math.min(step, along - k);
        load(row * along + k, count * length);
        kernels.foldRows(which, at, count, length, results);
      }
      to.set(count === lines ? sums : sums.subarray(0, count), row);
    }
  }
  return wrap(
    "float32",
    to,
    x.shape.filter((_, dim) => !dims.includes(dim)),
  );
}

/** Runs over rows, as many at a time as there is reason to: over the first of what is given. */
function overRows(
  { memory }: Ops,
  along: number,
  given: readonly Float32Array[],
  compute: (count: number, places: number[]) => void,
): Float32Array {
  const to = allocate("float32", given[0].length) as Float32Array;
  memory.reset();
  // Four floats are read behind the last row, and written back.
  const places = given.map(() => memory.take(Math.max(chunk, along) + 4));
  const all = memory.floats;
  const most = Math.max(1, Math.floor(chunk / along)) * along;
  for (let start = 0; start < to.length; start += most) {
    const count = Math.min(most, to.length - start);
    for (const [i, from] of given.entries()) all.set(from.subarray(start, start + count), places[i] / 4);
    compute(count / along, places);
    to.set(all.subarray(places[0] / 4, places[0] / 4 + count), start);
  }
  return to;
}

/** What is folded along `dim`, which stays as size 1. */
function kept(ops: Ops, op: Reduction, x: Value, dim: number): Value {
  const y = reduce(ops, op, x, [dim]) as Value;
  return y.at(unsqueezeView(y, dim));
}

const pair = (ops: Ops, op: Binary, a: Value, b: Value): Value =>
  binary(ops, op, a, b, "float32") ?? js.binary(op, a, b, "float32");

export function softmax(ops: Ops, x: Value, dim: number, log: boolean): Value | null {
  if (x.dtype !== "float32" || x.numel === 0) return null;
  const { along, after } = around(x.shape, dim);
  if (after === 1) {
    const y = overRows(ops, along, [laidOut(x) as Float32Array], (count, [at]) =>
      ops.kernels.softmaxRows(log, at, count, along),
    );
    return wrap("float32", y, x.shape);
  }
  if (x.numel < few) return null;
  const shifted = pair(ops, "sub", x, kept(ops, "max", x, dim));
  const e = unary(ops, "exp", shifted) as Value;
  const sum = kept(ops, "sum", e, dim);
  return log ? pair(ops, "sub", shifted, unary(ops, "log", sum) as Value) : pair(ops, "div", e, sum);
}

export function softmaxBackward(ops: Ops, dy: Value, y: Value, dim: number, log: boolean): Value | null {
  if (dy.dtype !== "float32" || y.dtype !== "float32" || y.numel === 0) return null;
  const { along, after } = around(y.shape, dim);
  if (after === 1) {
    const given = [laidOut(dy, y.shape) as Float32Array, laidOut(y) as Float32Array];
    const dx = overRows(ops, along, given, (count, [d, p]) => ops.kernels.softmaxBackwardRows(log, d, p, count, along));
    return wrap("float32", dx, y.shape);
  }
  if (y.numel < few) return null;
  const sum = kept(ops, "sum", log ? dy : pair(ops, "mul", dy, y), dim);
  if (!log) return pair(ops, "mul", y, pair(ops, "sub", dy, sum));
  return pair(ops, "sub", dy, pair(ops, "mul", unary(ops, "exp", y) as Value, sum));
}
