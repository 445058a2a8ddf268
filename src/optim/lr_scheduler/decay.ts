/** Rates that shrink, or grow, by a factor. */

import { fail, mistyped, shown, typeName } from "../../base/errors.js";
import type { Optimizer } from "../optimizer.js";
import type { SchedulerState } from "../state.js";
import { ChainableLR, checkCount, checkNumber, options, rates } from "./scheduler.js";

/**
 * lr·gamma every `stepSize` steps; gamma is 0.1 by default.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.StepLR.html
 */
export class StepLR extends ChainableLR<{ step_size: number; gamma: number }> {
  static override name = "StepLR";

  constructor(optimizer: Optimizer, stepSize: number, given: { gamma?: number } = {}) {
    const { gamma } = options("StepLR", given, { gamma: 0.1 });
    checkCount("StepLR", "step_size", stepSize);
    checkNumber("StepLR", "gamma", gamma);
    super(optimizer, { step_size: stepSize, gamma });
  }

  protected override lrs(): number[] {
    const { last_epoch, step_size, gamma } = this.own;
    const now = rates(this.optimizer);
    return last_epoch === 0 || last_epoch % step_size !== 0 ? now : now.map((lr) => lr * gamma);
  }

  protected override closedForm(): number[] {
    const { base_lrs, last_epoch, step_size, gamma } = this.own;
    return base_lrs.map((lr) => lr * gamma ** Math.floor(last_epoch / step_size));
  }
}

/**
 * lr·gamma at each of the milestones, as often as it is named; gamma is 0.1 by default.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiStepLR.html
 */
export class MultiStepLR extends ChainableLR<{ milestones: Map<number, number>; gamma: number }> {
  static override name = "MultiStepLR";

  constructor(optimizer: Optimizer, milestones: readonly number[], given: { gamma?: number } = {}) {
    const { gamma } = options("MultiStepLR", given, { gamma: 0.1 });
    checkNumber("MultiStepLR", "gamma", gamma);
    if (!Array.isArray(milestones) || !milestones.every(Number.isSafeInteger)) {
      mistyped("MultiStepLR expected milestones as an array of whole numbers", milestones);
    }
    const counts = new Map<number, number>();
    for (const milestone of milestones) counts.set(milestone, (counts.get(milestone) ?? 0) + 1);
    super(optimizer, { milestones: counts, gamma });
  }

  protected override lrs(): number[] {
    const { last_epoch, milestones, gamma } = this.own;
    const now = rates(this.optimizer);
    const count = milestones.get(last_epoch);
    return count === undefined ? now : now.map((lr) => lr * gamma ** count);
  }

  protected override closedForm(): number[] {
    const { base_lrs, last_epoch, milestones, gamma } = this.own;
    let passed = 0;
    for (const [milestone, count] of milestones) if (milestone <= last_epoch) passed += count;
    return base_lrs.map((lr) => lr * gamma ** passed);
  }
}

/**
 * lr·gamma at every step.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ExponentialLR.html
 */
export class ExponentialLR extends ChainableLR<{ gamma: number }> {
  static override name = "ExponentialLR";

  constructor(optimizer: Optimizer, gamma: number) {
    checkNumber("ExponentialLR", "gamma", gamma);
    super(optimizer, { gamma });
  }

  protected override lrs(): number[] {
    const now = rates(this.optimizer);
    return this.initial ? now : now.map((lr) => lr * this.own.gamma);
  }

  protected override closedForm(): number[] {
    const { base_lrs, last_epoch, gamma } = this.own;
    return base_lrs.map((lr) => lr * gamma ** last_epoch);
  }
}

/** Settings of `LinearLR`. */
export interface LinearLROptions {
  /** The factor of the first step. Default 1/3. */
  startFactor?: number;
  /** The factor after `totalIters` steps. Default 1. */
  endFactor?: number;
  /** Default 5. */
  totalIters?: number;
}

/**
 * A straight line from lr·startFactor to lr·endFactor, in `totalIters` steps: a warm-up.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LinearLR.html
 */
export class LinearLR extends ChainableLR<{ start_factor: number; end_factor: number; total_iters: number }> {
  static override name = "LinearLR";

  constructor(optimizer: Optimizer, given: LinearLROptions = {}) {
    const set = options("LinearLR", given, { startFactor: 1 / 3, endFactor: 1, totalIters: 5 });
    const { startFactor, endFactor, totalIters } = set;
    checkNumber("LinearLR", "start_factor", startFactor);
    checkNumber("LinearLR", "end_factor", endFactor);
    if (!(startFactor <= 1 && startFactor > 0)) {
      fail("ValueError", "Starting multiplicative factor expected to be greater than 0 and less or equal to 1.");
    }
    if (!(endFactor <= 1 && endFactor >= 0)) {
      fail("ValueError", "Ending multiplicative factor expected to be between 0 and 1.");
    }
    checkCount("LinearLR", "total_iters", totalIters);
    super(optimizer, { start_factor: startFactor, end_factor: endFactor, total_iters: totalIters });
  }

  protected override lrs(): number[] {
    const { last_epoch, start_factor, end_factor, total_iters } = this.own;
    const now = rates(this.optimizer);
    if (last_epoch === 0) return now.map((lr) => lr * start_factor);
    if (this.initial || last_epoch > total_iters) return now;
    const rise = end_factor - start_factor;
    return now.map((lr) => lr * (1 + rise / (total_iters * start_factor + (last_epoch - 1) * rise)));
  }

  protected override closedForm(): number[] {
    const { base_lrs, last_epoch, start_factor, end_factor, total_iters } = this.own;
    const part = ((end_factor - start_factor) * Math.min(total_iters, last_epoch)) / total_iters;
    return base_lrs.map((lr) => lr * (start_factor + part));
  }
}

/** A factor by the number of steps taken, the `epoch`. */
export type LRLambda = (epoch: number) => number;

/**
 * The first rate times what a function says of the number of steps; one function for all groups, or one a group. A state
 * dict does not hold the functions.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LambdaLR.html
 */
export class LambdaLR extends ChainableLR<{ lr_lambdas: readonly LRLambda[] }> {
  static override name = "LambdaLR";

  /** @param lrLambda one for all groups, or one a group */
  constructor(optimizer: Optimizer, lrLambda: LRLambda | readonly LRLambda[]) {
    const count = optimizer?.paramGroups?.length ?? 0;
    const list: LRLambda[] = Array.isArray(lrLambda) ? [...lrLambda] : Array(count).fill(lrLambda);
    if (list.length !== count) fail("ValueError", `Expected ${count} lr_lambdas, but got ${list.length}`);
    for (const one of list) {
      if (typeof one !== "function") fail("TypeError", `lr_lambda should be a function, but got ${typeName(one)}`);
    }
    super(optimizer, { lr_lambdas: list });
  }

  protected override lrs(): number[] {
    const { base_lrs, lr_lambdas, last_epoch } = this.own;
    return base_lrs.map((lr, i) => {
      const factor = lr_lambdas[i](last_epoch);
      if (typeof factor !== "number")
        fail("TypeError", `LambdaLR expected a number of lr_lambda, got: ${shown(factor)}`);
      return lr * factor;
    });
  }

  override stateDict(): SchedulerState {
    return { ...super.stateDict(), lr_lambdas: this.own.lr_lambdas.map(() => null) };
  }
}
