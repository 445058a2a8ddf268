/**
 * RMSprop. Sources: Tieleman & Hinton (2012), Graves (2013) for `centered`;
 * https://docs.pytorch.org/docs/stable/generated/torch.optim.RMSprop.html
 */

import { typed } from "../base/errors.js";
import { checkNotNegative, Optimizer, type Params } from "./optimizer.js";
import type { Rule } from "./rule.js";

/** Settings of `RMSprop`. */
export interface RMSpropOptions {
  /** Default 1e-2. */
  lr?: number;
  /** How much of the running means of g² and g is kept. Default 0.99. */
  alpha?: number;
  /** Added to the denominator. Default 1e-8. */
  eps?: number;
  /** Adds weightDecay·p to the gradient. Default 0. */
  weightDecay?: number;
  /** How much of the last direction is kept. Default 0. */
  momentum?: number;
  /** Divides by the deviation from the running mean of g. Default false. */
  centered?: boolean;
  /** Goes up the gradient, not down. Default false. */
  maximize?: boolean;
}

const defaults = {
  ...{ lr: 1e-2, alpha: 0.99, eps: 1e-8, weightDecay: 0, momentum: 0 },
  ...{ centered: false, maximize: false },
};

type Numbers = "lr" | "alpha" | "eps" | "weightDecay" | "momentum" | "centered";

/**
 * g += weightDecay·p   v = α·v + (1 − α)·g²   m += (1 − α)·(g − m), where `centered` is 1, else 0
 * s = g / (√(v − m²) + eps)   b = momentum·b + s   p −= lr·b, or lr·s without momentum
 */
const rule: Rule<Required<RMSpropOptions>, Numbers> = {
  name: "rmsprop",
  counts: true,
  running: ({ momentum, centered }) => [
    "square_avg",
    ...(centered ? ["grad_avg"] : []),
    ...(momentum > 0 ? ["momentum_buffer"] : []),
  ],
  numbers: ({ lr, alpha, eps, weightDecay, momentum, centered }) => ({
    lr,
    alpha,
    eps,
    weightDecay,
    momentum,
    centered: Number(centered),
  }),
  formula: (p, gradient, [v, ...rest], { lr, alpha, eps, weightDecay, momentum, centered }) => {
    const [m] = centered === 1 ? rest : [];
    const b = rest[centered];
    const g = gradient.add(p.mul(weightDecay));
    const square = v.mul(alpha).add(g.mul(g).mul(1 - alpha));
    const mean = m?.add(g.sub(m).mul(1 - alpha));
    const size = (mean === undefined ? square : square.sub(mean.mul(mean))).sqrt().add(eps);
    const direction = b?.mul(momentum).add(g.div(size));
    const after = p.sub((direction ?? g.div(size)).mul(lr));
    return [after, square, mean, direction].filter((tensor) => tensor !== undefined);
  },
};

/**
 * v = α·v + (1 − α)·g²;  p = p − lr·g / (√v + eps), with `momentum` the running sum of such steps.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.RMSprop.html
 */
export class RMSprop extends Optimizer<Required<RMSpropOptions>> {
  protected override readonly rule = rule;

  /** @param params parameters, or groups `{ params, lr, … }` with settings of their own */
  constructor(params: Params<RMSpropOptions>, options: RMSpropOptions = {}) {
    super("RMSprop", params as Params<Required<RMSpropOptions>>, defaults, options);
  }

  protected override check(settings: Required<RMSpropOptions>): void {
    checkNotNegative("learning rate", settings.lr);
    checkNotNegative("epsilon value", settings.eps);
    checkNotNegative("momentum value", settings.momentum);
    checkNotNegative("weight_decay value", settings.weightDecay);
    checkNotNegative("alpha value", settings.alpha);
    typed("centered", settings.centered, "bool");
    typed("maximize", settings.maximize, "bool");
  }
}
