/**
 * Arguments of what moves elements, checked: every function here returns them as ops take them (dimensions and places
 * not negative, sizes whole), or throws PyTorch's sentence.
 */

import { fail, mistyped, shown, typeName } from "../../base/errors.js";
import {
  dimension,
  expandView,
  inferShape,
  listText,
  numel,
  permuteView,
  type Range,
  type Shape,
  type View,
} from "../../base/shape.js";
import { scalarName, type Value } from "../../device/value.js";

/** A shape, or an order of dimensions: as one array, or number by number. */
export type Sizes = [sizes: Shape] | number[];

/** The array. */
export function sizesOf(sizes: Sizes): Shape {
  return (sizes.length === 1 && typeof sizes[0] !== "number" ? sizes[0] : sizes) as Shape;
}

function checkSizes(where: string, shape: Shape): void {
  if (!Array.isArray(shape)) mistyped(`${where} expected a shape such as [2, -1]`, shape);
}

function checkList(where: string, list: unknown): void {
  if (typeof list !== "number" && !Array.isArray(list)) {
    mistyped(`${where} expected a number or an array of numbers`, list);
  }
}

/** The shape that `reshape` gives, without −1. */
export function reshaped(shape: Shape, count: number): number[] {
  checkSizes("reshape()", shape);
  return inferShape(shape, count);
}

/** The size of one dimension. */
export function sizeAt(shape: Shape, dim: number): number {
  const at = dimension(dim, shape.length);
  return shape[at] ?? fail("IndexError", `Dimension specified as ${dim} but tensor has no dimensions`);
}

/** The shape in which dimensions `start` … `end` are one. */
export function flattened(shape: Shape, start: number, end: number): number[] {
  if (shape.length === 0) return [1];
  const [from, to] = [dimension(start, shape.length), dimension(end, shape.length)];
  if (from > to) fail("RuntimeError", "flatten() has invalid args: start_dim cannot come after end_dim");
  return shape.toSpliced(from, to - from + 1, numel(shape.slice(from, to + 1)));
}

/** The shape in which dimension `dim` is several. */
export function unflattened(shape: Shape, dim: number, sizes: Shape): number[] {
  checkSizes("unflatten()", sizes);
  const at = dimension(dim, shape.length);
  if (sizes.length === 0) fail("RuntimeError", "unflatten: sizes must be non-empty");
  if (sizes.filter((size) => size === -1).length > 1) fail("RuntimeError", "only one dimension can be inferred");
  const known = numel(sizes.filter((size) => size !== -1));
  const size = sizes.includes(-1) && known > 0 && shape[at] % known === 0 ? shape[at] / known : 1;
  if (known * size !== shape[at]) {
    fail(
      "RuntimeError",
      `unflatten: Provided sizes ${listText(sizes)} don't multiply up to the size of dim ${at} (${shape[at]}) in the input tensor`,
    );
  }
  return shape.toSpliced(at, 1, ...sizes.map((one) => (one === -1 ? size : one)));
}

export function permutation(view: View, order: readonly number[]): number[] {
  if (!Array.isArray(order)) mistyped("permute() expected an array of numbers", order);
  permuteView(view, order);
  return order.map((dim) => dimension(dim, view.shape.length));
}

/** The order of dimensions in which two are exchanged. */
export function exchange(ndim: number, dim0: number, dim1: number): number[] {
  const [a, b] = [dimension(dim0, ndim), dimension(dim1, ndim)];
  const order = [...Array(ndim).keys()];
  if (ndim > 0) [order[a], order[b]] = [b, a];
  return order;
}

export function checkTransposed(ndim: number): void {
  if (ndim > 2) fail("RuntimeError", `t() expects a tensor with <= 2 dimensions, but self is ${ndim}D`);
}

/** The dimensions of size 1 that `squeeze` removes. */
export function squeezed(shape: Shape, dim: number | undefined): number[] {
  const at = dim === undefined ? null : dimension(dim, shape.length);
  return [...shape.keys()].filter((i) => shape[i] === 1 && (at === null || i === at));
}

