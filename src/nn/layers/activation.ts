/**
 * Activations as modules, for `Sequential` and for fields.
 * Source: https://docs.pytorch.org/docs/stable/nn.html#non-linear-activations-weighted-sum-nonlinearity
 */

import { checkOptions, fail, typed } from "../../base/errors.js";
import type { Stage } from "../../device/device.js";
import type { FloatDType } from "../../device/value.js";
import * as stages from "../../stream/stages.js";
import { full } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkSizes } from "../checks.js";
import {
  elu,
  gelu,
  type HardtanhOptions,
  hardtanh,
  leakyRelu,
  logSoftmax,
  prelu,
  relu,
  type SoftplusOptions,
  sigmoid,
  silu,
  softmax,
  softplus,
  tanh,
} from "../functional/activation.js";
import { Parameter, pythonFloat } from "../module.js";
import { checkPacked, type PackedSequence } from "../recurrent/packed.js";
import { weightOf } from "../streams.js";
import { Rowwise } from "./rowwise.js";

/** max(x, 0) */
export class ReLU extends Rowwise {
  static override name = "ReLU";

  /** The output has the shape of the `input`: any. */
  protected override ofRows(input: Tensor): Tensor {
    return relu(input);
  }

  /** @internal */
  override streamStages(): readonly Stage[] {
    return [stages.relu()];
  }
}

/** The hyperbolic tangent. */
export class Tanh extends Rowwise {
  static override name = "Tanh";

  /** The output has the shape of the `input`: any. */
  protected override ofRows(input: Tensor): Tensor {
    return tanh(input);
  }

  /** @internal */
  override streamStages(): readonly Stage[] {
    return [stages.tanh()];
  }
}

/** 1 / (1 + e⁻ˣ) */
export class Sigmoid extends Rowwise {
  static override name = "Sigmoid";

  /** The output has the shape of the `input`: any. */
  protected override ofRows(input: Tensor): Tensor {
    return sigmoid(input);
  }

  /** @internal */
  override streamStages(): readonly Stage[] {
    return [stages.sigmoid()];
  }
}

/** x·σ(x) */
export class SiLU extends Rowwise {
  static override name = "SiLU";

  /** The output has the shape of the `input`: any. */
  protected override ofRows(input: Tensor): Tensor {
    return silu(input);
  }

  /** @internal */
  override streamStages(): readonly Stage[] {
    return [stages.silu()];
  }
}

/** What the two below have in common. */
abstract class AlongDim extends Rowwise {
  /** @param dim along which the probabilities sum to 1; without one PyTorch's choice of old, with a warning */
  constructor(
    readonly dim: number | null = null,
    ...others: []
  ) {
    super(...others);
    if (dim !== null) typed("dim", dim, "int");
  }

  protected abstract along(input: Tensor, dim: number | null): Tensor;

  protected override ofRows(input: Tensor): Tensor {
    return this.along(input, this.dim);
  }

  /** @throws ValueError where `dim` is that along which packed rows lie: probabilities of steps of all sequences */
  override forwardPacked(input: PackedSequence): PackedSequence {
    const { name } = this.constructor;
    checkPacked(`${name}.forwardPacked()`, input);
    if (this.dim === 0 || this.dim === -input.data.ndim) {
      fail("ValueError", `${name} expected a dim within the rows of a PackedSequence, got: ${this.dim}`);
    }
    return super.forwardPacked(input);
  }

  /** @internal A step knows of no dimensions. */
  override streamStages(where: string): never {
    const { name } = this.constructor;
    fail("ValueError", `${where} expected layers that know nothing of dimensions, got: ${name}, whose dim may be time`);
  }

  protected override extraRepr(): string {
    return `dim=${this.dim ?? "None"}`;
  }
}

/** eˣ / Σ eˣ along `dim`. */
export class Softmax extends AlongDim {
  static override name = "Softmax";

  protected override along(input: Tensor, dim: number | null): Tensor {
    return softmax(input, dim);
  }
}

/** log softmax along `dim`. */
export class LogSoftmax extends AlongDim {
  static override name = "LogSoftmax";

  protected override along(input: Tensor, dim: number | null): Tensor {
    return logSoftmax(input, dim);
  }
}

/** x·Φ(x), where Φ is the cumulated normal distribution. */
export class GELU extends Rowwise {
  static override name = "GELU";

  /**
   * @param others refused: what PyTorch takes by position, with the option's spelling here
   * @param approximate `"tanh"` for the approximation by a hyperbolic tangent
   */
  constructor(
    readonly approximate: "none" | "tanh" = "none",
    ...others: []
  ) {
    super(...others);
  }

  /** The output has the shape of the `input`: any. */
  protected override ofRows(input: Tensor): Tensor {
    return gelu(input, this.approximate);
  }

  /** @internal */
  override streamStages(): readonly Stage[] {
    return [stages.gelu(this.approximate)];
  }

  protected override extraRepr(): string {
    return `approximate='${this.approximate}'`;
  }
}

/** x where x > 0, else α·(eˣ − 1). */
export class ELU extends Rowwise {
  static override name = "ELU";

