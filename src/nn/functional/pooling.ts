/**
 * Pooling: one number a window. One dimension of space is pooled as two, of which the first is 1.
 * Source: https://docs.pytorch.org/docs/stable/nn.functional.html#pooling-functions
 */

import { checkOptions, fail, typed } from "../../base/errors.js";
import { dimension, listText, type Shape } from "../../base/shape.js";
import type { Windows } from "../../device/pooling.js";
import { avgPool, maxPool } from "../../tensor/ops/pooling.js";
import { apply, type Tensor } from "../../tensor/tensor.js";
import { checkFloat, checkTensor } from "../checks.js";
import { type Extent, extents } from "./extent.js";
import { checkMaxPool1d, checkWindow, pair, windowOf, windows } from "./window.js";

type Dims = 1 | 2;

/** What every pool with a window takes. */
interface WindowOptions<D extends Dims> {
  /** Places from one window to the next. Default the window's size. */
  stride?: Extent<D> | null;
  /** Places beyond the input on either side, at most half a window. Default 0. */
  padding?: Extent<D>;
  /** Whether a last window that reaches beyond the input counts. Default false. */
  ceilMode?: boolean;
}

/** Options of `maxPool1d` (D = 1) and `maxPool2d` (D = 2). */
export interface MaxPoolOptions<D extends Dims, Indices extends boolean = boolean> extends WindowOptions<D> {
  /** Places between the elements of a window. Default 1. */
  dilation?: Extent<D>;
  /** Whether to return where the greatest stand in their planes, too. Default false. */
  returnIndices?: Indices;
}

/** Options of `avgPool1d` (D = 1) and `avgPool2d` (D = 2). */
export interface AvgPoolOptions<D extends Dims> extends WindowOptions<D> {
  /** Whether places beyond the input count as zeros. Default true. */
  countIncludePad?: boolean;
}

/** Options of `avgPool2d`. */
export interface AvgPool2dOptions extends AvgPoolOptions<2> {
  /** What sums are divided by, in place of the number of their elements. */
  divisorOverride?: number | null;
}

/** Options of the adaptive max pools. */
export interface IndicesOption<Indices extends boolean = boolean> {
  /** Whether to return where the greatest stand in their planes, too. Default false. */
  returnIndices?: Indices;
}

/** What a max pool gives: the greatest, and if it was asked for int32 places in the plane beside them. */
export type Pooled<Indices extends boolean> = Indices extends true ? [output: Tensor, indices: Tensor] : Tensor;

/** x `[…, C, H, W]`, or `[…, C, L]` as planes of one row, as `[R, H, W]`. */
function planes(x: Tensor, dims: Dims): Tensor {
  const [H, W] = pair(x.shape.slice(-dims), 1);
  return x.reshape([x.shape.slice(0, -dims).reduce((a, b) => a * b, 1), H, W]);
}

/** The plane's results in the shape of the input. */
const back = (y: Tensor, x: Tensor, dims: Dims): Tensor =>
  y.reshape([...x.shape.slice(0, -dims), ...y.shape.slice(-dims)]);

/** The one window of a dimension that is not there. */
const single: Windows = { first: [0], end: [1], step: 1 };
const twoOf = (list: Windows[]): [Windows, Windows] => (list.length === 1 ? [single, list[0]] : [list[0], list[1]]);

function pooledMax<Indices extends boolean>(
  x: Tensor,
  dims: Dims,
  ranges: Windows[],
  { returnIndices }: IndicesOption<Indices>,
): Pooled<Indices> {
  if (returnIndices !== undefined) typed("return_indices", returnIndices, "bool");
  const [values, indices] = apply(maxPool, planes(x, dims), ...twoOf(ranges)).map((y) => back(y, x, dims));
  return (returnIndices ? [values, indices] : values) as Pooled<Indices>;
}

/**
 * The greatest of each window of `[N, C, L]` or `[C, L]`; NaN is greatest.
 * @param input the signal
 * @param kernelSize the length of a window
 */
export function maxPool1d<Indices extends boolean = false>(
  input: Tensor,
  kernelSize: Extent<1>,
  options: MaxPoolOptions<1, Indices> = {},
): Pooled<Indices> {
  return max("max_pool1d", 1, input, kernelSize, options);
}

/**
 * The greatest of each window of `[N, C, H, W]` or `[C, H, W]`; NaN is greatest.
 * @param input the images
 * @param kernelSize a window's sizes, or one number for both
 */
export function maxPool2d<Indices extends boolean = false>(
  input: Tensor,
  kernelSize: Extent<2>,
  options: MaxPoolOptions<2, Indices> = {},
): Pooled<Indices> {
  return max("max_pool2d", 2, input, kernelSize, options);
}

