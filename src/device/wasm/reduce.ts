/** Folds and softmax in the kernels, along any dimension. float32 alone; null where the kernels have no answer. */

import { inverse, numel, permuteView, type Shape } from "../../base/shape.js";
import type { Reduction } from "../device.js";
import { around, laidOut } from "../js/elementwise.js";
import { start } from "../js/reduce.js";
import { allocate, type Value, wrap } from "../value.js";
import type { Ops } from "./ops_module.js";
import { chunk, few, pieces } from "./pieces.js";

/** Neighbouring dimensions that are folded, as one; null where others lie between them. */
function folded(shape: Shape, dims: readonly number[]): ReturnType<typeof around> | null {
  const [first, ...others] = [...dims].sort((a, b) => a - b);
  if (dims.length === 0 || others.some((dim, i) => dim !== first + i + 1)) return null;
  const along = numel(shape.slice(first, first + dims.length));
  return around([...shape.slice(0, first), along, ...shape.slice(first + dims.length)], first);
}

export function reduce(ops: Ops, op: Reduction, x: Value, dims: readonly number[]): Value | null {
  const sizes = folded(x.shape, dims);
  if (sizes === null || x.dtype !== "float32" || x.numel < few) return null;
  const { before, along, after } = sizes;
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
      const [folded] = pieces(ops, [along, after], [block], [], [line], (at, count) =>
        ops.kernels.fold(which, at(block), 1, count, after, at(line)),
      );
      line.set(folded);
    }
  }
  const to = allocate("float32", sums.length);
  to.set(sums);
  return wrap(
    "float32",
    to,
    x.shape.filter((_, dim) => !dims.includes(dim)),
  );
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
