/** One scheduler after the other. */

import { dictOf } from "../../base/dict.js";
import { fail, shown, typeName } from "../../base/errors.js";
import type { Optimizer } from "../optimizer.js";
import type { SchedulerState } from "../state.js";
import { ChainableLR, LRScheduler } from "./scheduler.js";

/**
 * The first scheduler up to the first milestone, then the second, and so on: a warm-up before what follows.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.SequentialLR.html
 */
export class SequentialLR extends LRScheduler<{ _milestones: number[] }> {
  static override name = "SequentialLR";

  private readonly schedulers: readonly ChainableLR[];

  /**
   * @param schedulers one after the other
   * @param milestones how many steps have been taken when the next one begins: one fewer than there are schedulers
   */
  constructor(optimizer: Optimizer, schedulers: readonly ChainableLR[], milestones: readonly number[]) {
    if (!Array.isArray(schedulers) || schedulers.length < 1) {
      fail("ValueError", "SequentialLR expects at least one scheduler, but got no scheduler.");
    }
    schedulers.forEach((scheduler, i) => {
      if (!(scheduler instanceof ChainableLR)) {
        fail(
          "ValueError",
          `SequentialLR does not support \`${typeName(scheduler)}\` scheduler, but got one at index ${i} in the given schedulers sequence.`,
        );
      }
      if (scheduler.optimizer !== optimizer) {
        fail(
          "ValueError",
          `SequentialLR expects all schedulers to belong to the same optimizer, but got scheduler ${scheduler.constructor.name} at index ${i}, which belongs to another.`,
        );
      }
    });
    if (!Array.isArray(milestones) || milestones.length !== schedulers.length - 1) {
      fail(
        "ValueError",
        `Sequential Schedulers expects number of schedulers provided to be one more than the number of milestone points, but got number of schedulers ${schedulers.length} and the number of milestones to be equal to ${milestones?.length}`,
      );
    }
    milestones.forEach((milestone, i) => {
      if (!Number.isSafeInteger(milestone) || milestone < (milestones[i - 1] ?? 0)) {
        const came = `${shown(milestone)} at index ${i}`;
        fail("ValueError", `SequentialLR expected milestones as whole numbers that do not fall, got: ${came}`);
      }
    });
    super(optimizer, { _milestones: [...milestones] });
    this.schedulers = [...schedulers];
    this.own.last_epoch = 0;
    for (const group of optimizer.paramGroups) group.lr = group.initialLr as number;
    for (const scheduler of schedulers) scheduler.undo();
    const first = this.schedulers[this.current()];
    first.begin();
    this.own._last_lr = first.getLastLr();
  }

  /** How many milestones have been passed. */
  private current(): number {
    const { _milestones, last_epoch } = this.own;
    const next = _milestones.findIndex((milestone) => milestone > last_epoch);
    return next === -1 ? _milestones.length : next;
  }

  /** Sets the rates of the next epoch, or of the next step: after the optimiser's. */
  step(): void {
    this.own.last_epoch++;
    const at = this.current();
    const scheduler = this.schedulers[at];
    if (at > 0 && this.own._milestones[at - 1] === this.own.last_epoch) scheduler.restart();
    else scheduler.step();
    this.own._last_lr = scheduler.getLastLr();
  }

  override stateDict(): SchedulerState {
    return { ...super.stateDict(), _schedulers: this.schedulers.map((scheduler) => scheduler.stateDict()) };
  }

  override loadStateDict(dict: unknown): void {
    const inner = dictOf(dict)?.get("_schedulers");
    if (!Array.isArray(inner) || inner.length !== this.schedulers.length) {
      fail("ValueError", `SequentialLR.load_state_dict() expected _schedulers as a list of ${this.schedulers.length}`);
    }
    super.loadStateDict(dict);
    for (const [i, scheduler] of this.schedulers.entries()) scheduler.loadStateDict(inner[i]);
  }
}
