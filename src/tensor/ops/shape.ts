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
import { device, flip as flipped, reshape as reshaped, scalar } from "../kernels.js";
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

/** The view of every window of a dimension; their elements are a new dimension at the end. */
export function windowsView(view: View, dim: number, size: number, step: number): View {
  const strides = view.strides.length === 0 ? [1] : view.strides;
  const count = Math.floor(((view.shape[dim] ?? 1) - size) / step) + 1;
  return {
    shape: view.shape.length === 0 ? [size] : [...view.shape.with(dim, count), size],
    strides: view.shape.length === 0 ? strides : [...strides.with(dim, strides[dim] * step), strides[dim]],
    offset: view.offset,
  };
}

/** Windows of `size` elements, `step` apart, as a new dimension at the end      dx += dy of every window */
export const unfold: Part<[Value, number, number, number], Value, [number, number, number]> = {
  name: "Unfold",
  forward: (x, ...options) => [x.at(windowsView(x, ...options)), options],
  // Windows overlap, but never those of one of their elements.
  accumulate: (dx, dy, [dim, size, step]) => {
    const windows = dx.at(windowsView(dx, dim, size, step));
    const last = windows.shape.length - 1;
    for (let i = 0; i < size; i++)
      device().accumulate(dy.at(selectView(dy, last, i)), dx.at(selectView(windows, last, i)));
  },
};

/** x amid elements of one value: so many before and behind each dimension      dx = dy in the middle */
export const pad: Op<[Value, Shape, Shape, number], Value, [Shape, Shape]> = {
  name: "ConstantPadNd",
  forward: (x, before, after, value) => {
    const y = fresh(
      x.dtype,
      x.shape.map((size, dim) => before[dim] + size + after[dim]),
    );
    if (value !== 0) device().copy(scalar(value, x.dtype), y);
    device().copy(x, amid(y, before, x.shape));
    return [y, [before, x.shape]];
  },
  backward: (dy, [before, shape]) => [amid(dy, before, shape), null, null, null],
};

/** The part of y that has this shape, behind so many elements. */
const amid = (y: Value, before: Shape, shape: Shape): Value =>
  shape.reduce((part, size, dim) => part.at(narrowView(part, dim, before[dim], size)), y);
