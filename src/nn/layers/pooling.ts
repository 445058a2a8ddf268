/**
 * Pooling as modules. Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool1d.html, …MaxPool2d.html,
 * …AvgPool1d.html, …AvgPool2d.html, …AdaptiveAvgPool1d.html and so on
 */

import { checkOptions } from "../../base/errors.js";
import { tupleText } from "../../base/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Extent } from "../functional/extent.js";
import {
  type Adaptive,
  type AvgPool2dOptions,
  type AvgPoolOptions,
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  avgPool1d,
  avgPool2d,
  type IndicesOption,
  type MaxPoolOptions,
  maxPool1d,
  maxPool2d,
  type Pooled,
} from "../functional/index.js";
import { Module, pythonBool } from "../module.js";

/** A size as Python prints it: a number, or a tuple with None for null. */
function sizeText(size: number | readonly (number | null)[]): string {
  if (typeof size === "number") return String(size);
  return size.length === 1 ? `(${size[0]},)` : `(${size.map((one) => one ?? "None").join(", ")})`;
}

const windowOptions = ["stride", "padding", "ceilMode"];

/** What the max pools have in common. */
abstract class MaxPool<D extends 1 | 2, Indices extends boolean> extends Module {
  constructor(
    /** Places of a window. */
    readonly kernelSize: Extent<D>,
    /** Where windows lie, and what is given. */
    readonly options: MaxPoolOptions<D, Indices>,
  ) {
    super();
    checkOptions(`${new.target.name}.__init__()`, options, [...windowOptions, "dilation", "returnIndices"]);
  }

  protected override extraRepr(): string {
    const { stride, padding = 0, dilation = 1, ceilMode = false } = this.options;
    const sizes = { kernel_size: this.kernelSize, stride: stride ?? this.kernelSize, padding, dilation };
    const parts = Object.entries(sizes).map(([name, size]) => `${name}=${sizeText(size)}`);
    return `${parts.join(", ")}, ceil_mode=${pythonBool(ceilMode)}`;
  }
}

/**
 * The greatest of each window of `[N, C, L]` or `[C, L]`; with `returnIndices` beside its place.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool1d.html
 */
export class MaxPool1d<Indices extends boolean = false> extends MaxPool<1, Indices> {
  static override name = "MaxPool1d";

  /** @param kernelSize places of a window */
  constructor(kernelSize: Extent<1>, options: MaxPoolOptions<1, Indices> = {}) {
    super(kernelSize, options);
  }

  /** An `input` `[N, C, L]` or `[C, L]` → the same with as many windows in the place of L. */
  override forward(input: Tensor): Pooled<Indices> {
    return maxPool1d(input, this.kernelSize, this.options);
  }
}

/**
 * The greatest of each window of `[N, C, H, W]` or `[C, H, W]`; with `returnIndices` beside its place in the plane.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html
 */
export class MaxPool2d<Indices extends boolean = false> extends MaxPool<2, Indices> {
  static override name = "MaxPool2d";

  /** @param kernelSize rows and columns of a window */
  constructor(kernelSize: Extent<2>, options: MaxPoolOptions<2, Indices> = {}) {
    super(kernelSize, options);
  }

  /** An `input` `[N, C, H, W]` or `[C, H, W]` → the same with as many windows in the places of H and W. */
  override forward(input: Tensor): Pooled<Indices> {
    return maxPool2d(input, this.kernelSize, this.options);
  }
}

/**
 * The mean of each window of `[N, C, L]` or `[C, L]`.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool1d.html
 */
export class AvgPool1d extends Module {
  static override name = "AvgPool1d";

  /** @param kernelSize places of a window */
  constructor(
    readonly kernelSize: Extent<1>,
    /** Where windows lie, and what is divided by. */
    readonly options: AvgPoolOptions<1> = {},
  ) {
    super();
    checkOptions("AvgPool1d.__init__()", options, [...windowOptions, "countIncludePad"]);
  }

  /** An `input` `[N, C, L]` or `[C, L]` → the same with as many windows in the place of L. */
  override forward(input: Tensor): Tensor {
    return avgPool1d(input, this.kernelSize, this.options);
  }

  protected override extraRepr(): string {
    const { stride, padding = 0 } = this.options;
    const sizes = { kernel_size: this.kernelSize, stride: stride ?? this.kernelSize, padding };
    const tuple = (size: Extent<1>) => tupleText(typeof size === "number" ? [size] : size);
    return Object.entries(sizes)
      .map(([name, size]) => `${name}=${tuple(size)}`)
      .join(", ");
  }
}

