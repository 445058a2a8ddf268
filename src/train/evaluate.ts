/** How good a model is on batches that it does not learn from. */

import { checkOptions, fail, mistyped } from "../base/errors.js";
import { type AbortSignalLike, checkProgress as checkSignal, throwIfAborted } from "../checkpoint/bytes/progress.js";
import { nn, noGrad, Tensor } from "../index.js";
import { ignored, type Metric } from "./metrics.js";

/** Batches of input and target: a `DataLoader`, or any iterable. */
export type Batches<I, T> = AsyncIterable<readonly [I, T, ...unknown[]]> | Iterable<readonly [I, T, ...unknown[]]>;

/** @throws TypeError for what no loop can go over */
export function checkBatches(where: string, batches: unknown): void {
  const { [Symbol.iterator]: sync, [Symbol.asyncIterator]: async } = Object(batches);
  if (typeof sync !== "function" && typeof async !== "function")
    mistyped(`${where} expected an iterable of batches`, batches);
}

/** A loss, and numbers beside it. */
export interface Measured {
  /** The loss, as its function gave it: of several batches the mean. */
  readonly loss: number;
  /** What each metric counted, by its name. */
  readonly metrics: Readonly<Record<string, number>>;
}

interface Turns {
  setImmediate?: (next: () => void) => unknown;
  MessageChannel?: new () => {
    port1: { onmessage: unknown; close(): void };
    port2: { postMessage(value: null): void };
  };
  setTimeout: (next: () => void) => unknown;
}

/** One turn of the event loop. A page lets a timer wait for 4 ms and more, a message not. */
function turn(): Promise<void> {
  const { setImmediate, MessageChannel, setTimeout } = globalThis as unknown as Turns;
  return new Promise<void>((resolve) => {
    if (setImmediate !== undefined) setImmediate(resolve);
    else if (MessageChannel === undefined) setTimeout(resolve);
    else {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(null);
    }
  });
}

/** Milliseconds of work after which others may do theirs. */
const breath = 10;
let last = 0;

/** Lets the event loop do what waits: pages stay alive, and signals are heard. */
export async function breathe(): Promise<void> {
  if (Date.now() - last < breath) return;
  await turn();
  last = Date.now();
}

/** Empty counts of several metrics. */
export function counting<O, T>(
  metrics: Readonly<Record<string, Metric<O, T>>> = {},
): {
  add(output: O, target: T): void;
  values(): Record<string, number>;
} {
  const counts = Object.entries(metrics ?? {}).map(([name, make]) => {
    const count: Partial<ReturnType<typeof make>> | undefined = typeof make === "function" ? make() : undefined;
    if (typeof count?.add !== "function" || typeof count.value !== "function") {
      fail("TypeError", `the metric '${name}' is no function that makes a count, such as accuracy or f1()`);
    }
    return [name, count as ReturnType<typeof make>] as const;
  });
  return {
    add(output, target) {
      for (const [, count] of counts) count.add(output, target);
    },
    values: () => Object.fromEntries(counts.map(([name, count]) => [name, count.value()])),
  };
}

/** The loss that a function of the caller gave. */
export function lossOf(where: string, loss: unknown): Tensor {
  return loss instanceof Tensor ? loss : mistyped(`${where} expected a Tensor of loss()`, loss);
}

/** How many targets a batch has: classes that are left out are none. */
function countOf(target: unknown): number {
  if (!(target instanceof Tensor)) return 1;
  return target.dtype === "int32" ? target.ne(ignored).sum().item() : target.numel();
}

/** What a batch must be. */
export function pair<I, T>(where: string, batch: readonly [I, T, ...unknown[]]): readonly [I, T, ...unknown[]] {
  if (Array.isArray(batch) && batch.length >= 2) return batch;
  return mistyped(`${where} expected batches [input, target]`, batch);
}

/**
 * The mean loss and the metrics of a model over batches, without gradients and in evaluation mode; the mode is put back.
 * Batches count by how many targets they have; classes of −100 are none.
 * @throws ValueError where there is no target at all
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
  if (!(model instanceof nn.Module)) mistyped("evaluate() expected a Module", model);
  checkBatches("evaluate()", batches);
  if (typeof options?.loss !== "function") mistyped("evaluate() expected loss as a function", options?.loss);
  checkOptions("evaluate()", options, ["loss", "metrics", "signal"]);
  checkSignal("evaluate()", options);
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
        const weight = countOf(target);
        // The mean of nothing is NaN.
        if (weight > 0) total += weight * lossOf("evaluate()", loss(output, target)).item();
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
