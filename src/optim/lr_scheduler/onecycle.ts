/** One rise and one fall. Source: Smith & Topin, Super-Convergence (2017) */

import { fail, shown } from "../../base/errors.js";
import type { Optimizer } from "../optimizer.js";
import { camel } from "../state.js";
import { ChainableLR, checkNumber, checkOptimizer, forGroups, options } from "./scheduler.js";

/** Settings of `OneCycleLR`. */
export interface OneCycleLROptions {
  /** Steps in all; or `epochs` and `stepsPerEpoch`. */
  totalSteps?: number;
  /** How many epochs there will be; with `stepsPerEpoch` in the place of `totalSteps`. */
  epochs?: number;
  /** How many steps each has. */
  stepsPerEpoch?: number;
  /** The part of all steps in which the rate rises. Default 0.3. */
  pctStart?: number;
  /** Default "cos". */
  annealStrategy?: "cos" | "linear";
  /** Whether momentum, or the first of betas, falls while the rate rises. Default true. */
  cycleMomentum?: boolean;
  /** Where the rate is greatest. Default 0.85. */
  baseMomentum?: number | readonly number[];
  /** At the beginning and at the end. Default 0.95. */
  maxMomentum?: number | readonly number[];
  /** The first rate is maxLr / divFactor. Default 25. */
  divFactor?: number;
  /** The last rate is the first / finalDivFactor. Default 10000. */
  finalDivFactor?: number;
  /** Falls as it rose, and then to the last rate. Default false. */
  threePhase?: boolean;
}

const defaults = {
  ...{ totalSteps: undefined as number | undefined, epochs: undefined as number | undefined },
  ...{ stepsPerEpoch: undefined as number | undefined, pctStart: 0.3, annealStrategy: "cos" as "cos" | "linear" },
  ...{ cycleMomentum: true, baseMomentum: 0.85 as number | readonly number[] },
  ...{ maxMomentum: 0.95 as number | readonly number[], divFactor: 25, finalDivFactor: 1e4, threePhase: false },
};

type Phase = Record<"start_lr" | "end_lr" | "start_momentum" | "end_momentum", string> & { end_step: number };

const phase = (
  end_step: number,
  start_lr: string,
  end_lr: string,
  start_momentum: string,
  end_momentum: string,
): Phase => ({
  ...{
    end_step,
    start_lr,
    end_lr,
    start_momentum: `${start_momentum}_momentum`,
    end_momentum: `${end_momentum}_momentum`,
  },
});

function positive(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  return fail("ValueError", `Expected positive integer ${name}, but got ${shown(value)}`);
}

function stepsOf({ totalSteps, epochs, stepsPerEpoch }: typeof defaults): number {
  if (totalSteps !== undefined) return positive("total_steps", totalSteps);
  if (epochs === undefined || stepsPerEpoch === undefined) {
    fail("ValueError", "You must define either total_steps OR (epochs AND steps_per_epoch)");
  }
  return positive("epochs", epochs) * positive("steps_per_epoch", stepsPerEpoch);
}

/**
 * A step a batch: from maxLr / divFactor up to maxLr and down to almost nothing, the momentum the other way.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html
 */
export class OneCycleLR extends ChainableLR<{
  total_steps: number;
  _schedule_phases: Phase[];
  _anneal_func_type: string;
  cycle_momentum: boolean;
  use_beta1?: boolean;
}> {
  static override name = "OneCycleLR";

  constructor(optimizer: Optimizer, maxLr: number | readonly number[], given: OneCycleLROptions) {
    checkOptimizer(optimizer);
    const set = options("OneCycleLR", given, defaults);
    const { pctStart, annealStrategy, cycleMomentum, divFactor, finalDivFactor, threePhase } = set;
    const total = stepsOf(set);
    if (!(pctStart >= 0 && pctStart <= 1)) {
      fail("ValueError", `Expected float between 0 and 1 pct_start, but got ${shown(pctStart)}`);
    }
    if (annealStrategy !== "cos" && annealStrategy !== "linear") {
      fail("ValueError", `anneal_strategy must be one of 'cos' or 'linear', instead got ${shown(annealStrategy)}`);
    }
    for (const [name, factor] of Object.entries({ div_factor: divFactor, final_div_factor: finalDivFactor })) {
      checkNumber("OneCycleLR", name, factor);
      if (factor === 0) fail("ValueError", `OneCycleLR expected ${name} other than 0, by which rates are divided`);
    }
    const useBeta1 = "betas" in optimizer.defaults;
    if (cycleMomentum && !useBeta1 && !("momentum" in optimizer.defaults)) {
      fail("ValueError", "optimizer must support momentum or beta1 with `cycle_momentum` option enabled");
    }
    const [most, high, low] = [
      forGroups("max_lr", optimizer, maxLr),
      forGroups("max_momentum", optimizer, set.maxMomentum),
      forGroups("base_momentum", optimizer, set.baseMomentum),
    ];
    optimizer.paramGroups.forEach((group, i) => {
      group.maxLr = most[i];
      group.initialLr = most[i] / divFactor;
      group.minLr = group.initialLr / finalDivFactor;
      if (cycleMomentum) Object.assign(group, { maxMomentum: high[i], baseMomentum: low[i] });
    });
    const top = pctStart * total - 1;
    super(optimizer, {
      total_steps: total,
      _schedule_phases: threePhase
        ? [
            phase(top, "initial_lr", "max_lr", "max", "base"),
            phase(2 * pctStart * total - 2, "max_lr", "initial_lr", "base", "max"),
            phase(total - 1, "initial_lr", "min_lr", "max", "max"),
          ]
        : [phase(top, "initial_lr", "max_lr", "max", "base"), phase(total - 1, "max_lr", "min_lr", "base", "max")],
      _anneal_func_type: annealStrategy,
      cycle_momentum: cycleMomentum,
      ...(cycleMomentum && { use_beta1: useBeta1 }),
    });
  }

  protected override lrs(): number[] {
    const { last_epoch: step, total_steps, _schedule_phases: phases, cycle_momentum, use_beta1 } = this.own;
    if (step > total_steps) {
      fail("ValueError", `Tried to step ${step} times. The specified number of total steps is ${total_steps}`);
    }
    const reached = phases.findIndex(({ end_step }) => step <= end_step);
    const at = reached === -1 ? phases.length - 1 : reached;
    const start = at === 0 ? 0 : phases[at - 1].end_step;
    const { end_step, start_lr, end_lr, start_momentum, end_momentum } = phases[at];
    if (start === end_step) {
      fail(
        "ValueError",
        `OneCycleLR has a phase without steps at step ${step} of ${total_steps}: pct_start does not fit`,
      );
    }
    const part = (step - start) / (end_step - start);
    return this.optimizer.paramGroups.map((group) => {
      const bounds = group as object as Record<string, number>;
      const between = (from: string, to: string) => this.between(bounds[camel(from)], bounds[camel(to)], part);
      if (cycle_momentum) {
        const momentum = between(start_momentum, end_momentum);
        const { betas } = group as { betas?: readonly number[] };
        Object.assign(group, use_beta1 === true ? { betas: [momentum, ...(betas ?? []).slice(1)] } : { momentum });
      }
      return between(start_lr, end_lr);
    });
  }

  private between(start: number, end: number, part: number): number {
    if (this.own._anneal_func_type === "linear") return (end - start) * part + start;
    return end + ((start - end) / 2) * (Math.cos(Math.PI * part) + 1);
  }
}
