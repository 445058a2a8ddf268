/** Ops that only move elements: views of the same memory wherever that is possible. */

import {
  expandView,
  inverse,
  narrowView,
  permuteView,
  type Range,
  type Shape,
  selectView,
  type View,
} from "../../base/shape.js";
import { fresh, promote, type Value } from "../../device/value.js";
import { device, flip as flipped, reshape as reshaped } from "../kernels.js";
import type { Op, Part } from "./op.js";

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

/** A range of a dimension      dx += dy there */
export const narrow: Part<[Value, ...Range], Value, Range> = {
  name: "Slice",
  forward: (x, ...range) => [x.at(narrowView(x, ...range)), range],
  accumulate: (dx, dy, range) => device().accumulate(dy, dx.at(narrowView(dx, ...range))),
};

/** The elements at one place of a dimension, which goes      dx += dy there */
export const select: Part<[Value, number, number], Value, [number, number]> = {
  name: "Select",
  forward: (x, dim, place) => [x.at(selectView(x, dim, place)), [dim, place]],
  accumulate: (dx, dy, [dim, place]) => device().accumulate(dy, dx.at(selectView(dx, dim, place))),
};

/** Views of these lengths, one behind the other along a dimension. */
const parts = (x: Value, dim: number, lengths: readonly number[]): Value[] => {
  let start = 0;
  return lengths.map((length) => x.at(narrowView(x, dim, (start += length) - length, length)));
};

/** Parts of these lengths along a dimension      dx += their dy side by side */
export const split: Part<[Value, number, readonly number[]], Value[], [number, readonly number[]]> = {
  name: "Split",
  forward: (x, dim, lengths) => [parts(x, dim, lengths), [dim, lengths]],
  accumulate: (dx, dy, [dim, lengths]) => {
    parts(dx, dim, lengths).forEach((part, i) => {
      const d = dy[i];
      if (d !== null) device().accumulate(d, part);
    });
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
