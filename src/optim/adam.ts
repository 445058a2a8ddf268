/**
 * Adam. Sources: Kingma & Ba (2014), Reddi et al. (2018) for amsgrad;
 * https://docs.pytorch.org/docs/stable/generated/torch.optim.Adam.html
 */

import { fail, shown, typeName } from "../base/errors.js";
import type { FloatArray } from "../device/value.js";
import { checkNotNegative, Optimizer, type Params } from "./optimizer.js";

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

interface State {
  step: number;
  /** The running mean of g. */
  readonly m: FloatArray;
  /** The running mean of g². */
  readonly v: FloatArray;
  /** The greatest v so far. */
  readonly greatest: FloatArray;
}

const defaults = { lr: 1e-3, betas: [0.9, 0.999] as const, eps: 1e-8, weightDecay: 0, amsgrad: false };

/**
 * m = β₁·m + (1 − β₁)·g;  v = β₂·v + (1 − β₂)·g²;  p = p − lr·(m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + eps)
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.Adam.html
 */
export class Adam extends Optimizer<Required<AdamOptions>, State> {
  /** @param params parameters, or groups `{ params, lr, … }` with settings of their own */
  constructor(params: Params<AdamOptions>, options: AdamOptions = {}) {
    super("Adam", params as Params<Required<AdamOptions>>, defaults, options);
  }

  protected override check({ lr, betas, eps, weightDecay }: Required<AdamOptions>): void {
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
  }

  protected override start(p: FloatArray): State {
    const zeros = () => p.slice().fill(0);
    return { step: 0, m: zeros(), v: zeros(), greatest: zeros() };
  }

  protected override update(p: FloatArray, gradient: FloatArray, state: State, settings: Required<AdamOptions>): void {
    const { lr, betas, eps, weightDecay, amsgrad } = settings;
    const { m, v, greatest } = state;
    const [beta1, beta2] = betas;
    state.step++;
    const pace = lr / (1 - beta1 ** state.step);
    const spread = Math.sqrt(1 - beta2 ** state.step);
    for (let i = 0; i < p.length; i++) {
      const g = gradient[i] + weightDecay * p[i];
      m[i] += (1 - beta1) * (g - m[i]);
      v[i] = beta2 * v[i] + (1 - beta2) * g * g;
      greatest[i] = Math.max(greatest[i], v[i]);
      p[i] -= (pace * m[i]) / (Math.sqrt(amsgrad ? greatest[i] : v[i]) / spread + eps);
    }
  }
}
