/**
 * Convolutions as modules, transposed ones included.
 * Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv1d.html, …Conv2d.html, …ConvTranspose1d.html,
 * …ConvTranspose2d.html
 */

import { checkOptions, fail, shown, typed } from "../../base/errors.js";
import { listText, type Shape, tupleText } from "../../base/shape.js";
import type { Stage } from "../../device/device.js";
import type { FloatDType } from "../../device/value.js";
import * as stages from "../../stream/stages.js";
import { zeros } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkSizes } from "../checks.js";
import { type Extent, extents, type Sizes, samePadding } from "../functional/extent.js";
import { conv1d, conv2d, convTranspose1d, convTranspose2d, type PadMode, pad } from "../functional/index.js";
import { kaimingUniform_, uniform_ } from "../init.js";
import { Module, Parameter } from "../module.js";
import { weightIfAny, weightOf } from "../streams.js";

/** What stands beyond the input. */
export type PaddingMode = "zeros" | Exclude<PadMode, "constant">;

/** What both kinds of convolution take. */
interface CommonOptions<D extends 1 | 2> {
  /** Places from one window to the next. Default 1. */
  stride?: Extent<D>;
  /** Places between the elements of the kernel. Default 1. */
  dilation?: Extent<D>;
  /** Groups of channels that know nothing of each other. Default 1. */
  groups?: number;
  /** Default true. */
  bias?: boolean;
  /** Default float32. */
  dtype?: FloatDType;
}

/** Options of `Conv1d` (D = 1) and `Conv2d` (D = 2). */
export interface ConvOptions<D extends 1 | 2> extends CommonOptions<D> {
  /** Places beyond the input on either side; "same" for as many as keep the size, "valid" for none. Default 0. */
  padding?: Extent<D> | "same" | "valid";
  /** What stands there. Default "zeros". */
  paddingMode?: PaddingMode;
}

/** Options of `ConvTranspose1d` (D = 1) and `ConvTranspose2d` (D = 2). */
export interface ConvTransposeOptions<D extends 1 | 2> extends CommonOptions<D> {
  /** How much of the result is left out on either side. Default 0. */
  padding?: Extent<D>;
  /** How much longer the result is at its end, where several sizes would have the same input. Default 0. */
  outputPadding?: Extent<D>;
  /** Only zeros. */
  paddingMode?: "zeros";
}

type Given = Partial<Omit<ConvOptions<1 | 2> & ConvTransposeOptions<1 | 2>, "padding" | "paddingMode">> & {
  padding?: number | Shape | string;
  paddingMode?: string;
};

const modes = ["replicate", "zeros", "reflect", "circular"];

/** What the four have in common: parameters, checks and print. */
abstract class ConvNd<D extends 1 | 2> extends Module {
  /** Places of a window. */
  readonly kernelSize: Sizes<D>;
  /** Places from one window to the next. */
  readonly stride: Sizes<D>;
  /** Places beyond the input on either side, "same" or "valid". */
  readonly padding: Sizes<D> | "same" | "valid";
  /** Places between the elements of a window. */
  readonly dilation: Sizes<D>;
  /** How much longer the result of a transposed convolution is. */
  readonly outputPadding: Sizes<D>;
  /** How many groups of channels there are. */
  readonly groups: number;
  /** What stands beyond the input. */
  readonly paddingMode: PaddingMode;
  /** `[outChannels, inChannels / groups, …kernelSize]`; transposed `[inChannels, outChannels / groups, …kernelSize]` */
  weight: Parameter;
  /** `[outChannels]`, or null */
  bias: Parameter | null;

