/**
 * What schedulers have in common: an optimiser whose learning rates they set, and a state under PyTorch's names.
 * Source: https://docs.pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate
 */

import { dictOf } from "../../base/dict.js";
import { checkOptions, fail, shown, typeName, warn } from "../../base/errors.js";
import { isA } from "../../base/realm.js";
import { Optimizer } from "../optimizer.js";
import type { SchedulerState } from "../state.js";

/** Refuses what is no optimiser. */
export function checkOptimizer(optimizer: Optimizer): void {
  if (!(optimizer instanceof Optimizer)) fail("TypeError", `${typeName(optimizer)} is not an Optimizer`);
}

/** Refuses a setting that is no number; NaN and infinities are none. */
export function checkNumber(where: string, name: string, value: unknown): void {
  if (!Number.isFinite(value)) fail("TypeError", `${where} expected ${name} as a finite number, got: ${shown(value)}`);
}

/** Refuses a setting that is no whole number from 1 up. */
export function checkCount(where: string, name: string, value: unknown): void {
  if (!Number.isSafeInteger(value) || (value as number) < 1) {
    fail("ValueError", `${where} expected ${name} as a whole number from 1 up, got: ${shown(value)}`);
  }
}

/** The options of a scheduler, none that does not exist. */
export function options<T extends object>(where: string, given: Partial<T>, defaults: T): T {
  checkOptions(`${where}.__init__()`, given, Object.keys(defaults));
  const set = Object.entries(given ?? {}).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(set) };
}

/** A number for each of the optimiser's groups, from a list of them or from one for all. */
export function forGroups(name: string, optimizer: Optimizer, value: number | readonly number[]): number[] {
  const count = optimizer.paramGroups.length;
  const list = Array.isArray(value) ? [...value] : Array(count).fill(value);
  if (list.length !== count) {
    fail(
      "ValueError",
      `${name} must have the same length as optimizer.param_groups. ${name} has ${list.length} values, param_groups has ${count}.`,
    );
  }
  for (const one of list) checkNumber("a scheduler", name, one);
  return list;
}

/** The rates that the optimiser's groups have now. */
export function rates(optimizer: Optimizer): number[] {
  return optimizer.paramGroups.map(({ lr }) => lr);
}

/** What every scheduler keeps, by PyTorch's names. */
export interface Kept {
  last_epoch: number;
  _last_lr: number[];
}

/** The base of schedulers. S: what it keeps beside this. */
export abstract class LRScheduler<S extends object = object> {
  /** By PyTorch's names: what a state dict holds. */
  protected own: S & Kept;

  /** @param own what it keeps of its own, by PyTorch's names */
  constructor(
    /** Whose rates it sets. */
    readonly optimizer: Optimizer,
    own: S,
  ) {
    checkOptimizer(optimizer);
    this.own = { ...own, last_epoch: -1, _last_lr: rates(optimizer) };
  }

  /** The rates that were set last, one a group. */
  getLastLr(): number[] {
    return [...this.own._last_lr];
  }

  /** What it keeps, as PyTorch's scheduler of the same name has it. */
  stateDict(): SchedulerState {
    return copied(this.own) as SchedulerState;
  }

  /**
   * Goes on where another was: from `stateDict()`, or from what PyTorch's `state_dict()` put into a file. The rates
   * themselves are the optimiser's.
   * @throws ValueError for what another kind of scheduler, or one of other groups, keeps; then nothing has changed
   */
  loadStateDict(dict: unknown): void {
    this.own = alike(`${this.constructor.name}.load_state_dict()`, "the state dict", this.own, dict) as S & Kept;
  }
}

/** Schedulers whose next rates follow from the present ones, so that several may drive one optimiser. */
export abstract class ChainableLR<S extends object = object> extends LRScheduler<
  S & { base_lrs: number[]; _step_count: number }
> {
  /** Whether the step is the one that sets the first rates. */
  protected initial = false;

  /** Sets the first rates, so whatever `lrs` needs stands in `own`. */
  constructor(optimizer: Optimizer, own: S) {
    checkOptimizer(optimizer);
    for (const group of optimizer.paramGroups) group.initialLr ??= group.lr;
    super(optimizer, {
      ...own,
      base_lrs: optimizer.paramGroups.map(({ initialLr }) => initialLr as number),
      _step_count: 0,
    });
    this.begin();
  }

  /** The rates after `last_epoch` steps, from the present ones. */
  protected abstract lrs(): number[];

  /** The same from the first ones. */
  protected closedForm(): number[] {
    return this.lrs();
  }

  /** @internal The first step. */
  begin(): void {
    this.own._step_count = 0;
    this.initial = true;
    this.step();
    this.initial = false;
  }

  /** @internal Forgets a step that was taken. */
  undo(): void {
    this.own.last_epoch--;
  }

  /** Sets the rates of the next epoch, or of the next step: after the optimiser's. */
  step(): void {
    if (this.own._step_count === 1 && !this.optimizer.stepped) {
      warn(
        "Detected call of `lr_scheduler.step()` before `optimizer.step()`. In PyTorch 1.1.0 and later, you should call them in the opposite order: `optimizer.step()` before `lr_scheduler.step()`.  Failure to do this will result in PyTorch skipping the first value of the learning rate schedule. See more details at https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate",
      );
    }
    this.own._step_count++;
    this.own.last_epoch++;
    this.set(this.lrs());
  }

  /** @internal Sets the first rates in the middle of a training. */
  restart(): void {
    this.own.last_epoch = 0;
    this.set(this.closedForm());
  }

  protected set(lrs: readonly number[]): void {
    const { paramGroups } = this.optimizer;
    if (lrs.length !== paramGroups.length) {
      fail(
        "ValueError",
        `${this.constructor.name} was made for ${lrs.length} parameter groups, and the optimizer has ${paramGroups.length}`,
      );
    }
    paramGroups.forEach((group, i) => {
      group.lr = lrs[i];
    });
    this.own._last_lr = rates(this.optimizer);
  }

  override stateDict(): SchedulerState {
    return { ...super.stateDict(), _get_lr_called_within_step: false, _is_initial: false };
  }
}

function copied(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copied);
  const entries = dictOf(value);
  if (entries === null) return value;
  const pairs = [...entries].map(([key, one]) => [key, copied(one)] as const);
  return value instanceof Map ? new Map(pairs) : Object.fromEntries(pairs);
}

/** `given`, copied, where it has what `model` has, of the same kinds; names beside them are left out. */
function alike(where: string, path: string, model: unknown, given: unknown): unknown {
  const refuse = (): never => fail("ValueError", `${where}: ${path} does not fit, got: ${shown(given)}`);
  if (model instanceof Map) return isA(given, "Map") ? copied(given) : refuse();
  if (Array.isArray(model)) {
    if (!Array.isArray(given) || given.length !== model.length) return refuse();
    return model.map((one, i) => alike(where, `${path}[${i}]`, one, given[i]));
  }
  const wanted = dictOf(model);
  if (wanted !== null) {
    const entries = dictOf(given) ?? refuse();
    return Object.fromEntries(
      [...wanted].map(([key, one]) => [key, alike(where, `'${String(key)}' of ${path}`, one, entries.get(key))]),
    );
  }
  // A function stays, as nothing in a file stands for it.
  if (typeof model === "function") return model;
  return typeof given === typeof model ? given : refuse();
}
