/**
 * Activations as layers for inference.
 * Source: https://docs.pytorch.org/docs/stable/nn.html#non-linear-activations-weighted-sum-nonlinearity
 */

import { checkOptions, fail, typed } from "../base/errors.js";
import type { Rows, Stage } from "../device/device.js";
import { type LayerOptions, Named, type NamedWeights, StreamLayer } from "./named.js";
import * as stages from "./stages.js";

abstract class Activation extends StreamLayer {
  protected constructor(private readonly made: Rows) {
    super();
  }

  /** @internal */
  override stages(): readonly Stage[] {
    return [this.made];
  }
}

/** max(x, 0) */
export class ReLU extends Activation {
  static override name = "ReLU";

  constructor() {
    super(stages.relu());
  }
}

/** The hyperbolic tangent. */
export class Tanh extends Activation {
  static override name = "Tanh";

  constructor() {
    super(stages.tanh());
  }
}

/** 1 / (1 + e⁻ˣ) */
export class Sigmoid extends Activation {
  static override name = "Sigmoid";

  constructor() {
    super(stages.sigmoid());
  }
}

/** x·σ(x) */
export class SiLU extends Activation {
  static override name = "SiLU";

  constructor() {
    super(stages.silu());
  }
}

/** x·Φ(x), where Φ is the cumulated normal distribution. */
export class GELU extends Activation {
  static override name = "GELU";

  /** @param approximate `"tanh"` for the approximation by a hyperbolic tangent */
  constructor(approximate: "none" | "tanh" = "none") {
    super(stages.gelu(approximate));
  }
}

/** x where x > 0, else α·(eˣ − 1). */
export class ELU extends Activation {
  static override name = "ELU";

  /** @param alpha α, to which it falls */
  constructor(alpha = 1) {
    typed("alpha", alpha, "float");
    super(stages.elu(alpha));
  }
}

/** x where x > 0, else `negativeSlope`·x. */
export class LeakyReLU extends Activation {
  static override name = "LeakyReLU";

  constructor(negativeSlope = 0.01) {
    typed("negative_slope", negativeSlope, "float");
    super(stages.leakyRelu(negativeSlope));
  }
}

/** x where x > 0, else `weight`·x: one number for all, or one a feature. */
export class PReLU extends Activation {
  static override name = "PReLU";

  /** @param weights named tensors, which hold `weight` */
  constructor(weights: NamedWeights, options: LayerOptions = {}) {
    checkOptions("PReLU", options, ["prefix"]);
    const named = new Named("PReLU", weights, options.prefix);
    named.needs("weight");
    const [count = 0, ...more] = named.shape("weight");
    if (count === 0 || more.length > 0) named.refuse(`${named.full("weight")} with one size, at least 1`, count);
    const weight = named.take("weight", [count]);
    super(
      stages.prelu(count, () => {
        named.checkPresent();
        return weight;
      }),
    );
  }
}

/** log(1 + e^(β·x)) / β: a smooth `ReLU`. */
export class Softplus extends Activation {
  static override name = "Softplus";

  /** @param options `beta`, how sharply it bends (1), and `threshold`, above which β·x has x as its result (20) */
  constructor(options: { beta?: number; threshold?: number } = {}) {
    checkOptions("Softplus", options, ["beta", "threshold"]);
    const { beta = 1, threshold = 20 } = options;
    typed("beta", beta, "float");
    typed("threshold", threshold, "float");
    super(stages.softplus(beta, threshold));
  }
}

/** Limits every element to `minVal` … `maxVal`. */
export class Hardtanh extends Activation {
  static override name = "Hardtanh";

  /** @param options `minVal` (−1) and `maxVal` (1) */
  constructor(options: { minVal?: number; maxVal?: number } = {}) {
    checkOptions("Hardtanh", options, ["minVal", "maxVal"]);
    const { minVal = -1, maxVal = 1 } = options;
    typed("min_val", minVal, "float");
    typed("max_val", maxVal, "float");
    if (maxVal <= minVal) fail("ValueError", `max_val (${maxVal}) must be greater than min_val (${minVal})`);
    super(stages.hardtanh(minVal, maxVal));
  }
}
