/**
 * Each example brought to mean 0 and variance 1 over its last dimensions. Source: Ba et al. (2016);
 * https://docs.pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html
 */

import { checkOptions, fail, typed } from "../../base/errors.js";
import { checkShape, listText, tupleText } from "../../base/shape.js";
import type { Stage } from "../../device/device.js";
import type { FloatDType } from "../../device/value.js";
import * as stages from "../../stream/stages.js";
import { ones, zeros } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";
import { layerNorm } from "../functional/index.js";
import { Parameter, pythonBool, pythonFloat } from "../module.js";
import { weightIfAny } from "../streams.js";
import { Rowwise } from "./rowwise.js";

/** Options of `LayerNorm`. */
export interface LayerNormModuleOptions {
  /** Added to the variance. Default 1e-5. */
  eps?: number;
  /** Whether there are a weight and a bias. Default true. */
  elementwiseAffine?: boolean;
  /** Whether there is a bias beside the weight. Default true. */
  bias?: boolean;
  /** Default float32. */
  dtype?: FloatDType;
}

/**
 * Brings each example to mean 0 and variance 1 over its last dimensions, of sizes `normalizedShape`.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html
 */
export class LayerNorm extends Rowwise {
  static override name = "LayerNorm";

  /** The sizes of the last dimensions. */
  readonly normalizedShape: readonly number[];
  /** What is added to the variance. */
  readonly eps: number;
  /** Whether there are a weight and perhaps a bias. */
  readonly elementwiseAffine: boolean;
  /** Of the normalized shape, or null. */
  weight: Parameter | null;
  /** Of the normalized shape, or null. */
  bias: Parameter | null;

  /** @param normalizedShape the sizes of the last dimensions; a number stands for one of them */
  constructor(normalizedShape: number | readonly number[], options: LayerNormModuleOptions = {}) {
    super();
    checkOptions("LayerNorm.__init__()", options, ["eps", "elementwiseAffine", "bias", "dtype"]);
    const { eps = 1e-5, elementwiseAffine = true, bias = true, dtype = "float32" } = options;
    const shape = typeof normalizedShape === "number" ? [normalizedShape] : normalizedShape;
    checkShape("LayerNorm.__init__()", shape);
    typed("eps", eps, "float");
    typed("elementwise_affine", elementwiseAffine, "bool");
    typed("bias", bias, "bool");
    this.normalizedShape = [...shape];
    this.eps = eps;
    this.elementwiseAffine = elementwiseAffine;
    this.weight = elementwiseAffine ? new Parameter(ones(this.normalizedShape, { dtype })) : null;
    this.bias = elementwiseAffine && bias ? new Parameter(zeros(this.normalizedShape, { dtype })) : null;
  }

  /** The output has the shape of the `input`, `[…, …normalizedShape]`. */
  protected override ofRows(input: Tensor): Tensor {
    return layerNorm(input, this.normalizedShape, { weight: this.weight, bias: this.bias, eps: this.eps });
  }

  /** @internal */
  override streamStages(where: string): readonly Stage[] {
    const { normalizedShape: shape, eps } = this;
    if (shape.length !== 1) {
      fail(
        "ValueError",
        `${where} expected LayerNorm over the features of a step, got normalized_shape=${listText(shape)}`,
      );
    }
    const take = () => ({
      weight: weightIfAny(where, "weight", this.weight, shape),
      bias: weightIfAny(where, "bias", this.bias, shape),
    });
    return [stages.layerNorm(shape[0], eps, take)];
  }

  protected override extraRepr(): string {
    const affine = pythonBool(this.elementwiseAffine);
    const bias = pythonBool(this.bias !== null);
    return `${tupleText(this.normalizedShape)}, eps=${pythonFloat(this.eps)}, elementwise_affine=${affine}, bias=${bias}`;
  }
}