/** The shape that `expand` gives, without −1. */
export function expanded(value: Value, shape: Shape): Shape {
  checkSizes("expand()", shape);
  if (shape.length < value.shape.length) {
    const type = `torch.${scalarName(value.dtype)}Tensor{${listText(value.shape)}}`;
    fail(
      "RuntimeError",
      `expand(${type}, size=${listText(shape)}): the number of sizes provided (${shape.length}) must be greater or equal to the number of dimensions in the tensor (${value.shape.length})`,
    );
  }
  return expandView(value, shape).shape;
}

/** How often `repeat` repeats each dimension, and the sizes of these, with ones in front. */
export function repeated(shape: Shape, repeats: Shape): { sizes: number[]; repeats: Shape } {
  checkSizes("repeat()", repeats);
  if (repeats.length < shape.length) {
    fail("RuntimeError", "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor");
  }
  const sizes = [...Array<number>(repeats.length - shape.length).fill(1), ...shape];
  const wrong = repeats.find((times) => !Number.isInteger(times));
  if (wrong !== undefined) fail("TypeError", `repeat() expected whole numbers, got: ${shown(wrong)}`);
  const result = sizes.map((size, i) => size * repeats[i]);
  const negative = result.find((size) => size < 0);
  if (negative !== undefined) {
    fail("RuntimeError", `Trying to create tensor with negative dimension ${negative}: ${listText(result)}`);
  }
  return { sizes, repeats };
}

/** The dimensions that `flip` turns around. */
export function flipped(ndim: number, dims: number | readonly number[]): number[] {
  checkList("flip()", dims);
  return distinct(typeof dims === "number" ? [dims] : dims, ndim);
}

/** Dimensions, none of them twice. */
export function distinct(dims: readonly number[], ndim: number): number[] {
  const list = dims.map((dim) => dimension(dim, ndim));
  const twice = list.find((at, i) => list.indexOf(at) !== i);
  if (twice !== undefined) fail("RuntimeError", `dim ${twice} appears multiple times in the list of dims`);
  return list;
}

const isPlace = (index: number, size: number): boolean => Number.isInteger(index) && index >= -size && index < size;

/** The dimension and the place of `select`. */
export function selected(shape: Shape, dim: number, index: number): [dim: number, place: number] {
  const at = dimension(dim, shape.length);
  if (shape.length === 0) fail("IndexError", "select() cannot be applied to a 0-dim tensor.");
  const size = shape[at];
  if (!isPlace(index, size)) {
    fail(
      "IndexError",
      `select(): index ${shown(index)} out of range for tensor of size ${listText(shape)} at dimension ${at}`,
    );
  }
  return [at, index < 0 ? index + size : index];
}

/** Refuses indices that `at` cannot follow. */
export function checkAt(shape: Shape, index: readonly number[]): void {
  index.forEach((i, dim) => {
    if (dim >= shape.length) fail("IndexError", `too many indices for tensor of dimension ${shape.length}`);
    if (typeof i !== "number") {
      fail("TypeError", `at() expected numbers, got: ${typeName(i)}; slice() takes ranges, indexSelect() lists`);
    }
    if (!isPlace(i, shape[dim])) {
      fail("IndexError", `index ${i} is out of bounds for dimension ${dim} with size ${shape[dim]}`);
    }
  });
}

export function narrowed(shape: Shape, dim: number, start: number, length: number): Range {
  if (shape.length === 0) fail("RuntimeError", "narrow() cannot be applied to a 0-dim tensor.");
  const at = dimension(dim, shape.length);
  const size = shape[at];
  if (!Number.isInteger(start) || start < -size || start > size) {
    fail("IndexError", `start out of range (expected to be in range of [${-size}, ${size}], but got ${shown(start)})`);
  }
  const from = start < 0 ? start + size : start;
  if (!Number.isInteger(length) || length < 0) fail("RuntimeError", "narrow(): length must be non-negative.");
  if (from + length > size) {
    fail("RuntimeError", `start (${from}) + length (${length}) exceeds dimension size (${size}).`);
  }
  return [at, from, length, 1];
}

