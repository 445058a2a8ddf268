/**
 * Padding, and windows as columns.
 * Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pad.html, …torch.nn.functional.unfold.html
 */

import { checkOptions, fail, shown, typeName } from "../../base/errors.js";
import { listText, type Shape } from "../../base/shape.js";
import { tensor } from "../../tensor/create.js";
import { pad as padConstant } from "../../tensor/ops/shape.js";
import { apply, type Tensor } from "../../tensor/tensor.js";
import { checkArgument, checkFloat, checkNumber, checkTensor } from "../checks.js";
import { type Extent, extents } from "./extent.js";

/** What stands beyond the input: one value, its elements mirrored or repeated, its last element, or its other end. */
export type PadMode = "constant" | "reflect" | "replicate" | "circular";

/** Options of `pad`. */
export interface PadOptions {
  /** Default "constant". */
  mode?: PadMode;
  /** The value of "constant". Default 0. */
  value?: number;
}

/** Where the element comes from that stands at place `i` of a dimension of so many, outside of it or within. */
const sources: Record<Exclude<PadMode, "constant">, (i: number, size: number) => number> = {
  reflect: (i, size) => (i < 0 ? -i : i >= size ? 2 * (size - 1) - i : i),
  replicate: (i, size) => Math.min(Math.max(i, 0), size - 1),
  circular: (i, size) => ((i % size) + size) % size,
};

/**
 * Elements added before and behind the last dimensions: `pad` has two numbers a dimension, the last dimension first;
 * negative ones take away.
 * @param input any shape, of as many dimensions as `pad` names
 */
export function pad(input: Tensor, pad: readonly number[], options: PadOptions = {}): Tensor {
  const where = "pad()";
  checkTensor(where, "input", 1, input);
  checkOptions(where, options, ["mode", "value"]);
  checkPad(pad, input.ndim);
  const { mode = "constant", value } = options;
  if (value !== undefined) checkNumber(where, "value", value);
  if (mode === "constant") return constant(input, pad, value ?? 0);
  if (!Object.hasOwn(sources, mode)) fail("NotImplementedError", `Unrecognised padding mode ${shown(mode)}`);
  if (value !== undefined && value !== 0) {
    fail("RuntimeError", `Padding mode "${mode}" doesn't take in value argument`);
  }
  const dims = pad.length / 2;
  if (dims < 1 || dims > 3 || (input.ndim !== dims + 1 && input.ndim !== dims + 2)) {
    fail(
      "NotImplementedError",
      `Padding size ${pad.length} is not supported for ${input.ndim}D input tensor.\nSupported combinations for non-constant padding:\n  - 2D or 3D input: padding size = 2 (pads last dimension)\n  - 3D or 4D input: padding size = 4 (pads last 2 dimensions)\n  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)`,
    );
  }
  checkSource(input.shape, pad, mode);
  // What is taken away at one end does not come back at the other.
  const taken = pad.map((size) => Math.min(size, 0));
  const circular = mode === "circular";
  let padded = circular ? constant(input, taken, 0) : input;
  for (let d = 0; d < dims; d++) {
    const at = input.ndim - 1 - d;
    const [before, after] = [2 * d, 2 * d + 1].map((i) => (circular ? Math.max(pad[i], 0) : pad[i]));
    const size = padded.size(at);
    if (before === 0 && after === 0) continue;
    const source = sources[mode];
    const from = new Int32Array(before + size + after).map((_, i) => source(i - before, size));
    padded = padded.indexSelect(at, tensor(from));
  }
  return padded;
}

function checkPad(pad: readonly number[], ndim: number): void {
  checkArgument(Array.isArray(pad), "pad()", "pad", 2, "tuple of ints", pad);
  const wrong = pad.findIndex((size) => !Number.isInteger(size));
  if (wrong !== -1) {
    fail(
      "TypeError",
      `pad(): argument 'pad' (position 2) must be tuple of ints, but found element of type ${typeName(pad[wrong])} at pos ${wrong}`,
    );
  }
  if (pad.length % 2 !== 0) fail("RuntimeError", "Padding length must be divisible by 2");
  if (pad.length > 2 * ndim) {
    fail(
      "RuntimeError",
      `Padding length should be less than or equal to two times the input dimension but got padding length ${pad.length} and input of dimension ${ndim}`,
    );
  }
}

function constant(input: Tensor, pad: readonly number[], value: number): Tensor {
  const [before, after] = [0, 1].map((side) =>
    input.shape.map((_, dim) => pad[2 * (input.ndim - 1 - dim) + side] ?? 0),
  );
  const inner = input.shape.reduce((part, size, dim) => {
    const [start, end] = [Math.max(-before[dim], 0), size - Math.max(-after[dim], 0)];
    if (end < start || start > size) fail("RuntimeError", "narrow(): length must be non-negative.");
    return start === 0 && end === size ? part : part.narrow(dim, start, end - start);
  }, input);
  const positive = (list: Shape) => list.map((size) => Math.max(size, 0));
  return apply(padConstant, inner, positive(before), positive(after), value);
}

