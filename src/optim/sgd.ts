/** Stochastic gradient descent. Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html */

import { fail, shown, typed } from "../base/errors.js";
import { checkNotNegative, Optimizer, type Params } from "./optimizer.js";
import type { Rule } from "./rule.js";

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
  /** Goes up the gradient, not down. Default false. */
  maximize?: boolean;
}

const defaults = { lr: 1e-3, momentum: 0, dampening: 0, weightDecay: 0, nesterov: false, maximize: false };

type Numbers = "lr" | "weightDecay" | "momentum" | "taken" | "ahead";

/**
 * g += weightDecay·p   b = momentum·b + taken·g   p −= lr·b, or lr·g without momentum, or lr·(g + momentum·b) where
 * `ahead` is 1. At the first step all of g is taken, whatever the dampening.
 */
const rule: Rule<Required<SGDOptions>, Numbers> = {
  name: "sgd",
  counts: false,
  running: ({ momentum }) => (momentum === 0 ? [] : ["momentum_buffer"]),
  numbers: ({ lr, momentum, dampening, weightDecay, nesterov }, { running }) => ({
    lr,
    weightDecay,
    momentum,
    taken: running.size === 0 ? 1 : 1 - dampening,
    ahead: Number(nesterov),
  }),
  formula: (p, gradient, [b], { lr, weightDecay, momentum, taken, ahead }) => {
    const g = gradient.add(p.mul(weightDecay));
    if (b === undefined) return [p.sub(g.mul(lr))];
    const direction = b.mul(momentum).add(g.mul(taken)).to(b.dtype);
    return [p.sub((ahead === 0 ? direction : g.add(direction.mul(momentum))).mul(lr)), direction];
  },
};

/**
 * b = momentum·b + (1 − dampening)·g;  p = p − lr·b, or with nesterov p − lr·(g + momentum·b)
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html
 */
export class SGD extends Optimizer<Required<SGDOptions>> {
  protected override readonly rule = rule;

  /** @param params parameters, or groups `{ params, lr, … }` with settings of their own */
  constructor(params: Params<SGDOptions>, options: SGDOptions = {}) {
    super("SGD", params as Params<Required<SGDOptions>>, defaults, options);
  }

  protected override check(settings: Required<SGDOptions>): void {
    const { lr, momentum, dampening, weightDecay, nesterov, maximize } = settings;
    checkNotNegative("learning rate", lr);
    checkNotNegative("momentum value", momentum);
    checkNotNegative("weight_decay value", weightDecay);
    if (!Number.isFinite(dampening)) fail("ValueError", `Invalid dampening value: ${shown(dampening)}`);
    typed("nesterov", nesterov, "bool");
    typed("maximize", maximize, "bool");
    if (nesterov && (momentum <= 0 || dampening !== 0)) {
      fail("ValueError", "Nesterov momentum requires a momentum and zero dampening");
    }
  }
}