  constructor(
    readonly inChannels: number,
    readonly outChannels: number,
    kernelSize: number | Shape,
    given: Given,
    dims: D,
    transposed: boolean,
  ) {
    super();
    const { name } = new.target;
    const where = `${name}.__init__()`;
    const own = transposed ? ["outputPadding"] : [];
    checkOptions(where, given, [
      ...["stride", "padding", "dilation", "groups", "bias", "paddingMode", "dtype"],
      ...own,
    ]);
    const { groups = 1, bias = true, padding = 0, paddingMode = "zeros", dtype = "float32" } = given;
    const { stride = 1, dilation = 1, outputPadding = 0 } = given;
    typed("in_channels", inChannels, "int");
    typed("out_channels", outChannels, "int");
    typed("groups", groups, "int");
    typed("bias", bias, "bool");
    const read = (option: string, value: number | Shape) =>
      extents(
        where,
        option,
        value,
        dims,
        (list) => `${where} expected ${option} as one number or ${dims}, got: ${listText(list)}`,
      ) as unknown as Sizes<D>;
    this.kernelSize = read("kernel_size", kernelSize);
    this.stride = read("stride", stride);
    this.dilation = read("dilation", dilation);
    this.outputPadding = read("output_padding", outputPadding);
    if (transposed && paddingMode !== "zeros") {
      fail("ValueError", `Only "zeros" padding mode is supported for ${name}`);
    }
    if (groups <= 0) fail("ValueError", "groups must be a positive integer");
    if (inChannels % groups !== 0) fail("ValueError", "in_channels must be divisible by groups");
    if (outChannels % groups !== 0) fail("ValueError", "out_channels must be divisible by groups");
    if (typeof padding === "string" && !transposed) {
      if (padding !== "same" && padding !== "valid") {
        fail("ValueError", `Invalid padding string '${padding}', should be one of {'valid', 'same'}`);
      }
      if (padding === "same" && this.stride.some((step) => step !== 1)) {
        fail("ValueError", "padding='same' is not supported for strided convolutions");
      }
      this.padding = padding;
    } else this.padding = read("padding", padding as number);
    if (!modes.includes(paddingMode)) {
      fail(
        "ValueError",
        `padding_mode must be one of {${modes.map((mode) => `'${mode}'`).join(", ")}}, but got padding_mode='${shown(paddingMode)}'`,
      );
    }
    this.paddingMode = paddingMode as PaddingMode;
    this.groups = groups;
    const [first, second] = transposed ? [inChannels, outChannels] : [outChannels, inChannels];
    const shape = [first, second / groups, ...this.kernelSize];
    checkSizes(Object.fromEntries(shape.map((size, i) => [`size ${i}`, size])));
    this.weight = new Parameter(zeros(shape, { dtype }));
    this.bias = bias ? new Parameter(zeros([outChannels], { dtype })) : null;
    this.resetParameters();
  }

  /** Draws weight and bias from U(−k, k), k = 1/√(weight.size(1)·kernel elements). */
  resetParameters(): void {
    kaimingUniform_(this.weight, { a: Math.sqrt(5) });
    const fanIn = this.weight.shape.slice(1).reduce((a, b) => a * b, 1);
    if (this.bias !== null && fanIn > 0) uniform_(this.bias, -1 / Math.sqrt(fanIn), 1 / Math.sqrt(fanIn));
  }

  /** The input with what stands beyond it, and the padding that is left to do. */
  protected padded(input: Tensor): { input: Tensor; padding: Sizes<D> | "same" | "valid" } {
    const { padding, paddingMode, kernelSize, dilation } = this;
    if (paddingMode === "zeros") return { input, padding };
    const none = kernelSize.map(() => 0) as unknown as Sizes<D>;
    const even = typeof padding === "string" ? none : padding;
    const { before, after } = padding === "same" ? samePadding(kernelSize, dilation) : { before: even, after: even };
    const sizes = before.flatMap((size, d) => [after[d], size]).reverse();
    return { input: pad(input, sizes, { mode: paddingMode }), padding: none };
  }