  /**
   * @param alpha α, to which it falls
   * @param others refused: what PyTorch takes by position
   */
  constructor(
    /** α, to which it falls. */
    readonly alpha = 1,
    ...others: []
  ) {
    super(...others);
    typed("alpha", alpha, "float");
  }

  /** The output has the shape of the `input`: any. */
  protected override ofRows(input: Tensor): Tensor {
    return elu(input, this.alpha);
  }

  /** @internal */
  override streamStages(): readonly Stage[] {
    return [stages.elu(this.alpha)];
  }

  protected override extraRepr(): string {
    return `alpha=${pythonFloat(this.alpha)}`;
  }
}

/** x where x > 0, else `negativeSlope`·x. */
export class LeakyReLU extends Rowwise {
  static override name = "LeakyReLU";

  /**
   * @param negativeSlope the slope below 0
   * @param others refused: what PyTorch takes by position
   */
  constructor(
    /** The slope below 0. */
    readonly negativeSlope = 0.01,
    ...others: []
  ) {
    super(...others);
    typed("negative_slope", negativeSlope, "float");
  }

  /** The output has the shape of the `input`: any. */
  protected override ofRows(input: Tensor): Tensor {
    return leakyRelu(input, this.negativeSlope);
  }

  /** @internal */
  override streamStages(): readonly Stage[] {
    return [stages.leakyRelu(this.negativeSlope)];
  }

  protected override extraRepr(): string {
    return `negative_slope=${pythonFloat(this.negativeSlope)}`;
  }
}

/** Options of `PReLU`. */
export interface PReLUOptions {
  /** What the slopes start as. Default 0.25. */
  init?: number;
  /** Default float32. */
  dtype?: FloatDType;
}

/** x where x > 0, else `weight`·x. */
export class PReLU extends Rowwise {
  static override name = "PReLU";

  /** `[numParameters]` */
  weight: Parameter;
  /** What the slopes start as. */
  readonly init: number;

  /** @param numParameters 1, or the number of channels, which dimension 1 of the input counts */
  constructor(
    readonly numParameters = 1,
    options: PReLUOptions = {},
  ) {
    super();
    checkOptions("PReLU.__init__()", options, ["init", "dtype"]);
    const { init = 0.25, dtype = "float32" } = options;
    checkSizes({ num_parameters: numParameters });
    typed("init", init, "float");
    this.init = init;
    this.weight = new Parameter(full([numParameters], init, { dtype }));
  }

  /** The output has the shape of the `input`: any, or `[N, C, …]` for a weight a channel. */
  protected override ofRows(input: Tensor): Tensor {
    return prelu(input, this.weight);
  }

  /** @internal */
  override streamStages(where: string): readonly Stage[] {
    const { numParameters: count } = this;
    return [stages.prelu(count, () => weightOf(where, "weight", this.weight, [count]))];
  }

  protected override extraRepr(): string {
    return `num_parameters=${this.numParameters}`;
  }
}

/** log(1 + e^(β·x)) / β: a smooth `ReLU`. */
export class Softplus extends Rowwise {
  static override name = "Softplus";

  /** How sharply it bends. */
  readonly beta: number;
  /** Where β·x is above it, the result is x. */
  readonly threshold: number;

  constructor(options: SoftplusOptions = {}) {
    super();
    checkOptions("Softplus.__init__()", options, ["beta", "threshold"]);
    const { beta = 1, threshold = 20 } = options;
    typed("beta", beta, "float");
    typed("threshold", threshold, "float");
    this.beta = beta;
    this.threshold = threshold;
  }

  /** The output has the shape of the `input`: any. */
  protected override ofRows(input: Tensor): Tensor {
    return softplus(input, { beta: this.beta, threshold: this.threshold });
  }

  /** @internal */
  override streamStages(): readonly Stage[] {
    return [stages.softplus(this.beta, this.threshold)];
  }

  protected override extraRepr(): string {
    return `beta=${pythonFloat(this.beta)}, threshold=${pythonFloat(this.threshold)}`;
  }
}

/** Limits every element to `minVal` … `maxVal`. */
export class Hardtanh extends Rowwise {
  static override name = "Hardtanh";

  /** The least result. */
  readonly minVal: number;
  /** The greatest result. */
  readonly maxVal: number;

  constructor(options: HardtanhOptions = {}) {
    super();
    checkOptions("Hardtanh.__init__()", options, ["minVal", "maxVal"]);
    const { minVal = -1, maxVal = 1 } = options;
    typed("min_val", minVal, "float");
    typed("max_val", maxVal, "float");
    if (maxVal <= minVal) fail("ValueError", `max_val (${maxVal}) must be greater than min_val (${minVal})`);
    this.minVal = minVal;
    this.maxVal = maxVal;
  }

  /** The output has the shape of the `input`: any. */
  protected override ofRows(input: Tensor): Tensor {
    return hardtanh(input, { minVal: this.minVal, maxVal: this.maxVal });
  }

  /** @internal */
  override streamStages(): readonly Stage[] {
    return [stages.hardtanh(this.minVal, this.maxVal)];
  }

  protected override extraRepr(): string {
    return `min_val=${pythonFloat(this.minVal)}, max_val=${pythonFloat(this.maxVal)}`;
  }
}
