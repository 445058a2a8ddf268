/**
 * Adam. Sources: Kingma & Ba (2014), Reddi et al. (2018) for amsgrad;
 * https://docs.pytorch.org/docs/stable/generated/torch.optim.Adam.html
 */

import { fail, shown, typed, typeName } from "../base/errors.js";
import { cName } from "../device/value.js";
import { where } from "../tensor/combine.js";
import { checkNotNegative, Optimizer, type Params } from "./optimizer.js";
import type { Rule } from "./rule.js";

/** Settings of `Adam`. */
export interface AdamOptions {
  /** Default 1e-3. */
  lr?: number;
  /** How much of the running means of g and g² is kept. Default [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** Added to the denominator. Default 1e-8. */
  eps?: number;
  /** Adds weightDecay·p to the gradient. Default 0; of `AdamW` 0.01. */
  weightDecay?: number;
  /** Divides by the greatest v so far. Default false. */
  amsgrad?: boolean;
  /** Goes up the gradient, not down. Default false. */
  maximize?: boolean;
  /** Shrinks p by lr·weightDecay·p instead of adding to the gradient. Default false; always true of `AdamW`. */
  decoupledWeightDecay?: boolean;
}

const defaults = {
  ...{ lr: 1e-3, betas: [0.9, 0.999] as const, eps: 1e-8, weightDecay: 0 },
  ...{ amsgrad: false, maximize: false, decoupledWeightDecay: false },
};

type Numbers = "shrink" | "weightDecay" | "beta1" | "beta2" | "eps" | "pace" | "spread";

/**
 * p = shrink·p   g += weightDecay·p   m += (1 − β₁)·(g − m)   v = β₂·v + (1 − β₂)·g²   p −= pace·m / (√v / spread + eps), where pace is
 * lr / (1 − β₁ᵗ) and spread √(1 − β₂ᵗ). With amsgrad the greatest v so far stands for v.
 */
const rule: Rule<Required<AdamOptions>, Numbers> = {
  name: "adam",
  counts: true,
  running: ({ amsgrad }) => ["exp_avg", "exp_avg_sq", ...(amsgrad ? ["max_exp_avg_sq"] : [])],
  numbers: ({ lr, betas: [beta1, beta2], eps, weightDecay, decoupledWeightDecay }, { step }) => ({
    beta1,
    beta2,
    eps,
    shrink: decoupledWeightDecay ? 1 - lr * weightDecay : 1,
    weightDecay: decoupledWeightDecay ? 0 : weightDecay,
    pace: lr / (1 - beta1 ** (step + 1)),
    spread: Math.sqrt(1 - beta2 ** (step + 1)),
  }),
  formula: (before, gradient, [m, v, greatest], { shrink, weightDecay, beta1, beta2, eps, pace, spread }) => {
    const p = before.mul(shrink);
    if (m.dtype !== p.dtype) {
      fail("RuntimeError", `expected dtype ${cName(m.dtype)} for \`end\` but got dtype ${cName(p.dtype)}`);
    }
    const g = gradient.add(p.mul(weightDecay));
    const mean = m.add(g.sub(m).mul(1 - beta1));
    const square = v.mul(beta2).add(g.mul(g).mul(1 - beta2));
    const tops = greatest === undefined ? [] : [where(greatest.gt(square), greatest, square)];
    const denominator = (tops[0] ?? square).sqrt().div(spread).add(eps);
    return [p.sub(mean.mul(pace).div(denominator)), mean, square, ...tops];
  },
};

function check(settings: Required<AdamOptions>): void {
  const { lr, betas, eps, weightDecay, amsgrad, maximize, decoupledWeightDecay } = settings;
  checkNotNegative("learning rate", lr);
  checkNotNegative("epsilon value", eps);
  if (!Array.isArray(betas) || betas.length !== 2) {
    fail(
      "TypeError",
      `Adam.__init__() expected betas as an array of two numbers, got: ${Array.isArray(betas) ? `${betas.length} of them` : typeName(betas)}`,
    );
  }
  betas.forEach((beta, i) => {
    if (typeof beta !== "number" || !(beta >= 0 && beta < 1)) {
      fail("ValueError", `Invalid beta parameter at index ${i}: ${shown(beta)}`);
    }
  });
  checkNotNegative("weight_decay value", weightDecay);
  typed("amsgrad", amsgrad, "bool");
  typed("maximize", maximize, "bool");
  typed("decoupled_weight_decay", decoupledWeightDecay, "bool");
}

/**
 * m = β₁·m + (1 − β₁)·g;  v = β₂·v + (1 − β₂)·g²;  p = p − lr·(m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + eps)
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.Adam.html
 */
export class Adam extends Optimizer<Required<AdamOptions>> {
  protected override readonly rule = rule;

  /** @param params parameters, or groups `{ params, lr, … }` with settings of their own */
  constructor(params: Params<AdamOptions>, options: AdamOptions = {}) {
    super("Adam", params as Params<Required<AdamOptions>>, defaults, options);
  }

  protected override check(settings: Required<AdamOptions>): void {
    check(settings);
  }
}

/** Settings of `AdamW`: those of `Adam`, whose `decoupledWeightDecay` is true. */
export type AdamWOptions = Omit<AdamOptions, "decoupledWeightDecay">;

/**
 * Adam whose weight decay does not pass through the running means: p = p − lr·weightDecay·p before the step.
 *
 * Sources: Loshchilov & Hutter (2017); https://docs.pytorch.org/docs/stable/generated/torch.optim.AdamW.html
 */
export class AdamW extends Optimizer<Required<AdamOptions>> {
  protected override readonly rule = rule;

  /** @param params parameters, or groups `{ params, lr, … }` with settings of their own */
  constructor(params: Params<AdamWOptions>, options: AdamWOptions = {}) {
    const own = { ...defaults, weightDecay: 0.01, decoupledWeightDecay: true };
    super("AdamW", params as Params<Required<AdamOptions>>, own, options);
  }

  protected override check(settings: Required<AdamOptions>): void {
    check(settings);
    if (!settings.decoupledWeightDecay) fail("ValueError", "AdamW expected decoupled_weight_decay to be true");
  }
}
