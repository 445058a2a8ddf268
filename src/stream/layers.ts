/** The layers around recurrent ones for inference alone, and layers in a row. */

import { checkOptions, fail, shown, typed, typeName } from "../base/errors.js";
import type { Stage } from "../device/device.js";
import { type LayerOptions, Named, type NamedWeights, StreamLayer } from "./named.js";
import * as stages from "./stages.js";

/** A weight's sizes, of which there are so many, and each at least 1. */
function sizesOf(named: Named, name: string, dims: number): readonly number[] {
  named.needs(name);
  const shape = named.shape(name);
  if (shape.length !== dims || shape.includes(0)) {
    named.refuse(`${named.full(name)} with ${dims} sizes, each at least 1`, `[${shape.join(", ")}]`);
  }
  return shape;
}

/** A layer that is made of stages when it is asked. */
abstract class Fixed extends StreamLayer {
  protected constructor(private readonly made: readonly Stage[]) {
    super();
  }

  /** @internal */
  override stages(): readonly Stage[] {
    return this.made;
  }
}

/**
 * y = x·Wᵀ + b for inference; `weight` and perhaps `bias`.
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html
 */
export class Linear extends Fixed {
  static override name = "Linear";

  /** @param weights named tensors, of a state dict or a file */
  constructor(weights: NamedWeights, options: LayerOptions = {}) {
    checkOptions("Linear", options, ["prefix"]);
    const named = new Named("Linear", weights, options.prefix);
    const [P, C] = sizesOf(named, "weight", 2);
    const [weight, bias] = [named.take("weight", [P, C]), named.takeIfAny("bias", [P])];
    super([
      stages.linear(C, P, () => {
        named.checkPresent();
        return { weight, bias };
      }),
    ]);
  }
}

/** Options of a `Conv1d`, which weights cannot tell. */
export interface Conv1dLayerOptions extends LayerOptions {
  /** Steps between the elements of the kernel. Default 1. */
  dilation?: number;
  /** Groups of channels that know nothing of each other. Default 1. */
  groups?: number;
}

/**
 * A causal convolution for inference: a step's output is made of its input and those of (K − 1)·dilation steps before,
 * which begin as zeros. On a whole sequence that is `Conv1d` without padding after as many zeros on the left, or with
 * `padding = (K − 1)·dilation` without the last (K − 1)·dilation outputs. `weight` and perhaps `bias`.
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv1d.html
 */
export class Conv1d extends Fixed {
  static override name = "Conv1d";

  /** @param weights named tensors, of a state dict or a file */
  constructor(weights: NamedWeights, options: Conv1dLayerOptions = {}) {
    checkOptions("Conv1d", options, ["prefix", "dilation", "groups"]);
    const { dilation = 1, groups = 1 } = options;
    for (const [name, value] of Object.entries({ dilation, groups })) {
      if (!Number.isInteger(value) || value < 1) {
        fail("ValueError", `Conv1d expected ${name} as a whole number, at least 1, got: ${shown(value)}`);
      }
    }
    const named = new Named("Conv1d", weights, options.prefix);
    const [P, own, taps] = sizesOf(named, "weight", 3);
    if (P % groups !== 0) fail("ValueError", "out_channels must be divisible by groups");
    const [weight, bias] = [named.take("weight", [P, own, taps]), named.takeIfAny("bias", [P])];
    super([
      stages.causalConv({ inputSize: own * groups, outputSize: P, taps, dilation, groups }, () => {
        named.checkPresent();
        return { weight, bias };
      }),
    ]);
  }
}

/** Options of a layer that divides by a deviation. */
export interface NormLayerOptions extends LayerOptions {
  /** What is added to the variance. Default 1e-5. */
  eps?: number;
}

function epsOf(name: string, options: NormLayerOptions): number {
  checkOptions(name, options, ["prefix", "eps"]);
  const { eps = 1e-5 } = options;
  typed("eps", eps, "float");
  return eps;
}

/**
 * Batch normalisation for inference, by its running statistics: `running_mean`, `running_var`, perhaps `weight`, `bias`.
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm1d.html
 */
export class BatchNorm1d extends Fixed {
  static override name = "BatchNorm1d";

  /** @param weights named tensors, of a state dict or a file */
  constructor(weights: NamedWeights, options: NormLayerOptions = {}) {
    const eps = epsOf("BatchNorm1d", options);
    const named = new Named("BatchNorm1d", weights, options.prefix);
    const shape = sizesOf(named, "running_mean", 1);
    const given = {
      ...{ mean: named.take("running_mean", shape), variance: named.take("running_var", shape) },
      ...{ weight: named.takeIfAny("weight", shape), bias: named.takeIfAny("bias", shape) },
    };
    super([
      stages.batchNorm(shape[0], eps, () => {
        named.checkPresent();
        return given;
      }),
    ]);
  }
}

/**
 * Layer normalisation over the features of a step: `weight` and perhaps `bias`.
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html
 */
export class LayerNorm extends Fixed {
  static override name = "LayerNorm";

  /** @param weights named tensors, of a state dict or a file */
  constructor(weights: NamedWeights, options: NormLayerOptions = {}) {
    const eps = epsOf("LayerNorm", options);
    const named = new Named("LayerNorm", weights, options.prefix);
    const shape = sizesOf(named, "weight", 1);
    const given = { weight: named.take("weight", shape), bias: named.takeIfAny("bias", shape) };
    super([
      stages.layerNorm(shape[0], eps, () => {
        named.checkPresent();
        return given;
      }),
    ]);
  }
}

/** Layers for inference in a row, each on what the one before gave: `new Sequential(…).stream()`. */
export class Sequential extends StreamLayer {
  static override name = "Sequential";

  private readonly layers: readonly StreamLayer[];

  /** @param layers each takes what the one before gives */
  constructor(...layers: StreamLayer[]) {
    super();
    for (const layer of layers as unknown[]) {
      if (!(layer instanceof StreamLayer)) {
        fail("TypeError", `Sequential expected layers of elman-nn/stream, got: ${typeName(layer)}`);
      }
    }
    this.layers = layers;
  }

  /** @internal */
  override stages(): readonly Stage[] {
    return this.layers.flatMap((layer) => layer.stages());
  }
}
