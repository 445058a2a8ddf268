/**
 * Convolution, and transposed convolution, over one or two dimensions of space.
 * Source: https://docs.pytorch.org/docs/stable/nn.functional.html#convolution-functions
 */

import { checkOptions, fail, shown, typed } from "../../base/errors.js";
import { listText, type Shape } from "../../base/shape.js";
import { cName, scalarName } from "../../device/value.js";
import { convolution, type Geometry } from "../../tensor/ops/conv.js";
import { apply, type Tensor } from "../../tensor/tensor.js";
import { checkFloat, checkTensor } from "../checks.js";
import { type Extent, extents, samePadding } from "./extent.js";

/** What both kinds of convolution take. */
interface Common<D extends 1 | 2> {
  /** Places from one window to the next. Default 1. */
  stride?: Extent<D>;
  /** Places between the elements of the kernel. Default 1. */
  dilation?: Extent<D>;
  /** Groups of channels that know nothing of each other. Default 1. */
  groups?: number;
}

/** Options of `conv1d` (D = 1) and `conv2d` (D = 2). */
export interface ConvolutionOptions<D extends 1 | 2> extends Common<D> {
  /** Zeros on either side; "same" for as many as keep the size, "valid" for none. Default 0. */
  padding?: Extent<D> | "same" | "valid";
}

/** Options of `convTranspose1d` (D = 1) and `convTranspose2d` (D = 2). */
export interface TransposedOptions<D extends 1 | 2> extends Common<D> {
  /** How much of the result is left out on either side. Default 0. */
  padding?: Extent<D>;
  /** How much longer the result is at its end, where several sizes would have the same input. Default 0. */
  outputPadding?: Extent<D>;
}

/** Options of any of them, as they come. */
interface Given {
  stride?: number | Shape;
  padding?: number | Shape | string;
  dilation?: number | Shape;
  outputPadding?: number | Shape;
  groups?: number;
}

function checkTypes(input: Tensor, weight: Tensor, bias: Tensor | null, transposed: boolean): void {
  if (input.dtype !== weight.dtype) {
    const [x, w] = [scalarName(input.dtype), scalarName(weight.dtype)];
    fail(
      "RuntimeError",
      input.dtype === "float32"
        ? `Input type (torch.${x}Tensor) and weight type (torch.${w}Tensor) should be the same or input should be a MKLDNN tensor and weight is a dense tensor`
        : `expected scalar type ${x} but found ${w}`,
    );
  }
  if (bias !== null && bias.dtype !== input.dtype) {
    fail("RuntimeError", `Input type (${cName(input.dtype)}) and bias type (${cName(bias.dtype)}) should be the same`);
  }
  checkFloat(transposed ? "slow_conv_transpose2d_out_cpu" : "slow_conv2d_cpu", input);
}

/** Refuses weights, biases and numbers of channels that do not belong together. */
function checkShapes(x: Tensor, weight: Tensor, bias: Tensor | null, groups: number, transposed: boolean): void {
  const [first, second] = weight.shape;
  const text = listText(weight.shape);
  const given = transposed ? "Given transposed=1" : `Given groups=${groups}`;
  if (first < groups) {
    fail(
      "RuntimeError",
      `Given groups=${groups}, expected weight to be at least ${groups} at dimension 0, but got weight of size ${text} instead`,
    );
  }
  if (first % groups !== 0) {
    fail(
      "RuntimeError",
      `Given groups=${groups}, expected weight to be divisible by ${groups} at dimension 0, but got weight of size [${text}] instead`,
    );
  }
  const channels = transposed ? first : second * groups;
  if (x.size(1) !== channels) {
    fail(
      "RuntimeError",
      `${given}, weight of size ${text}, expected input${listText(x.shape)} to have ${channels} channels, but got ${x.size(1)} channels instead`,
    );
  }
  const out = transposed ? second * groups : first;
  if (bias !== null && (bias.ndim !== 1 || bias.size(0) !== out)) {
    fail(
      "RuntimeError",
      `Given ${transposed ? "transposed=1, " : ""}weight of size ${text}, expected bias to be 1-dimensional with ${out} elements, but got bias of size ${listText(bias.shape)} instead`,
    );
  }
}

