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
  /** Adds weightDecay·p to the gradient. Default 0. */
  weightDecay?: number;
  /** Divides by the greatest v so far. Default false. */
  amsgrad?: boolean;
}

const defaults = { lr: 1e-3, betas: [0.9, 0.999] as const, eps: 1e-8, weightDecay: 0, amsgrad: false };

type Numbers = "weightDecay" | "beta1" | "beta2" | "eps" | "pace" | "spread";

/**
 * g += weightDecay·p   m += (1 − β₁)·(g − m)   v = β₂·v + (1 − β₂)·g²   p −= pace·m / (√v / spread + eps), where pace is
 * lr / (1 − β₁ᵗ) and spread √(1 − β₂ᵗ). With amsgrad the greatest v so far stands for v.
 */
const rule: Rule<Required<AdamOptions>, Numbers> = {
  name: "adam",
  running: ({ amsgrad }) => (amsgrad ? 3 : 2),
  numbers: ({ lr, betas: [beta1, beta2], eps, weightDecay }, { step }) => ({
    weightDecay,
    beta1,
    beta2,
    eps,
    pace: lr / (1 - beta1 ** (step + 1)),
    spread: Math.sqrt(1 - beta2 ** (step + 1)),
  }),
  formula: (p, gradient, [m, v, greatest], { weightDecay, beta1, beta2, eps, pace, spread }) => {
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

  protected override check({ lr, betas, eps, weightDecay, amsgrad }: Required<AdamOptions>): void {
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
  }
}
