/**
 * The training loop: steps over batches, validation after each epoch, and the best weights in the end. It is a loop over
 * events, so whatever else is to happen stands in the caller's body.
 */

import { checkOptions, fail, mistyped, shown, typeName } from "../base/errors.js";
import { type AbortSignalLike, checkProgress as checkSignal, throwIfAborted } from "../checkpoint/bytes/progress.js";
import { nn, noGrad, optim, type Tensor } from "../index.js";
import { diverged } from "./diverged.js";
import { type Batches, breathe, checkBatches, counting, evaluate, lossOf, type Measured, pair } from "./evaluate.js";
import type { Metric } from "./metrics.js";
import { checkProgress, type Progress } from "./progress.js";
import type { Stateful } from "./run.js";

type Scheduler = optim.lrScheduler.ChainableLR | optim.lrScheduler.SequentialLR | optim.lrScheduler.ReduceLROnPlateau;

/** What is trained: a module whose forward takes the first of a batch. */
export type Trained<I, O> = nn.Module & { forward(input: I): O };

/** Settings of `fit`. */
export interface FitOptions<O, T> {
  optimizer: optim.Optimizer;
  /** The mean loss of a batch, from what the model gave and the second of the batch. */
  loss: (output: O, target: T) => Tensor;
  /** How often to go over the batches. Default 1. */
  epochs?: number;
  /** Steps after each epoch, `OneCycleLR` after each batch; `ReduceLROnPlateau` is told the loss of the validation. */
  scheduler?: Scheduler;
  /** The greatest norm of all gradients of what the optimizer trains, together. Default: none. */
  clip?: number;
  /** Numbers that stand beside the loss, by name. */
  metrics?: Readonly<Record<string, Metric<O, T>>>;
  /** Batches that are not learnt from, to measure after each epoch. */
  validate?: Batches<unknown, T>;
  /** After how many epochs without a lower loss of the validation to stop. Default: never. */
  patience?: number;
  /** Whether to end with the weights of the lowest loss of the validation. Default false. */
  keepBest?: boolean;
  /** Stops before the next step with the signal's reason. */
  signal?: AbortSignalLike;
}

/** A step was taken. */
export interface StepEvent extends Measured {
  /** From 1 up. */
  readonly epoch: number;
  /** Steps since the beginning, this one included. */
  readonly step: number;
}
/** An epoch is over. */
export interface EpochEvent {
  /** From 1 up. */
  readonly epoch: number;
  /** What was measured on the batches of `validate`; null where there are none. */
  readonly validation: Measured | null;
}

const names = "optimizer loss epochs scheduler clip metrics validate patience keepBest signal".split(" ");

/** A training that goes on as it is looped over: `for await (const event of fit(…))`. */
export class Fit<I, O, T> implements AsyncIterable<StepEvent | EpochEvent> {
  private progress: Progress = { epochs: 0, steps: 0, best: Infinity, waited: 0, best_state: null };

  /** What a training that is interrupted must keep: `saveRun(path, training.parts)`. */
  readonly parts: Readonly<Record<string, Stateful>>;

  /**
   * @param model what is trained
   * @param loader gives the batches `[input, target]`
   */
  constructor(
    private readonly model: Trained<I, O>,
    private readonly loader: Batches<I, T>,
    private readonly options: FitOptions<O, T>,
  ) {
    checkOptions("fit()", options, names);
    const { optimizer, scheduler, loss, epochs = 1, clip = 1, metrics, validate, patience = 1, keepBest } = options;
    if (!(model instanceof nn.Module)) mistyped("fit() expected a Module", model);
    if (!(optimizer instanceof optim.Optimizer)) fail("TypeError", `${typeName(optimizer)} is not an Optimizer`);
    if (typeof loss !== "function") mistyped("fit() expected loss as a function", loss);
    for (const [name, count] of Object.entries({ epochs, patience })) {
      if (!Number.isSafeInteger(count) || count < 1) {
        fail("ValueError", `fit() expected ${name} as a whole number from 1 up, got: ${shown(count)}`);
      }
    }
    if (!(clip > 0)) fail("ValueError", `fit() expected clip as a number above 0, got: ${shown(clip)}`);
    if (scheduler !== undefined && !(scheduler instanceof optim.lrScheduler.LRScheduler)) {
      mistyped("fit() expected scheduler as one of optim.lrScheduler", scheduler);
    }
    counting(metrics);
    checkSignal("fit()", options);
    const asks =
      options.patience !== undefined || keepBest === true || scheduler instanceof optim.lrScheduler.ReduceLROnPlateau;
    if (asks && validate === undefined) {
      fail("ValueError", "fit() with patience, keepBest or ReduceLROnPlateau needs batches to validate on");
    }
    checkBatches("fit()", loader);
    if (validate !== undefined) checkBatches("fit() with validate", validate);
    const place = "stateDict" in loader ? { loader: loader as unknown as Stateful } : {};
    this.parts = { model, optimizer, ...(scheduler && { scheduler }), ...place, fit: this };
  }