/** Refuses what no element of the input could stand for. */
function checkSource(shape: Shape, pad: readonly number[], mode: PadMode): void {
  const dims = pad.length / 2;
  const circular = mode === "circular";
  if (!circular && shape.slice(shape.length === dims + 2 ? 1 : 0).includes(0)) {
    fail(
      "RuntimeError",
      `Expected ${dims + 1}D or ${dims + 2}D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: ${listText(shape)}`,
    );
  }
  for (let d = 0; d < dims; d++) {
    const at = shape.length - 1 - d;
    const [before, after, size] = [pad[2 * d], pad[2 * d + 1], shape[at]];
    if (circular && (before > size || after > size)) {
      fail("RuntimeError", "Padding value causes wrapping around more than once.");
    }
    if (mode === "reflect" && (before >= size || after >= size)) {
      fail(
        "RuntimeError",
        `Argument #${4 + 2 * d}: Padding size should be less than the corresponding input dimension, but got: padding (${before}, ${after}) at dimension ${at} of input ${listText(shape)}`,
      );
    }
    const length = before + size + after;
    if (circular && length < 0) fail("RuntimeError", "Negative padding value is resulting in an empty dimension");
    if (!circular && length < 1) {
      const axis = "WHD"[d];
      fail("RuntimeError", `input (${axis}: ${size}) is too small. Calculated output ${axis}: ${length}`);
    }
  }
}

/** Options of `unfold`. */
export interface UnfoldOptions {
  /** Places between the elements of a window. Default 1. */
  dilation?: Extent<2>;
  /** Zeros on either side. Default 0. */
  padding?: Extent<2>;
  /** Places from one window to the next. Default 1. */
  stride?: Extent<2>;
}

/**
 * The windows of `[N, C, H, W]` or `[C, H, W]` as columns: `[N, C·K₀·K₁, windows]`.
 * @param input the images
 * @param kernelSize a window's sizes: `[K₀, K₁]`, or one number for both
 */
export function unfold(input: Tensor, kernelSize: Extent<2>, options: UnfoldOptions = {}): Tensor {
  const where = "unfold()";
  checkTensor(where, "input", 1, input);
  checkOptions(where, options, ["dilation", "padding", "stride"]);
  const { dilation: apart = 1, padding: around = 0, stride: steps = 1 } = options;
  const read = (name: string, value: number | Shape) => {
    const refusal = (list: Shape) => `It is expected ${name} equals to 2, but got size ${list.length}`;
    if (Array.isArray(value) && value.length === 1) fail("RuntimeError", refusal(value));
    return extents(where, name, value, 2, refusal);
  };
  const [kernel, dilation, padding, stride] = [
    read("kernel_size", kernelSize),
    read("dilation", apart),
    read("padding", around),
    read("stride", steps),
  ];
  const positive = (name: string, short: string, [height, width]: Shape, least: number) => {
    if (height >= least && width >= least) return;
    const asked = least === 0 ? "should be non-negative" : "should be greater than zero";
    fail("RuntimeError", `${name} ${asked}, but got ${short}_height: ${height} ${short}_width: ${width}`);
  };
  positive("kernel size", "kernel", kernel, 1);
  positive("dilation", "dilation", dilation, 1);
  positive("padding", "pad", padding, 0);
  positive("stride", "stride", stride, 1);
  if ((input.ndim !== 3 && input.ndim !== 4) || input.shape.slice(input.ndim - 3).includes(0)) {
    fail(
      "RuntimeError",
      `Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: ${listText(input.shape)}`,
    );
  }
  const sizes = input.shape.slice(-2);
  const blocks = sizes.map(
    (size, d) => Math.floor((size + 2 * padding[d] - dilation[d] * (kernel[d] - 1) - 1) / stride[d]) + 1,
  );
  if (blocks.some((count) => count < 1)) {
    const text = (list: Shape) => `(${list.join(", ")})`;
    fail(
      "RuntimeError",
      `Given input with spatial size ${text(sizes)}, kernel_size=${text(kernel)}, dilation=${text(dilation)}, padding=${text(padding)}, calculated shape of the array of sliding blocks as ${text(blocks)}, but its components must be at least one.`,
    );
  }
  checkFloat("im2col_out_cpu", input);
  const [rows, columns] = padding;
  const wide = [dilation[0] * (kernel[0] - 1) + 1, dilation[1] * (kernel[1] - 1) + 1];
  const at = input.ndim - 2;
  const windows = constant(input, [columns, columns, rows, rows], 0)
    .unfold(at, wide[0], stride[0])
    .unfold(at + 1, wide[1], stride[1])
    .slice(-2, 0, null, dilation[0])
    .slice(-1, 0, null, dilation[1]);
  const order = [...Array(at).keys(), at + 2, at + 3, at, at + 1];
  const channels = input.size(at - 1) * kernel[0] * kernel[1];
  return windows.permute(order).reshape([...input.shape.slice(0, at - 1), channels, blocks[0] * blocks[1]]);
}
