/**
 * Modules that only give a tensor another shape, or nothing at all.
 * Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.Flatten.html, …Unflatten.html, …Identity.html
 */

import { checkOptions, fail, typed, typeName } from "../../base/errors.js";
import { type Shape, tupleText } from "../../base/shape.js";
import type { Stage } from "../../device/device.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkTensor } from "../checks.js";
import { Module } from "../module.js";
import { Rowwise } from "./rowwise.js";

/** Gives back what it is given. */
export class Identity extends Rowwise {
  static override name = "Identity";

  /**
   * Takes what the layer takes in whose place it stands, and makes nothing of it, as in PyTorch.
   * @param _given anything
   */
  constructor(..._given: unknown[]) {
    super();
  }

  /** The `input` itself. */
  protected override ofRows(input: Tensor): Tensor {
    return input;
  }

  /** @internal */
  override streamStages(): readonly Stage[] {
    return [];
  }
}

/** Options of `Flatten`. */
export interface FlattenOptions {
  /** The first dimension that is joined. Default 1: the batch stays. */
  startDim?: number;
  /** The last dimension that is joined. Default −1. */
  endDim?: number;
}

/** Dimensions `startDim` … `endDim` as one. */
export class Flatten extends Module {
  static override name = "Flatten";

  /** The first dimension that is joined. */
  readonly startDim: number;
  /** The last dimension that is joined. */
  readonly endDim: number;

  constructor(options: FlattenOptions = {}) {
    super();
    checkOptions("Flatten.__init__()", options, ["startDim", "endDim"]);
    const { startDim = 1, endDim = -1 } = options;
    typed("start_dim", startDim, "int");
    typed("end_dim", endDim, "int");
    this.startDim = startDim;
    this.endDim = endDim;
  }

  /** The `input` with its dimensions from the first to the last named as one. */
  override forward(input: Tensor): Tensor {
    checkTensor("Flatten.forward()", "input", 1, input);
    return input.flatten(this.startDim, this.endDim);
  }

  protected override extraRepr(): string {
    return `start_dim=${this.startDim}, end_dim=${this.endDim}`;
  }
}

/** One dimension as several. */
export class Unflatten extends Module {
  static override name = "Unflatten";

  /** What the dimension becomes. */
  readonly unflattenedSize: Shape;

  /**
   * @param others refused: what PyTorch does not take
   * @param dim the dimension
   * @param unflattenedSize what it becomes; one size may be −1
   */
  constructor(
    readonly dim: number,
    unflattenedSize: Shape,
    ...others: []
  ) {
    super(...others);
    typed("dim", dim, "int");
    if (!Array.isArray(unflattenedSize)) {
      fail("TypeError", `unflattened_size must be a tuple of ints, but found type ${typeName(unflattenedSize)}`);
    }
    unflattenedSize.forEach((size, i) => {
      if (Number.isInteger(size)) return;
      fail(
        "TypeError",
        `unflattened_size must be tuple of ints, but found element of type ${typeName(size)} at pos ${i}`,
      );
    });
    this.unflattenedSize = [...unflattenedSize];
  }

  /** The `input` with one dimension as several. */
  override forward(input: Tensor): Tensor {
    checkTensor("Unflatten.forward()", "input", 1, input);
    return input.unflatten(this.dim, this.unflattenedSize);
  }

  protected override extraRepr(): string {
    return `dim=${this.dim}, unflattened_size=${tupleText(this.unflattenedSize)}`;
  }
}