  /** The training, event by event. */
  async *[Symbol.asyncIterator](): AsyncGenerator<StepEvent | EpochEvent, void, undefined> {
    const { model, options, progress } = this;
    const { epochs = 1, patience = Infinity, keepBest } = options;
    // An epoch that was interrupted may have no batch left.
    let least = progress.steps === 0 ? 1 : 0;
    while (progress.epochs < epochs && progress.waited < patience) {
      model.train();
      const before = progress.steps;
      for await (const batch of this.loader) {
        await breathe();
        throwIfAborted(options);
        const [input, target] = pair("fit()", batch);
        yield this.step(input, target);
      }
      if (progress.steps - before < least) {
        fail("ValueError", `fit() expected batches in epoch ${progress.epochs + 1}, got none`);
      }
      least = 1;
      yield await this.endEpoch();
    }
    if (keepBest && progress.best_state !== null) model.loadStateDict(progress.best_state);
  }

  private step(input: I, target: T): StepEvent {
    const { model, options, progress } = this;
    const { optimizer, scheduler, clip, metrics } = options;
    progress.steps++;
    const output = model.forward(input);
    const loss = lossOf("fit()", options.loss(output, target));
    const value = loss.item();
    optimizer.zeroGrad();
    loss.backward();
    if (!Number.isFinite(value)) diverged(model, value, `step ${progress.steps} of epoch ${progress.epochs + 1}`);
    const trained = optimizer.paramGroups.flatMap(({ params }) => params);
    if (clip !== undefined) nn.utils.clipGradNorm_(trained, clip);
    optimizer.step();
    if (scheduler instanceof optim.lrScheduler.OneCycleLR) scheduler.step();
    const counts = counting(metrics);
    noGrad(() => counts.add(output, target));
    return { epoch: progress.epochs + 1, step: progress.steps, loss: value, metrics: counts.values() };
  }

  private async endEpoch(): Promise<EpochEvent> {
    const { model, options, progress } = this;
    const { scheduler, validate, keepBest, loss, metrics, signal } = options;
    const asked = { loss, ...(metrics && { metrics }), ...(signal && { signal }) };
    const validation = validate === undefined ? null : await evaluate(model as Trained<unknown, O>, validate, asked);
    if (scheduler instanceof optim.lrScheduler.ReduceLROnPlateau) scheduler.step((validation as Measured).loss);
    else if (scheduler !== undefined && !(scheduler instanceof optim.lrScheduler.OneCycleLR)) scheduler.step();
    progress.epochs++;
    if (validation !== null && validation.loss < progress.best) {
      Object.assign(progress, { best: validation.loss, waited: 0 });
      if (keepBest) progress.best_state = new Map([...model.stateDict()].map(([name, one]) => [name, one.clone()]));
    } else progress.waited++;
    return { epoch: progress.epochs, validation };
  }

  /** How many steps all epochs have; null where batches come one after the other, and nobody knows how many. */
  get total(): number | null {
    const loader = this.loader as object as { dataset?: object; length: number };
    return "length" in (loader.dataset ?? loader) ? loader.length * (this.options.epochs ?? 1) : null;
  }

  /** How far the training is. */
  stateDict(): Progress {
    return { ...this.progress };
  }

  /** Goes on from there. */
  loadStateDict(dict: unknown): void {
    Object.assign(this.progress, checkProgress(dict));
  }
}

/**
 * Trains a model on batches `[input, target]`: each step is an event `{ epoch, step, loss, metrics }`, each epoch's end
 * one `{ epoch, validation }`. Between steps the event loop breathes.
 * @param model what is trained
 * @param loader gives the batches
 * @throws RuntimeError where the loss is NaN or infinite, with the step and the parameter; the signal's reason
 */
export function fit<I, O, T>(model: Trained<I, O>, loader: Batches<I, T>, options: FitOptions<O, T>): Fit<I, O, T> {
  return new Fit(model, loader, options);
}
