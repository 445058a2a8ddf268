/** Rates along half a cosine. Source: Loshchilov & Hutter, SGDR (2016) */

import { fail, shown } from "../../base/errors.js";
import type { Optimizer } from "../optimizer.js";
import { ChainableLR, checkCount, checkNumber, options, rates } from "./scheduler.js";

/** Settings of `CosineAnnealingLR`. */
export interface CosineAnnealingLROptions {
  /** The least rate. Default 0. */
  etaMin?: number;
}

/**
 * From lr down to `etaMin` in `TMax` steps, and up again.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingLR.html
 */
export class CosineAnnealingLR extends ChainableLR<{ T_max: number; eta_min: number }> {
  static override name = "CosineAnnealingLR";

  constructor(optimizer: Optimizer, TMax: number, given: CosineAnnealingLROptions = {}) {
    const { etaMin } = options("CosineAnnealingLR", given, { etaMin: 0 });
    checkCount("CosineAnnealingLR", "T_max", TMax);
    checkNumber("CosineAnnealingLR", "eta_min", etaMin);
    super(optimizer, { T_max: TMax, eta_min: etaMin });
  }

  protected override lrs(): number[] {
    const { base_lrs, last_epoch, T_max, eta_min } = this.own;
    const now = rates(this.optimizer);
    if (this.initial) return now;
    if ((last_epoch - 1 - T_max) % (2 * T_max) === 0) {
      const rise = 1 - Math.cos(Math.PI / T_max);
      return now.map((lr, i) => lr + ((base_lrs[i] - eta_min) * rise) / 2);
    }
    const [after, before] = [last_epoch, last_epoch - 1].map((epoch) => 1 + Math.cos((Math.PI * epoch) / T_max));
    return now.map((lr) => (after / before) * (lr - eta_min) + eta_min);
  }

  protected override closedForm(): number[] {
    const { base_lrs, last_epoch, T_max, eta_min } = this.own;
    const part = 1 + Math.cos((Math.PI * last_epoch) / T_max);
    return base_lrs.map((lr) => eta_min + ((lr - eta_min) * part) / 2);
  }
}

/** Settings of `CosineAnnealingWarmRestarts`. */
export interface WarmRestartsOptions extends CosineAnnealingLROptions {
  /** How many times longer each run is than the one before, a whole number. Default 1. */
  TMult?: number;
}

/**
 * From lr down to `etaMin` in `T0` steps, then from lr again.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingWarmRestarts.html
 */
export class CosineAnnealingWarmRestarts extends ChainableLR<{
  T_0: number;
  T_i: number;
  T_mult: number;
  eta_min: number;
  T_cur: number;
}> {
  static override name = "CosineAnnealingWarmRestarts";

  constructor(optimizer: Optimizer, T0: number, given: WarmRestartsOptions = {}) {
    const { TMult, etaMin } = options("CosineAnnealingWarmRestarts", given, { TMult: 1, etaMin: 0 });
    if (!Number.isSafeInteger(T0) || T0 <= 0) fail("ValueError", `Expected positive integer T_0, but got ${shown(T0)}`);
    if (!Number.isSafeInteger(TMult) || TMult < 1) {
      fail("ValueError", `Expected integer T_mult >= 1, but got ${shown(TMult)}`);
    }
    checkNumber("CosineAnnealingWarmRestarts", "eta_min", etaMin);
    super(optimizer, { T_0: T0, T_i: T0, T_mult: TMult, eta_min: etaMin, T_cur: -1 });
  }

  protected override lrs(): number[] {
    const { base_lrs, T_cur, T_i, eta_min } = this.own;
    const part = 1 + Math.cos((Math.PI * T_cur) / T_i);
    return base_lrs.map((lr) => eta_min + ((lr - eta_min) * part) / 2);
  }

  /**
   * Sets the rates of the next place in the schedule.
   * @param epoch where in the schedule to be, fractions included: `epoch + batch / batches`. Default: the next epoch
   */
  override step(epoch?: number): void {
    const { own } = this;
    if (epoch !== undefined || own.last_epoch < 0) this.jump(epoch ?? 0);
    else {
      own.last_epoch++;
      own.T_cur++;
      if (own.T_cur >= own.T_i) {
        own.T_cur %= own.T_i;
        own.T_i *= own.T_mult;
      }
    }
    this.set(this.lrs());
  }

  private jump(epoch: number): void {
    const { own } = this;
    if (!(epoch >= 0)) fail("ValueError", `Expected non-negative epoch, but got ${shown(epoch)}`);
    if (epoch < own.T_0) [own.T_i, own.T_cur] = [own.T_0, epoch];
    else if (own.T_mult === 1) own.T_cur = epoch % own.T_0;
    else {
      const runs = Math.trunc(Math.log((epoch / own.T_0) * (own.T_mult - 1) + 1) / Math.log(own.T_mult));
      own.T_cur = epoch - (own.T_0 * (own.T_mult ** runs - 1)) / (own.T_mult - 1);
      own.T_i = own.T_0 * own.T_mult ** runs;
    }
    own.last_epoch = Math.floor(epoch);
  }
}