function max<Indices extends boolean>(
  name: string,
  dims: Dims,
  input: Tensor,
  kernelSize: number | Shape,
  options: MaxPoolOptions<Dims, Indices>,
): Pooled<Indices> {
  checkOptions(`${name}()`, options, ["stride", "padding", "dilation", "ceilMode", "returnIndices"]);
  checkTensor(`${name}()`, "input", 1, input);
  const window = windowOf(name, dims, kernelSize, options);
  if (dims === 1) checkMaxPool1d(input, window);
  else if (input.ndim !== 3 && input.ndim !== 4) {
    fail("RuntimeError", "non-empty 3D or 4D (batch mode) tensor expected for input");
  }
  if (input.dtype === "bool") checkFloat("max_pool2d", input);
  const outputs = checkWindow(window, input, dims);
  const sizes = input.shape.slice(-dims);
  const ranges = sizes.map((size, d) => windows(size, outputs[d], window, d));
  return pooledMax(input, dims, ranges, options);
}

/**
 * The mean of each window of `[N, C, L]` or `[C, L]`.
 * @param input the signal
 * @param kernelSize the length of a window
 */
export function avgPool1d(input: Tensor, kernelSize: Extent<1>, options: AvgPoolOptions<1> = {}): Tensor {
  checkOptions("avg_pool1d()", options, ["stride", "padding", "ceilMode", "countIncludePad"]);
  checkTensor("avg_pool1d()", "input", 1, input);
  checkLines("avg_pool1d", input);
  return average("avg_pool1d", 1, input, kernelSize, options);
}

/**
 * The mean of each window of `[N, C, H, W]` or `[C, H, W]`.
 * @param input the images
 * @param kernelSize a window's sizes, or one number for both
 */
export function avgPool2d(input: Tensor, kernelSize: Extent<2>, options: AvgPool2dOptions = {}): Tensor {
  checkOptions("avg_pool2d()", options, ["stride", "padding", "ceilMode", "countIncludePad", "divisorOverride"]);
  checkTensor("avg_pool2d()", "input", 1, input);
  return average("avg_pool2d", 2, input, kernelSize, options);
}

function checkLines(where: string, { ndim }: Tensor): void {
  if (ndim !== 2 && ndim !== 3) {
    fail(
      "RuntimeError",
      `Expected 2 to 3 dimensions, but got ${ndim}-dimensional tensor for argument #1 'self' (while checking arguments for ${where})`,
    );
  }
}

function average(
  name: string,
  dims: Dims,
  input: Tensor,
  kernelSize: number | Shape,
  options: AvgPoolOptions<Dims> & { divisorOverride?: number | null },
): Tensor {
  const { countIncludePad = true, divisorOverride = null } = options;
  typed("count_include_pad", countIncludePad, "bool");
  if (divisorOverride !== null) typed("divisor_override", divisorOverride, "int");
  if (divisorOverride === 0) fail("RuntimeError", "divisor must be not zero");
  const window = windowOf(name, dims, kernelSize, options);
  dimension(-dims - 1, input.ndim);
  const outputs = checkWindow(window, input, dims);
  checkFloat("avg_pool2d", input);
  const sizes = input.shape.slice(-dims);
  const ranges = sizes.map((size, d) => windows(size, outputs[d], window, d));
  const counts = ranges.map(({ first, end }, d) =>
    first.map((start, i) => {
      if (!countIncludePad) return end[i] - start;
      const from = i * window.stride[d] - window.padding[d];
      return Math.min(from + window.kernel[d], sizes[d] + window.padding[d]) - from;
    }),
  );
  const [rows, columns] = counts.length === 1 ? [[1], counts[0]] : counts;
  const divisors = rows.flatMap((a) => columns.map((b) => divisorOverride ?? a * b));
  return back(apply(avgPool, planes(input, dims), ...twoOf(ranges), divisors), input, dims);
}

/** Windows of nearly equal sizes that together cover the input. */
function adaptiveWindows(size: number, outputs: number): Windows {
  const places = Array.from({ length: outputs }, (_, i) => i);
  return {
    first: places.map((i) => Math.floor((i * size) / outputs)),
    end: places.map((i) => Math.ceil(((i + 1) * size) / outputs)),
    step: 1,
  };
}

/** A size of the output, or null for the input's. */
export type Adaptive<D extends Dims> = D extends 1
  ? number | readonly [number]
  : number | readonly [number | null, number | null];