  protected override extraRepr(): string {
    const { padding, dilation, outputPadding, groups, bias, paddingMode } = this;
    const parts = [
      `${this.inChannels}, ${this.outChannels}`,
      `kernel_size=${tupleText(this.kernelSize)}`,
      `stride=${tupleText(this.stride)}`,
    ];
    const isPadded = typeof padding === "string" || padding.some((size) => size !== 0);
    if (isPadded) parts.push(`padding=${typeof padding === "string" ? padding : tupleText(padding)}`);
    if (dilation.some((step) => step !== 1)) parts.push(`dilation=${tupleText(dilation)}`);
    if (outputPadding.some((size) => size !== 0)) parts.push(`output_padding=${tupleText(outputPadding)}`);
    if (groups !== 1) parts.push(`groups=${groups}`);
    if (bias === null) parts.push("bias=False");
    if (paddingMode !== "zeros") parts.push(`padding_mode=${paddingMode}`);
    return parts.join(", ");
  }

  /** The output padding that gives a size of those that have this input; of the module without one. */
  protected outputPaddingFor(input: Tensor, outputSize: readonly number[] | null): Sizes<D> {
    if (outputSize === null) return this.outputPadding;
    const dims = this.kernelSize.length;
    const { stride, dilation, kernelSize } = this;
    const padding = this.padding as Shape;
    const size = outputSize.slice(outputSize.length === input.ndim ? -dims : 0);
    if (size.length !== dims) {
      fail(
        "ValueError",
        `ConvTranspose${dims}D: for ${input.ndim}D input, output_size must have ${dims} or ${input.ndim} elements (got ${outputSize.length})`,
      );
    }
    const from = input.shape.slice(-dims);
    const least = from.map((n, d) => (n - 1) * stride[d] - 2 * padding[d] + dilation[d] * (kernelSize[d] - 1) + 1);
    const most = least.map((n, d) => n + stride[d] - 1);
    if (size.some((n, d) => n < least[d] || n > most[d])) {
      fail(
        "ValueError",
        `requested an output size of ${listText(size)}, but valid sizes range from ${listText(least)} to ${listText(most)} (for an input of torch.Size(${listText(from)}))`,
      );
    }
    return size.map((n, d) => n - least[d]) as unknown as Sizes<D>;
  }
}

/**
 * Every window of `[N, C, L]` or `[C, L]` times each of `outChannels` kernels. In a stream it is causal: a step's output is
 * made of its input and those of (K − 1)·dilation steps before, which begin as zeros.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv1d.html
 */
export class Conv1d extends ConvNd<1> {
  static override name = "Conv1d";

  /**
   * @param inChannels C
   * @param outChannels channels of the output
   * @param kernelSize places of a window
   */
  constructor(inChannels: number, outChannels: number, kernelSize: Extent<1>, options: ConvOptions<1> = {}) {
    super(inChannels, outChannels, kernelSize, options, 1, false);
  }

  /**
   * `[N, C, L]` → `[N, outChannels, windows]`
   * @param input or `[C, L]`
   */
  override forward(input: Tensor): Tensor {
    const { stride, dilation, groups } = this;
    const { input: x, padding } = this.padded(input);
    return conv1d(x, this.weight, this.bias, { stride, padding, dilation, groups });
  }

