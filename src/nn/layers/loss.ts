/**
 * Losses as modules: the functions of nn.functional with their options kept.
 * Source: https://docs.pytorch.org/docs/stable/nn.html#loss-functions
 */

import { checkOptions } from "../../base/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import * as functional from "../functional/index.js";
import { Buffer, Module } from "../module.js";

/** A weight that the state dict has, as in PyTorch, or null, which it has not. */
const kept = (weight: Tensor | null | undefined): Buffer | null => (weight == null ? null : new Buffer(weight));

/** `crossEntropy` of logits and class numbers or probabilities. */
export class CrossEntropyLoss extends Module {
  static override name = "CrossEntropyLoss";

  /** One weight a class, `[C]`, or null. */
  weight: Buffer | null;
  private readonly options: Omit<functional.CrossEntropyOptions, "weight">;

  constructor(options: functional.CrossEntropyOptions = {}) {
    super();
    checkOptions("CrossEntropyLoss.__init__()", options, ["weight", "ignoreIndex", "reduction", "labelSmoothing"]);
    const { weight, ...others } = options;
    this.weight = kept(weight);
    this.options = others;
  }

  /** The loss of an `input` beside a `target`, whose shapes are those of the function: 0-d, unless nothing is reduced. */
  override forward(input: Tensor, target: Tensor): Tensor {
    return functional.crossEntropy(input, target, { ...this.options, weight: this.weight });
  }
}

/** `nllLoss` of log-probabilities and class numbers. */
export class NLLLoss extends Module {
  static override name = "NLLLoss";

  /** One weight a class, `[C]`, or null. */
  weight: Buffer | null;
  private readonly options: Omit<functional.ClassOptions, "weight">;

  constructor(options: functional.ClassOptions = {}) {
    super();
    checkOptions("NLLLoss.__init__()", options, ["weight", "ignoreIndex", "reduction"]);
    const { weight, ...others } = options;
    this.weight = kept(weight);
    this.options = others;
  }

  /** The loss of an `input` beside a `target`, whose shapes are those of the function: 0-d, unless nothing is reduced. */
  override forward(input: Tensor, target: Tensor): Tensor {
    return functional.nllLoss(input, target, { ...this.options, weight: this.weight });
  }
}

/** `mseLoss`: (input − target)². */
export class MSELoss extends Module {
  static override name = "MSELoss";

  constructor(private readonly options: functional.ReductionOptions = {}) {
    super();
    checkOptions("MSELoss.__init__()", options, ["reduction"]);
  }

  /** The loss of an `input` beside a `target`, whose shapes are those of the function: 0-d, unless nothing is reduced. */
  override forward(input: Tensor, target: Tensor): Tensor {
    return functional.mseLoss(input, target, this.options);
  }
}

/** `l1Loss`: |input − target|. */
export class L1Loss extends Module {
  static override name = "L1Loss";

  constructor(private readonly options: functional.ReductionOptions = {}) {
    super();
    checkOptions("L1Loss.__init__()", options, ["reduction"]);
  }

  /** The loss of an `input` beside a `target`, whose shapes are those of the function: 0-d, unless nothing is reduced. */
  override forward(input: Tensor, target: Tensor): Tensor {
    return functional.l1Loss(input, target, this.options);
  }
}

/** `smoothL1Loss`: a square near 0, a line of slope 1 elsewhere. */
export class SmoothL1Loss extends Module {
  static override name = "SmoothL1Loss";

  constructor(private readonly options: functional.SmoothL1Options = {}) {
    super();
    checkOptions("SmoothL1Loss.__init__()", options, ["beta", "reduction"]);
  }

  /** The loss of an `input` beside a `target`, whose shapes are those of the function: 0-d, unless nothing is reduced. */
  override forward(input: Tensor, target: Tensor): Tensor {
    return functional.smoothL1Loss(input, target, this.options);
  }
}

/** `huberLoss`: a square near 0, a line of slope δ elsewhere. */
export class HuberLoss extends Module {
  static override name = "HuberLoss";

  constructor(private readonly options: functional.HuberOptions = {}) {
    super();
    checkOptions("HuberLoss.__init__()", options, ["delta", "reduction"]);
  }

  /** The loss of an `input` beside a `target`, whose shapes are those of the function: 0-d, unless nothing is reduced. */
  override forward(input: Tensor, target: Tensor): Tensor {
    return functional.huberLoss(input, target, this.options);
  }
}

/** `binaryCrossEntropy` of probabilities. */
export class BCELoss extends Module {
  static override name = "BCELoss";

  /** A weight for every element, stretched, or null. */
  weight: Buffer | null;
  private readonly options: functional.ReductionOptions;

  constructor(options: functional.BinaryOptions = {}) {
    super();
    checkOptions("BCELoss.__init__()", options, ["weight", "reduction"]);
    const { weight, ...others } = options;
    this.weight = kept(weight);
    this.options = others;
  }

  /** The loss of an `input` beside a `target`, whose shapes are those of the function: 0-d, unless nothing is reduced. */
  override forward(input: Tensor, target: Tensor): Tensor {
    return functional.binaryCrossEntropy(input, target, { ...this.options, weight: this.weight });
  }
}

/** `binaryCrossEntropyWithLogits`. */
export class BCEWithLogitsLoss extends Module {
  static override name = "BCEWithLogitsLoss";

  /** A weight for every element, stretched, or null. */
  weight: Buffer | null;
  /** A weight for the positive side, stretched, or null: under PyTorch's name in the state dict. */
  pos_weight: Buffer | null;
  private readonly options: functional.ReductionOptions;

  constructor(options: functional.LogitsOptions = {}) {
    super();
    checkOptions("BCEWithLogitsLoss.__init__()", options, ["weight", "posWeight", "reduction"]);
    const { weight, posWeight, ...others } = options;
    this.weight = kept(weight);
    this.pos_weight = kept(posWeight);
    this.options = others;
  }

  /** The loss of an `input` beside a `target`, whose shapes are those of the function: 0-d, unless nothing is reduced. */
  override forward(input: Tensor, target: Tensor): Tensor {
    const { weight, pos_weight: posWeight, options } = this;
    return functional.binaryCrossEntropyWithLogits(input, target, { ...options, weight, posWeight });
  }
}

/** `ctcLoss`: connectionist temporal classification. */
export class CTCLoss extends Module {
  static override name = "CTCLoss";

  constructor(private readonly options: functional.CTCOptions = {}) {
    super();
    checkOptions("CTCLoss.__init__()", options, ["blank", "reduction", "zeroInfinity"]);
  }

  /**
   * Arguments as those of `nn.functional.ctcLoss`.
   * @param logProbs `[T, N, classes]` or `[T, classes]`
   * @param targets class numbers
   * @param inputLengths steps of each sequence
   * @param targetLengths class numbers of each
   */
  override forward(
    logProbs: Tensor,
    targets: Tensor,
    inputLengths: readonly number[] | Tensor,
    targetLengths: readonly number[] | Tensor,
  ): Tensor {
    return functional.ctcLoss(logProbs, targets, inputLengths, targetLengths, this.options);
  }
}