/**
 * The mean of each window of `[N, C, H, W]` or `[C, H, W]`.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html
 */
export class AvgPool2d extends Module {
  static override name = "AvgPool2d";

  /** @param kernelSize rows and columns of a window */
  constructor(
    readonly kernelSize: Extent<2>,
    /** Where windows lie, and what is divided by. */
    readonly options: AvgPool2dOptions = {},
  ) {
    super();
    checkOptions("AvgPool2d.__init__()", options, [...windowOptions, "countIncludePad", "divisorOverride"]);
  }

  /** An `input` `[N, C, H, W]` or `[C, H, W]` → the same with as many windows in the places of H and W. */
  override forward(input: Tensor): Tensor {
    return avgPool2d(input, this.kernelSize, this.options);
  }

  protected override extraRepr(): string {
    const { stride, padding = 0 } = this.options;
    const sizes = { kernel_size: this.kernelSize, stride: stride ?? this.kernelSize, padding };
    return Object.entries(sizes)
      .map(([name, size]) => `${name}=${sizeText(size)}`)
      .join(", ");
  }
}

/** What the adaptive pools have in common. */
abstract class AdaptivePool<D extends 1 | 2> extends Module {
  constructor(
    /** The sizes of space of the output; null keeps the input's. */
    readonly outputSize: Adaptive<D>,
    ...others: []
  ) {
    super(...others);
  }

  protected override extraRepr(): string {
    return `output_size=${sizeText(this.outputSize)}`;
  }
}

/**
 * The means of `outputSize` windows that cover `[N, C, L]` or `[C, L]`.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool1d.html
 */
export class AdaptiveAvgPool1d extends AdaptivePool<1> {
  static override name = "AdaptiveAvgPool1d";

  /** An `input` `[N, C, L]` or `[C, L]` → the same with as many windows in the place of L. */
  override forward(input: Tensor): Tensor {
    return adaptiveAvgPool1d(input, this.outputSize);
  }
}

/**
 * The means of windows that cover `[N, C, H, W]` or `[C, H, W]`.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html
 */
export class AdaptiveAvgPool2d extends AdaptivePool<2> {
  static override name = "AdaptiveAvgPool2d";

  /** An `input` `[N, C, H, W]` or `[C, H, W]` → the same with as many windows in the places of H and W. */
  override forward(input: Tensor): Tensor {
    return adaptiveAvgPool2d(input, this.outputSize);
  }
}

/**
 * The greatest of `outputSize` windows that cover `[N, C, L]` or `[C, L]`.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool1d.html
 */
export class AdaptiveMaxPool1d<Indices extends boolean = false> extends AdaptivePool<1> {
  static override name = "AdaptiveMaxPool1d";

  /** @param outputSize how many windows there are */
  constructor(
    outputSize: Adaptive<1>,
    /** Whether places are given, too. */
    readonly options: IndicesOption<Indices> = {},
  ) {
    super(outputSize);
    checkOptions("AdaptiveMaxPool1d.__init__()", options, ["returnIndices"]);
  }

  /** An `input` `[N, C, L]` or `[C, L]` → the same with as many windows in the place of L. */
  override forward(input: Tensor): Pooled<Indices> {
    return adaptiveMaxPool1d(input, this.outputSize, this.options);
  }
}

/**
 * The greatest of windows that cover `[N, C, H, W]` or `[C, H, W]`.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool2d.html
 */
export class AdaptiveMaxPool2d<Indices extends boolean = false> extends AdaptivePool<2> {
  static override name = "AdaptiveMaxPool2d";

  /** @param outputSize how many rows and columns of windows there are; null keeps the input's */
  constructor(
    outputSize: Adaptive<2>,
    /** Whether places are given, too. */
    readonly options: IndicesOption<Indices> = {},
  ) {
    super(outputSize);
    checkOptions("AdaptiveMaxPool2d.__init__()", options, ["returnIndices"]);
  }

  /** An `input` `[N, C, H, W]` or `[C, H, W]` → the same with as many windows in the places of H and W. */
  override forward(input: Tensor): Pooled<Indices> {
    return adaptiveMaxPool2d(input, this.outputSize, this.options);
  }
}
