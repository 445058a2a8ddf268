/** Ops that only move elements: views of the same memory wherever that is possible. */

import { expandView, inverse, narrowView, permuteView, type Shape, type View } from "../../base/shape.js";
import { fresh, promote, type Value } from "../../device/value.js";
import { device, flip as flipped, reshape as reshaped, zeros } from "../kernels.js";
import type { Op } from "./op.js";

/** The same elements in another shape, in row-major order      dx = dy in the old shape */
export const reshape: Op<[Value, Shape], Value, [Shape]> = {
  name: "View",
  forward: (x, shape) => [reshaped(x, shape), [x.shape]],
  backward: (dy, [shape]) => [reshaped(dy, shape), null],
};

/** The same elements in a view that differs in dimensions of size 1 alone      dx = dy in the old shape */
export const view: Op<[Value, View], Value, [Shape]> = {
  name: "View",
  forward: (x, as) => [x.at(as), [x.shape]],
  backward: (dy, [shape]) => [reshaped(dy, shape), null],
};

/** Dimensions in another order      dx = dy in the old order */
export const permute: Op<[Value, readonly number[]], Value, [readonly number[]]> = {
  name: "Permute",
  forward: (x, order) => [x.at(permuteView(x, order)), [order]],
  backward: (dy, [order]) => [dy.at(permuteView(dy, inverse(order))), null],
};

/** The elements in reverse along a dimension      dx = dy in reverse */
export const flip: Op<[Value, number], Value, [number]> = {
  name: "Flip",
  forward: (x, dim) => [flipped(x, dim), [dim]],
  backward: (dy, [dim]) => [flipped(dy, dim), null],
};

/** Sizes of 1 repeated without a copy      dx = dy summed over the repeats (whoever calls backward does it) */
export const expand: Op<[Value, Shape], Value, []> = {
  name: "Expand",
  forward: (x, shape) => [x.at(expandView(x, shape)), []],
  backward: (dy) => [dy, null],
};

/** Elements start, start + step, … along a dimension, `length` of them      dx = dy there, 0 elsewhere */
export const narrow: Op<[Value, number, number, number, number], Value, [Shape, number, number, number, number]> = {
  name: "Slice",
  forward: (x, dim, start, length, step) => [
    x.at(narrowView(x, dim, start, length, step)),
    [x.shape, dim, start, length, step],
  ],
  backward: (dy, [shape, dim, start, length, step]) => {
    const dx = zeros(dy, shape);
    device().copy(dy, dx.at(narrowView(dx, dim, start, length, step)));
    return [dx, null, null, null, null];
  },
};

/** Views of these lengths, one behind the other along a dimension. */
const parts = (x: Value, dim: number, lengths: readonly number[]): Value[] => {
  let start = 0;
  return lengths.map((length) => x.at(narrowView(x, dim, (start += length) - length, length)));
};

/** Parts of these lengths along a dimension      dx = their dy side by side, 0 where none came */
export const split: Op<[Value, number, readonly number[]], Value[], [Shape, number, readonly number[]]> = {
  name: "Split",
  forward: (x, dim, lengths) => [parts(x, dim, lengths), [x.shape, dim, lengths]],
  backward: (dy, [shape, dim, lengths]) => {
    const [first] = dy.filter((d) => d !== null);
    const dx = zeros(first, shape);
    parts(dx, dim, lengths).forEach((part, i) => {
      const d = dy[i];
      if (d !== null) device().copy(d, part);
    });
    return [dx, null, null];
  },
};

/** Values side by side along a dimension      each gets its own part of dy */
export const cat: Op<[number, ...Value[]], Value, [number, number[]]> = {
  name: "Cat",
  forward: (dim, ...values) => {
    const lengths = values.map((value) => value.shape[dim]);
    const total = lengths.reduce((a, b) => a + b);
    const y = fresh(values.map((value) => value.dtype).reduce(promote), values[0].shape.with(dim, total));
    parts(y, dim, lengths).forEach((part, i) => {
      device().copy(values[i], part);
    });
    return [y, [dim, lengths]];
  },
  backward: (dy, [dim, lengths]) => [null, ...parts(dy, dim, lengths)],
};