/** Refuses numbers that mean nothing. */
function checkNumbers({ groups, stride, before, dilation }: Geometry, outputPadding: Shape): void {
  if (groups <= 0) fail("RuntimeError", "non-positive groups is not supported");
  if (before.some((size) => size < 0)) fail("RuntimeError", "negative padding is not supported");
  if (outputPadding.some((size) => size < 0)) fail("RuntimeError", "negative output_padding is not supported");
  if (stride.some((size) => size <= 0)) fail("RuntimeError", "non-positive stride is not supported");
  if (dilation.some((size) => size <= 0)) fail("RuntimeError", "non-positive dilation is not supported");
}

const plane = (sizes: Shape) => (sizes.length === 1 ? [1, ...sizes] : sizes);
/** PyTorch runs one dimension as two. */
const heightAndWidth = (name: string, [height, width]: Shape): string =>
  `${name}_height: ${height} ${name}_width: ${width}`;

/** Sizes of space of a transposed convolution's result. */
function transposedSizes(input: Shape, outputPadding: Shape, geometry: Geometry): number[] {
  const { kernel, stride, dilation, before } = geometry;
  if (outputPadding.some((size, d) => size >= stride[d] && size >= dilation[d])) {
    const two = (list: Shape, one: number) => (list.length === 1 ? [one, ...list] : list);
    const [out, step, apart] = [two(outputPadding, 0), two(stride, 1), two(dilation, 1)];
    fail(
      "RuntimeError",
      `output padding must be smaller than either stride or dilation, but got ${heightAndWidth("output_padding", out)} ${heightAndWidth("stride", step)} ${heightAndWidth("dilation", apart)}`,
    );
  }
  const sizes = input.map(
    (size, d) => (size - 1) * stride[d] - 2 * before[d] + dilation[d] * (kernel[d] - 1) + outputPadding[d] + 1,
  );
  if (sizes.some((size) => size <= 0)) {
    const text = (list: Shape) => plane(list).join(" x ");
    fail(
      "RuntimeError",
      `Given input size per channel: (${text(input)}). Calculated output size per channel: (${text(sizes)}). Output size is too small`,
    );
  }
  return sizes;
}

/** Sizes of space of a convolution's result. */
function outputSizes(input: Shape, { kernel, stride, dilation, before, after }: Geometry): number[] {
  const padded = input.map((size, d) => size + before[d] + after[d]);
  const wide = kernel.map((size, d) => dilation[d] * (size - 1) + 1);
  if (wide.some((size, d) => size > padded[d])) {
    fail(
      "RuntimeError",
      `Calculated padded input size per channel: (${padded.join(" x ")}). Kernel size: (${wide.join(" x ")}). Kernel size can't be greater than actual input size`,
    );
  }
  return padded.map((size, d) => Math.floor((size - wide[d]) / stride[d]) + 1);
}

