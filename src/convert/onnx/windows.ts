/**
 * Convolutions and pooling as ONNX nodes.
 * Source: https://onnx.ai/onnx/operators/onnx__Conv.html, …ConvTranspose.html, …MaxPool.html, …AveragePool.html
 */

import { fail } from "../../base/errors.js";
import { samePadding } from "../../nn/functional/extent.js";
import * as nn from "../../nn/index.js";
import type { Attribute, Dimension, GraphBuilder } from "./builder.js";
import { channels, type Step, stateless } from "./step.js";

type Conv = nn.Conv1d | nn.Conv2d;
type ConvTranspose = nn.ConvTranspose1d | nn.ConvTranspose2d;
type MaxPool = nn.MaxPool1d<boolean> | nn.MaxPool2d<boolean>;
type AvgPool = nn.AvgPool1d | nn.AvgPool2d;
type Adaptive =
  | nn.AdaptiveAvgPool1d
  | nn.AdaptiveAvgPool2d
  | nn.AdaptiveMaxPool1d<boolean>
  | nn.AdaptiveMaxPool2d<boolean>;

/** What ONNX's Pad calls PyTorch's modes. */
const padModes: Readonly<Record<string, string>> = { reflect: "reflect", replicate: "edge" };

/** Sizes of space behind a window: how large they are only the input tells. */
function behind(path: string, dims: readonly Dimension[], channels: Dimension): Dimension[] {
  const names = dims.length === 3 ? ["length"] : ["height", "width"];
  return [dims[0], channels, ...names.map((name) => `${path}out_${name}`)];
}

/** An option that is one number, or one for each dimension of space. */
const each = (size: number | readonly number[], space: number): number[] =>
  typeof size === "number" ? Array<number>(space).fill(size) : [...size];

const unknown = (what: string): never => fail("NotImplementedError", `exportOnnx() has no operator for ${what}`);

export function convolution(module: Conv, path: string): Step {
  const { inChannels, outChannels, kernelSize, stride, padding, dilation, groups, paddingMode, weight, bias } = module;
  const space = module instanceof nn.Conv1d ? 1 : 2;
  const even: readonly number[] = typeof padding === "string" ? kernelSize.map(() => 0) : padding;
  const { before, after } = padding === "same" ? samePadding(kernelSize, dilation) : { before: even, after: even };
  return stateless(
    channels(inChannels),
    (graph, value, dims) => {
      const isZeros = paddingMode === "zeros";
      const input = isZeros ? value : padded(graph, path, value, paddingMode, before, after);
      const pads = [...before, ...after].map((size) => (isZeros ? size : 0));
      const attributes = { ...windows(kernelSize, stride, pads, dilation), group: { i: groups } };
      const [result] = graph.node("Conv", `${path}Conv`, [input, ...weights(graph, path, weight, bias)], attributes);
      return { value: result, dims: behind(path, dims, outChannels) };
    },
    { space },
  );
}

/** What stands before and behind is a copy of the input's other end where the mode is circular, which opset 17 has not. */
function padded(
  graph: GraphBuilder,
  path: string,
  value: string,
  mode: string,
  before: readonly number[],
  after: readonly number[],
): string {
  if (mode !== "circular") {
    const all = graph.whole([0, 0, ...before, 0, 0, ...after]);
    return graph.node("Pad", `${path}Pad`, [value, all], { mode: { s: padModes[mode] } })[0];
  }
  return before.reduce((input, size, d) => {
    const part = (name: string, begin: number, end: number): string[] => {
      const bounds = [begin, end, d + 2].map((one) => graph.whole([one]));
      return graph.node("Slice", `${path}${name}${d}`, [input, ...bounds]);
    };
    const parts = [...(size > 0 ? part("Last", -size, 2 ** 31 - 1) : []), input];
    if (after[d] > 0) parts.push(...part("First", 0, after[d]));
    return graph.node("Concat", `${path}Pad${d}`, parts, { axis: { i: d + 2 } })[0];
  }, value);
}