  /**
   * @internal Causal: a step's output is made of its input and those of span = (K − 1)·dilation steps before, which begin
   * as zeros. So it takes padding 0, which means the whole sequence after span zeros on the left, and zeros as padding of
   * span on either side, which means the same without the last span outputs. Any other padding would know the future.
   */
  override streamStages(where: string): readonly Stage[] {
    const { inChannels: C, outChannels: P, groups, padding: given, paddingMode } = this;
    const [[taps], [stride], [dilation]] = [this.kernelSize, this.stride, this.dilation];
    if (stride !== 1)
      fail("ValueError", `${where} expected Conv1d with an output for each input, got: stride=${stride}`);
    if (taps < 1 || dilation < 1) {
      fail(
        "ValueError",
        `${where} expected Conv1d with positive sizes, got: kernel_size=${taps}, dilation=${dilation}`,
      );
    }
    const span = (taps - 1) * dilation;
    const [padding] = given === "valid" ? [0] : given === "same" ? [span / 2] : given;
    if (padding !== 0 && !(padding === span && paddingMode === "zeros")) {
      const expected = `padding 0 or ${span} zeros, (kernel_size − 1)·dilation, since others need the future`;
      const came = typeof given === "string" ? given : padding;
      fail(
        "ValueError",
        `${where} expected Conv1d with ${expected}, got: padding=${came}, padding_mode=${paddingMode}`,
      );
    }
    const take = () => ({
      weight: weightOf(where, "weight", this.weight, [P, C / groups, taps]),
      bias: weightIfAny(where, "bias", this.bias, [P]),
    });
    return [stages.causalConv({ inputSize: C, outputSize: P, taps, dilation, groups }, take)];
  }
}

/**
 * Every window of `[N, C, H, W]` or `[C, H, W]` times each of `outChannels` kernels.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html
 */
export class Conv2d extends ConvNd<2> {
  static override name = "Conv2d";

  /**
   * @param inChannels C
   * @param outChannels channels of the output
   * @param kernelSize rows and columns of a window
   */
  constructor(inChannels: number, outChannels: number, kernelSize: Extent<2>, options: ConvOptions<2> = {}) {
    super(inChannels, outChannels, kernelSize, options, 2, false);
  }

  /**
   * `[N, C, H, W]` → `[N, outChannels, …]`
   * @param input or `[C, H, W]`
   */
  override forward(input: Tensor): Tensor {
    const { stride, dilation, groups } = this;
    const { input: x, padding } = this.padded(input);
    return conv2d(x, this.weight, this.bias, { stride, padding, dilation, groups });
  }
}

/**
 * The gradient of `Conv1d` with respect to its input, as a layer: `[N, C, L]` or `[C, L]` to a longer line.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose1d.html
 */
export class ConvTranspose1d extends ConvNd<1> {
  static override name = "ConvTranspose1d";

  /**
   * @param inChannels C
   * @param outChannels channels of the output
   * @param kernelSize places of a window of the output
   */
  constructor(inChannels: number, outChannels: number, kernelSize: Extent<1>, options: ConvTransposeOptions<1> = {}) {
    super(inChannels, outChannels, kernelSize, options, 1, true);
  }

  /** `[N, C, L]` → `[N, outChannels, …]`; `outputSize` picks one of the sizes that have this input. */
  override forward(input: Tensor, outputSize: readonly number[] | null = null): Tensor {
    const { stride, dilation, groups } = this;
    const padding = this.padding as Sizes<1>;
    const outputPadding = this.outputPaddingFor(input, outputSize);
    return convTranspose1d(input, this.weight, this.bias, { stride, padding, outputPadding, dilation, groups });
  }
}

/**
 * The gradient of `Conv2d` with respect to its input, as a layer: `[N, C, H, W]` or `[C, H, W]` to a larger plane.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html
 */
export class ConvTranspose2d extends ConvNd<2> {
  static override name = "ConvTranspose2d";

  /**
   * @param inChannels C
   * @param outChannels channels of the output
   * @param kernelSize rows and columns of a window of the output
   */
  constructor(inChannels: number, outChannels: number, kernelSize: Extent<2>, options: ConvTransposeOptions<2> = {}) {
    super(inChannels, outChannels, kernelSize, options, 2, true);
  }

  /** `[N, C, H, W]` → `[N, outChannels, …]`; `outputSize` picks one of the sizes that have this input. */
  override forward(input: Tensor, outputSize: readonly number[] | null = null): Tensor {
    const { stride, dilation, groups } = this;
    const padding = this.padding as Sizes<2>;
    const outputPadding = this.outputPaddingFor(input, outputSize);
    return convTranspose2d(input, this.weight, this.bias, { stride, padding, outputPadding, dilation, groups });
  }
}
