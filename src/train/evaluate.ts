/** How good a model is on batches that it does not learn from. */

import { fail, mistyped } from "../base/errors.js";
import { type AbortSignalLike, throwIfAborted } from "../checkpoint/bytes/progress.js";
import { type nn, noGrad, Tensor } from "../index.js";
import type { Metric } from "./metrics.js";

/** Batches of input and target: a `DataLoader`, or any iterable. */
export type Batches<I, T> = AsyncIterable<readonly [I, T, ...unknown[]]> | Iterable<readonly [I, T, ...unknown[]]>;

/** A loss, and numbers beside it. */
export interface Measured {
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
}

interface Timers {
  setImmediate?: (next: () => void) => unknown;
  setTimeout: (next: () => void) => unknown;
}

/** Milliseconds of work after which others may do theirs. */
const breath = 10;
let last = 0;

/** Lets the event loop do what waits: pages stay alive, and signals are heard. */
export async function breathe(): Promise<void> {
  if (Date.now() - last < breath) return;
  const { setImmediate, setTimeout } = globalThis as unknown as Timers;
  await new Promise<void>((resolve) => (setImmediate ?? setTimeout)(resolve));
  last = Date.now();
}

/** Empty counts of several metrics. */
export function counting<O, T>(
  metrics: Readonly<Record<string, Metric<O, T>>> = {},
): {
  add(output: O, target: T): void;
  values(): Record<string, number>;
} {
  const counts = Object.entries(metrics).map(([name, make]) => [name, make()] as const);
  return {
    add(output, target) {
      for (const [, count] of counts) count.add(output, target);
    },
    values: () => Object.fromEntries(counts.map(([name, count]) => [name, count.value()])),
  };
}

/** What a batch must be. */
export function pair<I, T>(where: string, batch: readonly [I, T, ...unknown[]]): readonly [I, T, ...unknown[]] {
  if (Array.isArray(batch) && batch.length >= 2) return batch;
  return mistyped(`${where} expected batches [input, target]`, batch);
}

/**
 * The mean loss and the metrics of a model over batches, without gradients and in evaluation mode; the mode is put back.
 * Batches count by how many targets they have.
 */
export async function evaluate<I, O, T>(
  model: nn.Module & { forward(input: I): O },
  batches: Batches<I, T>,
  options: {
    loss: (output: O, target: T) => Tensor;
    metrics?: Readonly<Record<string, Metric<O, T>>>;
    signal?: AbortSignalLike;
  },
): Promise<Measured> {
  const { loss, metrics } = options;
  const modes = model.modules().map((module) => [module, module.training] as const);
  const counts = counting(metrics);
  let [total, count] = [0, 0];
  model.eval();
  try {
    for await (const batch of batches) {
      await breathe();
      throwIfAborted(options);
      const [input, target] = pair("evaluate()", batch);
      noGrad(() => {
        const output = model.forward(input);
        const weight = target instanceof Tensor ? target.numel() : 1;
        total += weight * loss(output, target).item();
        count += weight;
        counts.add(output, target);
      });
    }
  } finally {
    for (const [module, training] of modes) module.training = training;
  }
  if (count === 0) fail("ValueError", "evaluate() expected batches with targets, got none");
  return { loss: total / count, metrics: counts.values() };
}
