/**
 * Each channel brought to mean 0 and variance 1 over a batch. Source: Ioffe and Szegedy (2015);
 * https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm1d.html, …BatchNorm2d.html
 */

import { checkOptions, fail, typed } from "../../base/errors.js";
import type { Stage } from "../../device/device.js";
import type { FloatDType } from "../../device/value.js";
import * as stages from "../../stream/stages.js";
import { ones, zeros } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkSizes } from "../checks.js";
import { batchNorm } from "../functional/batchnorm.js";
import { ones_, zeros_ } from "../init.js";
import { Buffer, Module, Parameter, pythonBool, pythonFloat } from "../module.js";
import { weightIfAny, weightOf } from "../streams.js";

/** Options of `BatchNorm1d` and `BatchNorm2d`. */
export interface BatchNormModuleOptions {
  /** Added to the variance. Default 1e-5. */
  eps?: number;
  /** The share of a batch in the new running statistics; null for the plain mean of all batches. Default 0.1. */
  momentum?: number | null;
  /** Whether there are a weight and a bias. Default true. */
  affine?: boolean;
  /** Whether running statistics are kept, and used in evaluation. Default true. */
  trackRunningStats?: boolean;
  /** Whether there is a bias beside the weight. Default true. */
  bias?: boolean;
  /** Default float32. */
  dtype?: FloatDType;
}

/** What the two have in common. */
abstract class BatchNorm extends Module {
  /** What is added to the variance. */
  readonly eps: number;
  /** The share of a batch in the new running statistics; null for the plain mean of all batches. */
  momentum: number | null;
  /** Whether there are a weight and perhaps a bias. */
  readonly affine: boolean;
  /** Whether running statistics are kept. */
  readonly trackRunningStats: boolean;
  /** `[numFeatures]`, or null */
  weight: Parameter | null;
  /** `[numFeatures]`, or null */
  bias: Parameter | null;
  /** `[numFeatures]`, or null */
  running_mean: Buffer | null;
  /** `[numFeatures]`, or null */
  running_var: Buffer | null;
  /** How many batches the running statistics have seen: an int32 scalar, or null */
  num_batches_tracked: Buffer | null;

  /** @param numFeatures channels: the second size of the input */
  constructor(
    readonly numFeatures: number,
    options: BatchNormModuleOptions = {},
  ) {
    super();
    const name = `${new.target.name}.__init__()`;
    checkOptions(name, options, ["eps", "momentum", "affine", "trackRunningStats", "bias", "dtype"]);
    const { eps = 1e-5, momentum = 0.1, affine = true, trackRunningStats = true } = options;
    const { bias = true, dtype = "float32" } = options;
    checkSizes({ num_features: numFeatures });
    typed("eps", eps, "float");
    if (momentum !== null) typed("momentum", momentum, "float");
    typed("affine", affine, "bool");
    typed("track_running_stats", trackRunningStats, "bool");
    typed("bias", bias, "bool");
    this.eps = eps;
    this.momentum = momentum;
    this.affine = affine;
    this.trackRunningStats = trackRunningStats;
    const shape = [numFeatures];
    this.weight = affine ? new Parameter(ones(shape, { dtype })) : null;
    this.bias = affine && bias ? new Parameter(zeros(shape, { dtype })) : null;
    this.running_mean = trackRunningStats ? new Buffer(zeros(shape, { dtype })) : null;
    this.running_var = trackRunningStats ? new Buffer(ones(shape, { dtype })) : null;
    this.num_batches_tracked = trackRunningStats ? new Buffer(zeros([], { dtype: "int32" })) : null;
    if (this.num_batches_tracked !== null) {
      // Files of PyTorch before 0.4.1 do not have it; the others have it as int64.
      this.num_batches_tracked.mayLack = true;
      this.num_batches_tracked.value.storage.fileDType = "I64";
    }
  }

  /** Forgets what was seen: mean 0, variance 1. */
  resetRunningStats(): void {
    this.running_mean?.zero_();
    this.running_var?.fill_(1);
    this.num_batches_tracked?.zero_();
  }

  /** Forgets what was seen; weight 1, bias 0. */
  resetParameters(): void {
    this.resetRunningStats();
    if (this.weight !== null) ones_(this.weight);
    if (this.bias !== null) zeros_(this.bias);
  }

  protected abstract checkDimensions(ndim: number): void;

  override forward(input: Tensor): Tensor {
    this.checkDimensions(input?.ndim ?? 0);
    const { running_mean: mean, running_var: variance, weight, bias, eps } = this;
    const training = this.training || (mean === null && variance === null);
    const leads = this.training && this.trackRunningStats;
    const uses = !this.training || this.trackRunningStats;
    if (leads) this.num_batches_tracked?.add_(1);
    const momentum = this.momentum ?? 1 / (this.num_batches_tracked?.item() ?? 1);
    return batchNorm(input, uses ? mean : null, uses ? variance : null, { weight, bias, training, momentum, eps });
  }

  protected override extraRepr(): string {
    const momentum = this.momentum === null ? "None" : pythonFloat(this.momentum);
    const [affine, bias, track] = [this.affine, this.bias !== null, this.trackRunningStats].map(pythonBool);
    return `${this.numFeatures}, eps=${pythonFloat(this.eps)}, momentum=${momentum}, affine=${affine}, bias=${bias}, track_running_stats=${track}`;
  }
}

/**
 * Batch normalisation of `[N, C]` or `[N, C, L]`: (x − mean) / √(variance + eps)·weight + bias of each channel, with the
 * batch's statistics in training, the running ones in evaluation.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm1d.html
 */
export class BatchNorm1d extends BatchNorm {
  static override name = "BatchNorm1d";

  /** @internal A stream is inference: it takes the running statistics, in training too. */
  override streamStages(where: string): readonly Stage[] {
    const { numFeatures, eps } = this;
    if (this.running_mean === null || this.running_var === null) {
      const reason = "without which it needs the whole batch";
      fail(
        "ValueError",
        `${where} expected BatchNorm1d with running statistics, ${reason}, got: track_running_stats=False`,
      );
    }
    const shape = [numFeatures];
    const take = () => ({
      mean: weightOf(where, "running_mean", this.running_mean, shape),
      variance: weightOf(where, "running_var", this.running_var, shape),
      weight: weightIfAny(where, "weight", this.weight, shape),
      bias: weightIfAny(where, "bias", this.bias, shape),
    });
    return [stages.batchNorm(numFeatures, eps, take)];
  }

  protected override checkDimensions(ndim: number): void {
    if (ndim !== 2 && ndim !== 3) fail("ValueError", `expected 2D or 3D input (got ${ndim}D input)`);
  }
}

/**
 * Batch normalisation of `[N, C, H, W]`: as `BatchNorm1d`, over the whole of each channel.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html
 */
export class BatchNorm2d extends BatchNorm {
  static override name = "BatchNorm2d";

  protected override checkDimensions(ndim: number): void {
    if (ndim !== 4) fail("ValueError", `expected 4D input (got ${ndim}D input)`);
  }
}