function convolve(
  name: string,
  dims: 1 | 2,
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  options: Given,
  transposed: boolean,
): Tensor {
  const where = `${name}()`;
  checkOptions(where, options, ["stride", "padding", "dilation", "groups", ...(transposed ? ["outputPadding"] : [])]);
  checkTensor(where, "input", 1, input);
  checkTensor(where, "weight", 2, weight);
  if (bias !== null) checkTensor(where, "bias", 3, bias);
  const { groups = 1, padding = 0, stride: steps = 1, dilation: apart = 1, outputPadding: extra = 0 } = options;
  typed("groups", groups, "int");
  if (input.ndim !== dims + 1 && input.ndim !== dims + 2) {
    fail(
      "RuntimeError",
      `Expected ${dims + 1}D (unbatched) or ${dims + 2}D (batched) input to ${name}, but got input of size: ${listText(input.shape)}`,
    );
  }
  if (weight.ndim !== dims + 2) {
    fail(
      "RuntimeError",
      `Expected ${dims + 2}-dimensional input for ${dims + 2}-dimensional weight ${listText(weight.shape)}, but got ${weight.ndim}-dimensional weight instead`,
    );
  }
  const kernel = weight.shape.slice(2);
  const read = (option: string, value: number | Shape) =>
    extents(
      where,
      option,
      value,
      dims,
      (list) =>
        `expected ${option} to be a single integer value or a list of ${dims} values to match the convolution dimensions, but got ${option}=${listText(list)}`,
    );
  const stride = read("stride", steps);
  const dilation = read("dilation", apart);
  const outputPadding = read("output_padding", extra);
  if (typeof padding === "string" && (transposed || (padding !== "same" && padding !== "valid"))) {
    fail("RuntimeError", `Invalid padding string: '${shown(padding)}'`);
  }
  if (padding === "same" && stride.some((step) => step !== 1)) {
    fail("RuntimeError", "padding='same' is not supported for strided convolutions");
  }
  const even = typeof padding === "string" ? Array<number>(dims).fill(0) : read("padding", padding);
  const around = padding === "same" ? samePadding(kernel, dilation) : { before: even, after: even };
  const geometry = { groups, kernel, stride, dilation, ...around, input: [], output: [], transposed };
  checkNumbers(geometry, outputPadding);
  const x = input.ndim === dims + 1 ? input.unsqueeze(0) : input;
  checkShapes(x, weight, bias, groups, transposed);
  if (kernel.includes(0)) {
    fail(
      "RuntimeError",
      `${where} expected a kernel of at least one element, but got weight of size ${listText(weight.shape)}`,
    );
  }
  const sizes = x.shape.slice(2);
  const space = transposed
    ? { input: transposedSizes(sizes, outputPadding, geometry), output: sizes }
    : { input: sizes, output: outputSizes(sizes, geometry) };
  if (sizes.includes(0)) {
    const shape = [...x.shape.slice(0, 2), ...plane(sizes)];
    fail(
      "RuntimeError",
      `Only zero batch or zero channel inputs are supported, but got input shape: ${listText(shape)}`,
    );
  }
  checkTypes(x, weight, bias, transposed);
  const y = apply(convolution, x, weight, bias, { ...geometry, ...space });
  return x === input ? y : y.squeeze(0);
}

/**
 * Every window of `[N, C, L]` or `[C, L]` times each of the kernels `[O, C / groups, K]`, plus bias `[O]`.
 * @param input the signal
 * @param weight the kernels
 */
export function conv1d(
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: ConvolutionOptions<1> = {},
): Tensor {
  return convolve("conv1d", 1, input, weight, bias, options, false);
}

/**
 * Every window of `[N, C, H, W]` or `[C, H, W]` times each of the kernels `[O, C / groups, K₀, K₁]`, plus bias `[O]`.
 * @param input the images
 * @param weight the kernels
 */
export function conv2d(
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: ConvolutionOptions<2> = {},
): Tensor {
  return convolve("conv2d", 2, input, weight, bias, options, false);
}

/** The gradient of `conv1d` with respect to its input, as a function: `[N, C, L]`, weight `[C, O / groups, K]`. */
export function convTranspose1d(
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: TransposedOptions<1> = {},
): Tensor {
  return convolve("conv_transpose1d", 1, input, weight, bias, options, true);
}

/** The gradient of `conv2d` with respect to its input, as a function: `[N, C, H, W]`, weight `[C, O / groups, K₀, K₁]`. */
export function convTranspose2d(
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: TransposedOptions<2> = {},
): Tensor {
  return convolve("conv_transpose2d", 2, input, weight, bias, options, true);
}
