/** Stochastic gradient descent. Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html */

import { fail, shown } from "../base/errors.js";
import type { FloatArray } from "../device/value.js";
import { checkNotNegative, Optimizer, type Params } from "./optimizer.js";

/** Settings of `SGD`. */
export interface SGDOptions {
  /** Default 1e-3. */
  lr?: number;
  /** How much of the last direction is kept. Default 0. */
  momentum?: number;
  /** How much of the gradient the momentum leaves out. Default 0. */
  dampening?: number;
  /** Adds weightDecay·p to the gradient. Default 0. */
  weightDecay?: number;
  /** Looks one step of momentum ahead. Default false. */
  nesterov?: boolean;
}

interface State {
  /** The direction of the last step; null before the first. */
  direction: FloatArray | null;
}

const defaults = { lr: 1e-3, momentum: 0, dampening: 0, weightDecay: 0, nesterov: false };

/**
 * b = momentum·b + (1 − dampening)·g;  p = p − lr·b, or with nesterov p − lr·(g + momentum·b)
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html
 */
export class SGD extends Optimizer<Required<SGDOptions>, State> {
  /** @param params parameters, or groups `{ params, lr, … }` with settings of their own */
  constructor(params: Params<SGDOptions>, options: SGDOptions = {}) {
    super("SGD", params as Params<Required<SGDOptions>>, defaults, options);
  }

  protected override check({ lr, momentum, dampening, weightDecay, nesterov }: Required<SGDOptions>): void {
    checkNotNegative("learning rate", lr);
    checkNotNegative("momentum value", momentum);
    checkNotNegative("weight_decay value", weightDecay);
    if (!Number.isFinite(dampening)) fail("ValueError", `Invalid dampening value: ${shown(dampening)}`);
    if (nesterov && (momentum <= 0 || dampening !== 0)) {
      fail("ValueError", "Nesterov momentum requires a momentum and zero dampening");
    }
  }

  protected override start(): State {
    return { direction: null };
  }

  protected override update(p: FloatArray, gradient: FloatArray, state: State, settings: Required<SGDOptions>): void {
    const { lr, momentum, dampening, weightDecay, nesterov } = settings;
    const first = state.direction === null;
    const b = momentum === 0 ? null : (state.direction ??= p.slice().fill(0));
    for (let i = 0; i < p.length; i++) {
      const g = gradient[i] + weightDecay * p[i];
      if (b !== null) b[i] = first ? g : momentum * b[i] + (1 - dampening) * g;
      p[i] -= lr * (b === null ? g : nesterov ? g + momentum * b[i] : b[i]);
    }
  }
}
