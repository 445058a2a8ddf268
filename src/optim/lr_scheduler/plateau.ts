/** Rates that shrink when a number no longer gets better. */

import { fail, shown } from "../../base/errors.js";
import type { Optimizer } from "../optimizer.js";
import { checkNumber, checkOptimizer, LRScheduler, options, rates } from "./scheduler.js";

/** Settings of `ReduceLROnPlateau`. */
export interface ReduceLROnPlateauOptions {
  /** Whether less is better, or more. Default "min". */
  mode?: "min" | "max";
  /** What rates are multiplied with. Default 0.1. */
  factor?: number;
  /** How many steps without a better number are let pass. Default 10. */
  patience?: number;
  /** How much better counts. Default 1e-4. */
  threshold?: number;
  /** A part of the best, or an amount. Default "rel". */
  thresholdMode?: "rel" | "abs";
  /** How many steps after a reduction do not count. Default 0. */
  cooldown?: number;
  /** The least rate, or one a group. Default 0. */
  minLr?: number | readonly number[];
  /** Reductions that are smaller are left out. Default 1e-8. */
  eps?: number;
}

const defaults = {
  ...{ mode: "min" as "min" | "max", factor: 0.1, patience: 10, threshold: 1e-4, cooldown: 0, eps: 1e-8 },
  ...{ thresholdMode: "rel" as "rel" | "abs", minLr: 0 as number | readonly number[] },
};

function checkModes(mode: unknown, thresholdMode: unknown): void {
  if (mode !== "min" && mode !== "max") fail("ValueError", `mode ${shown(mode)} is unknown!`);
  if (thresholdMode !== "rel" && thresholdMode !== "abs") {
    fail("ValueError", `threshold mode ${shown(thresholdMode)} is unknown!`);
  }
}

/**
 * lr·factor when what `step` is told has not got better for `patience` steps.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html
 */
export class ReduceLROnPlateau extends LRScheduler<{
  factor: number;
  default_min_lr: number | null;
  min_lrs: number[];
  patience: number;
  cooldown: number;
  eps: number;
  mode: string;
  mode_worse: number;
  threshold: number;
  threshold_mode: string;
  best: number;
  cooldown_counter: number;
  num_bad_epochs: number;
}> {
  static override name = "ReduceLROnPlateau";

  constructor(optimizer: Optimizer, given: ReduceLROnPlateauOptions = {}) {
    const set = options("ReduceLROnPlateau", given, defaults);
    const { mode, factor, patience, threshold, thresholdMode, cooldown, minLr, eps } = set;
    checkNumber("ReduceLROnPlateau", "factor", factor);
    if (!(factor < 1)) fail("ValueError", "Factor should be < 1.0.");
    checkOptimizer(optimizer);
    const count = optimizer.paramGroups.length;
    const least: readonly number[] = Array.isArray(minLr) ? minLr : Array(count).fill(minLr);
    if (least.length !== count) fail("ValueError", `expected ${count} min_lrs, got ${least.length}`);
    for (const one of least) checkNumber("ReduceLROnPlateau", "min_lr", one);
    for (const [name, value] of Object.entries({ patience, threshold, cooldown, eps })) {
      checkNumber("ReduceLROnPlateau", name, value);
    }
    checkModes(mode, thresholdMode);
    const worst = mode === "min" ? Infinity : -Infinity;
    super(optimizer, {
      ...{ factor, patience, cooldown, eps, mode, threshold, threshold_mode: thresholdMode },
      ...{ default_min_lr: typeof minLr === "number" ? minLr : null, min_lrs: [...least] },
      ...{ mode_worse: worst, best: worst, cooldown_counter: 0, num_bad_epochs: 0 },
    });
    this.own.last_epoch = 0;
  }

  /**
   * Lowers the rates where the number has not got better for long enough.
   * @param metric a number that should get better, usually the loss on data held out
   */
  step(metric: number): void {
    const { own } = this;
    if (typeof metric !== "number") {
      fail("TypeError", `ReduceLROnPlateau.step() expected a number, got: ${shown(metric)}`);
    }
    own.last_epoch++;
    if (this.isBetter(metric)) [own.best, own.num_bad_epochs] = [metric, 0];
    else own.num_bad_epochs++;
    if (own.cooldown_counter > 0) {
      own.cooldown_counter--;
      own.num_bad_epochs = 0;
    }
    if (own.num_bad_epochs > own.patience) {
      this.reduce();
      own.cooldown_counter = own.cooldown;
      own.num_bad_epochs = 0;
    }
    own._last_lr = rates(this.optimizer);
  }

  private reduce(): void {
    const { own, optimizer } = this;
    const count = optimizer.paramGroups.length;
    if (count !== own.min_lrs.length) {
      if (own.default_min_lr === null) {
        fail(
          "RuntimeError",
          `The number of param groups in the \`optimizer\` (${count}) differs from when \`ReduceLROnPlateau\` was initialized (${own.min_lrs.length}), usually due to a new param group being added to the optimizer. Please modify the \`min_lrs\` field to match the length of the \`optimizer\` param groups.`,
        );
      }
      own.min_lrs = Array(count).fill(own.default_min_lr);
    }
    optimizer.paramGroups.forEach((group, i) => {
      const next = Math.max(group.lr * own.factor, own.min_lrs[i]);
      if (group.lr - next > own.eps) group.lr = next;
    });
  }

  private isBetter(metric: number): boolean {
    const { mode, threshold, threshold_mode, best } = this.own;
    if (mode === "min") return metric < (threshold_mode === "rel" ? best * (1 - threshold) : best - threshold);
    return metric > (threshold_mode === "rel" ? best * (threshold + 1) : best + threshold);
  }

  override loadStateDict(dict: unknown): void {
    const before = this.own;
    super.loadStateDict(dict);
    try {
      checkModes(this.own.mode, this.own.threshold_mode);
    } catch (error) {
      this.own = before;
      throw error;
    }
  }
}