/** The windows of an adaptive pool, its arguments checked. */
function adaptive(
  kind: "avg" | "max",
  dims: Dims,
  x: Tensor,
  outputSize: number | readonly (number | null)[],
): Windows[] {
  const [one, two] = [`adaptive_${kind}_pool1d`, `adaptive_${kind}_pool2d`];
  const name = dims === 1 ? one : two;
  checkTensor(`${name}()`, "input", 1, x);
  if (dims === 1) checkLines(name, x);
  else if (x.ndim !== 3 && x.ndim !== 4) {
    fail(
      "RuntimeError",
      `${name}(): Expected 3D or 4D tensor, but got${kind === "max" ? ":" : ""} ${listText(x.shape)}`,
    );
  }
  const sizes = x.shape.slice(-dims);
  const asked = dims === 2 && Array.isArray(outputSize) ? outputSize.map((size, d) => size ?? sizes[d]) : outputSize;
  const refusal = () => {
    if (dims === 1) return `${name}() argument 'output_size' should contain one int (got ${(asked as Shape).length})`;
    return kind === "avg"
      ? `${name}: output_size must be 2`
      : `${name}(): internal error: output_size.size() must be 2`;
  };
  if (dims === 2 && Array.isArray(asked) && asked.length === 1) fail("RuntimeError", refusal());
  const outputs = extents(`${name}()`, "output_size", asked as number | Shape, dims, refusal);
  const spaces = x.shape.slice(kind === "avg" ? -dims : x.ndim - dims - 1);
  const empty = spaces.indexOf(0);
  if (empty !== -1) {
    const isPlane = kind === "avg" && dims === 1;
    const shape = isPlane ? x.shape.toSpliced(-1, 0, 1) : x.shape;
    const at = shape.length - (isPlane ? 1 : spaces.length - empty);
    fail(
      "RuntimeError",
      `${kind === "avg" ? two : name}(): Expected input to have non-zero size for non-batch dimensions, but input has sizes ${listText(shape)} with dimension ${at} being empty`,
    );
  }
  const negative = outputs.find((size) => size < 0);
  if (negative !== undefined) {
    const shape = pair(outputs, 1);
    fail(
      "RuntimeError",
      kind === "avg"
        ? `${two}: elements of output_size must be greater than or equal to 0 but received {${shape.join(", ")}}`
        : `Trying to create tensor with negative dimension ${negative}: ${listText([...x.shape.slice(0, -dims), ...shape])}`,
    );
  }
  checkFloat(two, x);
  return sizes.map((size, d) => adaptiveWindows(size, outputs[d]));
}

function adaptiveAverage(dims: Dims, input: Tensor, outputSize: number | readonly (number | null)[]): Tensor {
  const ranges = twoOf(adaptive("avg", dims, input, outputSize));
  const [rows, columns] = ranges.map(({ first, end }) => first.map((start, i) => end[i] - start));
  const divisors = rows.flatMap((a) => columns.map((b) => a * b));
  return back(apply(avgPool, planes(input, dims), ...ranges, divisors), input, dims);
}

/**
 * The means of `outputSize` windows that cover `[N, C, L]` or `[C, L]`.
 * @param input the signal
 */
export function adaptiveAvgPool1d(input: Tensor, outputSize: Adaptive<1>): Tensor {
  return adaptiveAverage(1, input, outputSize);
}

/**
 * The means of windows that cover `[N, C, H, W]` or `[C, H, W]`; null keeps a size.
 * @param input the images
 * @param outputSize how many windows, along each dimension or both
 */
export function adaptiveAvgPool2d(input: Tensor, outputSize: Adaptive<2>): Tensor {
  return adaptiveAverage(2, input, outputSize);
}

/**
 * The greatest of `outputSize` windows that cover `[N, C, L]` or `[C, L]`.
 * @param input the signal
 */
export function adaptiveMaxPool1d<Indices extends boolean = false>(
  input: Tensor,
  outputSize: Adaptive<1>,
  options: IndicesOption<Indices> = {},
): Pooled<Indices> {
  checkOptions("adaptive_max_pool1d()", options, ["returnIndices"]);
  return pooledMax(input, 1, adaptive("max", 1, input, outputSize), options);
}

/**
 * The greatest of windows that cover `[N, C, H, W]` or `[C, H, W]`; null keeps a size.
 * @param input the images
 * @param outputSize how many windows, along each dimension or both
 */
export function adaptiveMaxPool2d<Indices extends boolean = false>(
  input: Tensor,
  outputSize: Adaptive<2>,
  options: IndicesOption<Indices> = {},
): Pooled<Indices> {
  checkOptions("adaptive_max_pool2d()", options, ["returnIndices"]);
  return pooledMax(input, 2, adaptive("max", 2, input, outputSize), options);
}
