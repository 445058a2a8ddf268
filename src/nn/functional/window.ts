/** The windows of a pool: their options, checked in PyTorch's words, and the places that each has in the input. */

import { fail, typed } from "../../base/errors.js";
import { listText, type Shape } from "../../base/shape.js";
import type { Windows } from "../../device/pooling.js";
import { isFloat } from "../../device/value.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkFloat } from "../checks.js";
import { extents } from "./extent.js";

type Dims = 1 | 2;

/** One dimension as two, of which the first has `one`. */
export const pair = (list: Shape, one: number): number[] => (list.length === 1 ? [one, list[0]] : [...list]);

/** What a window is, with one number a dimension of space. */
export interface Window {
  readonly kernel: number[];
  readonly stride: number[];
  readonly padding: number[];
  readonly dilation: number[];
  readonly ceil: boolean;
}

/** What each function says of a list of another length. */
type Refusal = (name: string, list: Shape) => string;

const wordings: Record<string, Refusal> = {
  max_pool1d: (name, { length }) => {
    const kinds = name === "padding" ? "list of ints, or" : name === "stride" ? "list of ints, or" : "list of ints or";
    return `max_pool1d() ${name} must be ${name === "stride" ? "None, an int" : "an int"}, ${kinds} tuple of ints of size 1 but got size ${length}`;
  },
  avg_pool1d: (name, { length }) => `avg_pool1d() argument '${name}' should contain one int (got ${length})`,
};

const inTwo =
  (where: string): Refusal =>
  (name) => {
    const must = name === "dilation" ? "must be either" : "must either be";
    return `${where}: ${name} ${must} ${name === "stride" ? "omitted, " : ""}a single int, or a tuple of two ints`;
  };

/** The options of a window, checked. */
export function windowOf(
  name: string,
  dims: Dims,
  kernelSize: number | Shape,
  options: { stride?: number | Shape | null; padding?: number | Shape; dilation?: number | Shape; ceilMode?: boolean },
): Window {
  const refusal = wordings[name] ?? inTwo(name);
  const read = (option: string, value: number | Shape) =>
    extents(`${name}()`, option, value, dims, (list) => refusal(option, list));
  const kernel = read("kernel_size", kernelSize);
  const { stride: steps = null, padding: around = 0, dilation: apart = 1, ceilMode = false } = options;
  const stride = steps === null ? kernel : read("stride", steps);
  const [padding, dilation] = [read("padding", around), read("dilation", apart)];
  typed("ceil_mode", ceilMode, "bool");
  return { kernel, stride, padding, dilation, ceil: ceilMode };
}

/** How many windows there are along one dimension. */
function count(size: number, { kernel, stride, padding, dilation, ceil }: Window, d: number): number {
  const left = size + 2 * padding[d] - dilation[d] * (kernel[d] - 1) - 1;
  const outputs = Math.floor((left + (ceil ? stride[d] - 1 : 0)) / stride[d]) + 1;
  // The last window has to begin within the input or its padding on the left.
  return ceil && (outputs - 1) * stride[d] >= size + padding[d] ? outputs - 1 : outputs;
}

const beyond = ({ kernel, padding, dilation }: Window): number =>
  kernel.findIndex((size, d) => padding[d] > Math.floor(((size - 1) * dilation[d] + 1) / 2));

/** Refuses windows that mean nothing, as PyTorch does for planes. */
export function checkWindow(window: Window, x: Tensor, dims: Dims): number[] {
  const { kernel, stride, padding, dilation } = window;
  if (stride.includes(0)) fail("RuntimeError", "stride should not be zero");
  if (kernel.some((size) => size <= 0) || stride.some((step) => step < 0)) {
    const [k, s] = [pair(kernel, 1), pair(stride, 1)];
    fail(
      "RuntimeError",
      kernel.some((size) => size <= 0)
        ? `kernel size should be greater than zero, but got kH: ${k[0]} kW: ${k[1]}`
        : `stride should be greater than zero, but got dH: ${s[0]} dW: ${s[1]}`,
    );
  }
  if (dilation.some((size) => size <= 0)) {
    const [H, W] = pair(dilation, 1);
    fail("RuntimeError", `dilation should be greater than zero, but got dilationH: ${H} dilationW: ${W}`);
  }
  const negative = padding.find((size) => size < 0);
  if (negative !== undefined) fail("RuntimeError", `pad must be non-negative, but got pad: ${negative}`);
  const d = beyond(window);
  if (d !== -1) {
    fail(
      "RuntimeError",
      `pad should be at most half of effective kernel size, but got pad=${padding[d]}, kernel_size=${kernel[d]} and dilation=${dilation[d]}`,
    );
  }
  checkFilled(x, dims);
  const sizes = x.shape.slice(-dims);
  const outputs = sizes.map((size, i) => count(size, window, i));
  if (outputs.some((size) => size < 1)) {
    const text = (list: Shape) => `(${[x.size(-dims - 1), ...pair(list, 1)].join("x")})`;
    fail(
      "RuntimeError",
      `Given input size: ${text(sizes)}. Calculated output size: ${text(outputs)}. Output size is too small`,
    );
  }
  return outputs;
}

/** Refuses what is no batch of planes, and planes and channels of nothing; a batch may be empty. */
function checkFilled(x: Tensor, dims: Dims): void {
  const sizes = x.shape.slice(x.ndim === dims + 2 ? 1 : 0);
  if (x.ndim !== dims + 1 && x.ndim !== dims + 2) refuse(x.shape);
  if (sizes.includes(0)) refuse([...x.shape.slice(0, -dims), ...pair(x.shape.slice(-dims), 1)]);
  function refuse(shape: Shape): never {
    fail(
      "RuntimeError",
      `Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but got:${listText(shape)}`,
    );
  }
}

/** `max_pool1d` refuses in words of its own. */
export function checkMaxPool1d(x: Tensor, window: Window): void {
  const where = "max_pool1d()";
  const { kernel, stride, padding, dilation } = window;
  if (x.ndim < 2 || x.ndim > 3 || x.shape.slice(x.ndim - 2).includes(0)) {
    fail(
      "RuntimeError",
      `max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, but got:${listText(x.shape)}`,
    );
  }
  const positive = (name: string, [size]: Shape) => {
    if (size <= 0) fail("RuntimeError", `${where} ${name} must be greater than zero, but got ${size}`);
  };
  positive("kernel_size", kernel);
  positive("stride", stride);
  if (padding[0] < 0) fail("RuntimeError", `${where} padding must be non-negative, but got ${padding[0]}`);
  if (padding[0] > kernel[0] / 2) {
    fail(
      "RuntimeError",
      `${where} padding should be at most half of kernel size, but got padding=${padding[0]} and kernel_size=${kernel[0]}`,
    );
  }
  positive("dilation", dilation);
  const outputs = count(x.size(-1), window, 0);
  if (outputs < 1) fail("RuntimeError", `${where} Invalid computed output size: ${outputs}`);
  if (!isFloat(x.dtype)) checkFloat("max_pool1d_impl", x);
}

/** The windows along one dimension of so many places. */
export function windows(size: number, outputs: number, window: Window, d: number): Windows {
  const { kernel, stride, padding, dilation } = window;
  const [first, end]: number[][] = [[], []];
  for (let i = 0; i < outputs; i++) {
    const start = i * stride[d] - padding[d];
    end.push(Math.min(start + (kernel[d] - 1) * dilation[d] + 1, size));
    first.push(start < 0 ? start + Math.ceil(-start / dilation[d]) * dilation[d] : start);
  }
  return { first, end, step: dilation[d] };
}