export function sliced(shape: Shape, dim: number, start: number, end: number | null, step: number): Range {
  if (shape.length === 0) fail("IndexError", "slice() cannot be applied to a 0-dim tensor.");
  if (step === 0) fail("ValueError", "slice step cannot be zero");
  if (!Number.isInteger(step)) fail("TypeError", `slice() expected a whole number as step, got: ${shown(step)}`);
  if (step < 0) fail("ValueError", "step must be greater than zero");
  const at = dimension(dim, shape.length);
  const size = shape[at];
  const bound = (i: number) => {
    if (!Number.isInteger(i)) fail("TypeError", `slice() expected whole numbers as bounds, got: ${shown(i)}`);
    return Math.min(Math.max(i < 0 ? i + size : i, 0), size);
  };
  const from = bound(start);
  return [at, from, Math.max(0, Math.ceil((bound(end ?? size) - from) / step)), step];
}

/** The dimension of `unfold`, the size of its windows and the step between them. */
export function windowed(shape: Shape, dim: number, size: number, step: number): [number, number, number] {
  const at = dimension(dim, shape.length);
  const length = shape[at] ?? 1;
  for (const [name, number] of Object.entries({ size, step })) {
    if (!Number.isInteger(number)) fail("TypeError", `unfold(): argument '${name}' must be int, not ${shown(number)}`);
  }
  if (size < 0) fail("RuntimeError", `size is ${size} but must be >= 0`);
  if (size > length) {
    fail("RuntimeError", `maximum size for tensor at dimension ${at} is ${length} but size is ${size}`);
  }
  if (step <= 0) fail("RuntimeError", `step is ${step} but must be > 0`);
  return [at, size, step];
}

/** The dimension of `split` and the size of every part. */
export function parts(shape: Shape, size: number | readonly number[], dim: number): [dim: number, sizes: Shape] {
  const at = dimension(dim, shape.length);
  const total = shape[at] ?? fail("RuntimeError", "split expects at least a 1-dimensional tensor");
  checkList("split()", size);
  if (typeof size === "number") return [at, equalParts(total, size)];
  if (!size.every((part) => Number.isInteger(part) && part >= 0)) {
    fail(
      "RuntimeError",
      `split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes=${listText(size)}`,
    );
  }
  if (size.reduce((a, b) => a + b, 0) !== total) {
    fail(
      "RuntimeError",
      `split_with_sizes expects split_sizes to sum exactly to ${total} (input tensor's size at dimension ${at}), but got split_sizes=${listText(size)}`,
    );
  }
  return [at, size];
}

function equalParts(total: number, size: number): number[] {
  if (!Number.isInteger(size) || size < 0) {
    fail("RuntimeError", `split expects split_size be non-negative, but got split_size=${size}`);
  }
  if (size === 0 && total > 0) {
    fail("RuntimeError", `split_size can only be 0 if dimension size is 0, but got dimension size of ${total}`);
  }
  const count = Math.max(1, Math.ceil(total / Math.max(size, 1)));
  return Array.from({ length: count }, (_, i) => Math.min(size, total - i * size));
}

/** What `chunk` asks of `split`. */
export function chunked(shape: Shape, chunks: number, dim: number): number | number[] {
  if (!Number.isInteger(chunks) || chunks <= 0) {
    fail("RuntimeError", `chunk expects \`chunks\` to be greater than 0, got: ${shown(chunks)}`);
  }
  const at = dimension(dim, shape.length);
  const size = shape[at] ?? fail("RuntimeError", "chunk expects at least a 1-dimensional tensor");
  return size === 0 ? Array<number>(chunks).fill(0) : Math.ceil(size / chunks);
}
