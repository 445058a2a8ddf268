/** y = x·Wᵀ + b. Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html */

import { checkOptions, typed } from "../../base/errors.js";
import type { Stage } from "../../device/device.js";
import type { FloatDType } from "../../device/value.js";
import * as stages from "../../stream/stages.js";
import { zeros } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkSizes } from "../checks.js";
import { linear } from "../functional/index.js";
import { kaimingUniform_, uniform_ } from "../init.js";
import { Parameter, pythonBool } from "../module.js";
import { weightIfAny, weightOf } from "../streams.js";
import { Rowwise } from "./rowwise.js";

/** Options of `Linear`. */
export interface LinearOptions {
  /** Default true. */
  bias?: boolean;
  /** Default float32. */
  dtype?: FloatDType;
}

/**
 * y = x·Wᵀ + b, for x `[…, inFeatures]`.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html
 */
export class Linear extends Rowwise {
  static override name = "Linear";

  /** `[outFeatures, inFeatures]` */
  weight: Parameter;
  /** `[outFeatures]`, or null */
  bias: Parameter | null;

  /**
   * @param inFeatures the last size of the input
   * @param outFeatures the last size of the output
   */
  constructor(
    readonly inFeatures: number,
    readonly outFeatures: number,
    options: LinearOptions = {},
  ) {
    super();
    checkOptions("Linear.__init__()", options, ["bias", "dtype"]);
    checkSizes({ out_features: outFeatures, in_features: inFeatures });
    const { bias = true, dtype = "float32" } = options;
    typed("bias", bias, "bool");
    this.weight = new Parameter(zeros([outFeatures, inFeatures], { dtype }));
    this.bias = bias ? new Parameter(zeros([outFeatures], { dtype })) : null;
    this.resetParameters();
  }

  /** Draws weight and bias from U(−k, k), k = 1/√inFeatures. */
  resetParameters(): void {
    kaimingUniform_(this.weight, { a: Math.sqrt(5) });
    const bound = this.inFeatures > 0 ? 1 / Math.sqrt(this.inFeatures) : 0;
    if (this.bias !== null) uniform_(this.bias, -bound, bound);
  }

  /**
   * `[…, inFeatures]` → `[…, outFeatures]`
   * @param input as many dimensions as you like
   */
  protected override ofRows(input: Tensor): Tensor {
    return linear(input, this.weight, this.bias);
  }

  /** @internal */
  override streamStages(where: string): readonly Stage[] {
    const { inFeatures: C, outFeatures: P } = this;
    const take = () => ({
      weight: weightOf(where, "weight", this.weight, [P, C]),
      bias: weightIfAny(where, "bias", this.bias, [P]),
    });
    return [stages.linear(C, P, take)];
  }

  protected override extraRepr(): string {
    const bias = pythonBool(this.bias !== null);
    return `in_features=${this.inFeatures}, out_features=${this.outFeatures}, bias=${bias}`;
  }
}
