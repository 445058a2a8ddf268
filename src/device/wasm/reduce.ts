/** Folds and softmax in the kernels, along any dimension. float32 alone; null where the kernels have no answer. */

import { inverse, numel, permuteView } from "../../base/shape.js";
import type { Reduction } from "../device.js";
import { around, laidOut } from "../js/elementwise.js";
import { reduce as reduceLines, start } from "../js/reduce.js";
import { allocate, type Value, wrap } from "../value.js";
import type { Ops } from "./ops_module.js";
import { chunk, few, pieces } from "./pieces.js";

/** Folds `along` of [before, along, after] in double precision. */
function folded(ops: Ops, op: Reduction, x: Value, { before, along, after }: ReturnType<typeof around>): Float64Array {
  const which = Object.keys(start).indexOf(op);
  const from = laidOut(x);
  const sums = new Float64Array(before * after).fill(start[op]);
  if (along * after <= chunk) {
    pieces(ops, [before, along * after], [from, sums], [sums], [], (at, count) =>
      ops.kernels.fold(which, at(from), count, along, after, at(sums)),
    );
  } else {
    for (let i = 0; i < before; i++) {
      const block = from.subarray(i * along * after, (i + 1) * along * after);
      const line = sums.subarray(i * after, (i + 1) * after);
      const [found] = pieces(ops, [along, after], [block], [], [line], (at, count) =>
        ops.kernels.fold(which, at(block), 1, count, after, at(line)),
      );
      line.set(found);
    }
  }
  return sums;
}

/** The last dimensions, as far as they are neighbours, in the kernels; what others lie before, in JavaScript. */
export function reduce(ops: Ops, op: Reduction, x: Value, dims: readonly number[]): Value | null {
  if (x.dtype !== "float32" || x.numel < few || dims.length === 0) return null;
  const sorted = [...dims].sort((a, b) => a - b);
  const first = Math.max(
    0,
    sorted.findLastIndex((dim, i) => i > 0 && sorted[i - 1] !== dim - 1),
  );
  const [rest, last] = [sorted.slice(0, first), sorted.slice(first)];
  const along = numel(last.map((dim) => x.shape[dim]));
  const shape = x.shape.filter((_, dim) => !last.includes(dim));
  const sums = folded(ops, op, x, around(shape.toSpliced(last[0], 0, along), last[0]));
  const found = wrap("float64", sums, shape);
  const { storage, shape: left } = rest.length === 0 ? found : reduceLines(op === "squares" ? "sum" : op, found, rest);
  const to = allocate("float32", storage.data.length);
  to.set(storage.data);
  return wrap("float32", to, left);
}

/** Runs over the lines along a dimension, as rows: those of the first operand become those of the result. */
function alongRows(
  ops: Ops,
  operands: readonly Value[],
  dim: number,
  compute: (places: number[], to: number, count: number, along: number) => void,
): Value | null {
  const { shape, numel: total } = operands[0];
  if (total === 0 || operands.some(({ dtype }) => dtype !== "float32")) return null;
  const order = [...shape.keys()].toSpliced(dim, 1).concat(dim);
  const given = operands.map((x) => laidOut(x.at(permuteView(x, order))));
  const along = shape[dim];
  const to = allocate("float32", total);
  pieces(ops, [total / along, along], given, [to], [], (at, count) => compute(given.map(at), at(to), count, along));
  const turned = wrap(
    "float32",
    to,
    order.map((from) => shape[from]),
  );
  return wrap("float32", laidOut(turned.at(permuteView(turned, inverse(order)))), shape);
}

export function softmax(ops: Ops, x: Value, dim: number, log: boolean): Value | null {
  return alongRows(ops, [x], dim, ([from], to, count, along) =>
    ops.kernels.softmaxRows(Number(log), from, to, count, along),
  );
}

export function softmaxBackward(ops: Ops, dy: Value, y: Value, dim: number, log: boolean): Value | null {
  return alongRows(ops, [dy, y], dim, ([d, p], to, count, along) =>
    ops.kernels.softmaxBackwardRows(Number(log), d, p, to, count, along),
  );
}