export function transposed(module: ConvTranspose, path: string): Step {
  const { inChannels, outChannels, kernelSize, stride, padding, dilation, groups, outputPadding, weight, bias } =
    module;
  const pads = [...(padding as readonly number[]), ...(padding as readonly number[])];
  const attributes = {
    ...windows(kernelSize, stride, pads, dilation),
    group: { i: groups },
    output_padding: { ints: outputPadding },
  };
  return stateless(
    channels(inChannels),
    (graph, value, dims) => {
      const inputs = [value, ...weights(graph, path, weight, bias)];
      const [result] = graph.node("ConvTranspose", `${path}ConvTranspose`, inputs, attributes);
      return { value: result, dims: behind(path, dims, outChannels) };
    },
    { space: module instanceof nn.ConvTranspose1d ? 1 : 2 },
  );
}

export function maxPool(module: MaxPool, path: string): Step {
  const { kernelSize } = module;
  const space = module instanceof nn.MaxPool1d ? 1 : 2;
  const { stride, padding = 0, dilation = 1, ceilMode = false, returnIndices = false } = module.options;
  if (returnIndices) unknown("a pool with returnIndices, which gives two values");
  const [kernel, pads] = [each(kernelSize, space), each(padding, space)];
  const attributes = windows(kernel, each(stride ?? kernel, space), [...pads, ...pads], each(dilation, space));
  return pool("MaxPool", path, space, { ...attributes, ceil_mode: { i: Number(ceilMode) } });
}

export function avgPool(module: AvgPool, path: string): Step {
  const space = module instanceof nn.AvgPool1d ? 1 : 2;
  const { stride, padding = 0, ceilMode = false, countIncludePad = true } = module.options;
  const divisor = module instanceof nn.AvgPool2d ? module.options.divisorOverride : undefined;
  if (divisor !== undefined && divisor !== null) unknown("an AvgPool2d with divisorOverride");
  const [kernel, pads] = [each(module.kernelSize, space), each(padding, space)];
  const attributes = windows(kernel, each(stride ?? kernel, space), [...pads, ...pads], null);
  return pool("AveragePool", path, space, {
    ...attributes,
    count_include_pad: { i: Number(countIncludePad) },
    ceil_mode: { i: Number(ceilMode) },
  });
}

export function adaptivePool(module: Adaptive, path: string): Step {
  const isMax = module instanceof nn.AdaptiveMaxPool1d || module instanceof nn.AdaptiveMaxPool2d;
  const space = module instanceof nn.AdaptiveAvgPool1d || module instanceof nn.AdaptiveMaxPool1d ? 1 : 2;
  const sizes = typeof module.outputSize === "number" ? [module.outputSize] : [...module.outputSize];
  if (sizes.some((size) => size !== 1)) unknown("an adaptive pool to any size but 1");
  if (isMax && module.options.returnIndices) unknown("a pool with returnIndices, which gives two values");
  const opType = isMax ? "GlobalMaxPool" : "GlobalAveragePool";
  return stateless(
    null,
    (graph, value, dims) => {
      const [result] = graph.node(opType, `${path}${opType}`, [value]);
      return { value: result, dims: [...dims.slice(0, 2), ...Array<number>(space).fill(1)] };
    },
    { space },
  );
}

function pool(opType: string, path: string, space: 1 | 2, attributes: Record<string, Attribute>): Step {
  return stateless(
    null,
    (graph, value, dims) => {
      const [result] = graph.node(opType, `${path}${opType}`, [value], attributes);
      return { value: result, dims: behind(path, dims, dims[1]) };
    },
    { space },
  );
}

function windows(
  kernel: readonly number[],
  strides: readonly number[],
  pads: readonly number[],
  dilations: readonly number[] | null,
): Record<string, Attribute> {
  return {
    kernel_shape: { ints: kernel },
    strides: { ints: strides },
    pads: { ints: pads },
    ...(dilations && { dilations: { ints: dilations } }),
  };
}

function weights(graph: GraphBuilder, path: string, weight: nn.Parameter, bias: nn.Parameter | null): string[] {
  return [graph.stored(`${path}weight`, weight), ...(bias === null ? [] : [graph.stored(`${path}bias`, bias)])];
}
