/**
 * Folds and softmax in the kernels, along rows or down columns, as many of them at a time as stay in the nearest
 * caches. float32 alone; null where the kernels have no answer.
 */

import { numel, type Shape } from "../../base/shape.js";
import type { Reduction } from "../device.js";
import { around, laidOut } from "../js/elementwise.js";
import { allocate, type Value, wrap } from "../value.js";
import { chunk } from "./operands.js";
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
  const first = Math.min(...dims);
  const last = Math.max(...dims);
  if (dims.length === 0 || last - first + 1 !== dims.length) return null;
  return {
    before: numel(shape.slice(0, first)),
    along: numel(shape.slice(first, last + 1)),
    after: numel(shape.slice(last + 1)),
  };
}

export function reduce({ kernels, memory }: Ops, op: Reduction, x: Value, dims: readonly number[]): Value | null {
  const sizes = folded(x.shape, dims);
  if (sizes === null || x.dtype !== "float32" || x.numel === 0) return null;
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

/** Runs over blocks of `size` floats, as many at a time as there is reason to, in memory from `at` on. */
function blocks(
  { memory }: Ops,
  count: number,
  size: number,
  given: readonly { from: Float32Array; at: number }[],
  to: Float32Array,
  compute: (count: number) => void,
): void {
  const most = Math.max(1, Math.floor(chunk / size));
  const all = memory.floats;
  for (let block = 0; block < count; block += most) {
    const start = block * size;
    const n = Math.min(most, count - block);
    for (const { from, at } of given) all.set(from.subarray(start, start + n * size), at / 4);
    compute(n);
    to.set(all.subarray(given[0].at / 4, given[0].at / 4 + n * size), start);
  }
}

/** Floats that are read behind the last row, and written back. */
const slack = 4;

export function softmax(ops: Ops, x: Value, dim: number, log: boolean): Value | null {
  if (x.dtype !== "float32" || x.numel === 0) return null;
  const { before, along, after } = around(x.shape, dim);
  const from = laidOut(x) as Float32Array;
  const to = allocate("float32", from.length) as Float32Array;
  const { kernels, memory } = ops;
  const size = along * after;
  memory.reset();
  const at = memory.take(Math.max(chunk, size) + slack);
  const [most, sums] = [memory.take(after + slack), memory.take(2 * (after + slack))];
  blocks(ops, before, size, [{ from, at }], to, (n) => {
    if (after === 1) kernels.softmaxRows(log, at, n, along);
    else kernels.softmaxColumns(log, at, n, along, after, most, sums);
  });
  return wrap("float32", to, x.shape);
}

export function softmaxBackward(ops: Ops, dy: Value, y: Value, dim: number, log: boolean): Value | null {
  if (dy.dtype !== "float32" || y.dtype !== "float32" || y.numel === 0) return null;
  const { before, along, after } = around(y.shape, dim);
  const to = allocate("float32", y.numel) as Float32Array;
  const { kernels, memory } = ops;
  const size = along * after;
  memory.reset();
  const [d, p] = [memory.take(Math.max(chunk, size) + slack), memory.take(Math.max(chunk, size) + slack)];
  const sums = memory.take(2 * (after + slack));
  const given = [
    { from: laidOut(dy, y.shape) as Float32Array, at: d },
    { from: laidOut(y) as Float32Array, at: p },
  ];
  blocks(ops, before, size, given, to, (n) => {
    if (after === 1) kernels.softmaxBackwardRows(log, d, p, n, along);
    else kernels.softmaxBackwardColumns(log, d, p, n, along, after, sums);
  });
  return wrap("float32", to, y.shape);
}
