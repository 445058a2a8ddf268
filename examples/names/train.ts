/** Training and measuring the classifier. */

import { nn, optim, type Tensor, tensor } from "elman-nn";
import { DataLoader, type DataLoaderOptions } from "elman-nn/data";
import { accuracy, evaluate, fit } from "elman-nn/train";
import type { Example } from "./data.js";
import type { NameClassifier } from "./model.js";

type Batch = [names: string[], labels: Tensor];

const measured = { loss: nn.functional.crossEntropy, metrics: { accuracy } };

function batches(examples: readonly Example[], options: DataLoaderOptions<Example, Batch>): DataLoader<Example, Batch> {
  const collate = (batch: Example[]): Batch => {
    const labels = batch.map(({ label }) => label);
    return [batch.map(({ name }) => name), tensor(labels, { dtype: "int32" })];
  };
  return new DataLoader(examples, { ...options, collate });
}

/**
 * A training over the examples in random order, measured after each epoch on those of `test`. The rate of learning rises
 * to `lr` and falls to nothing.
 */
export function training(
  model: NameClassifier,
  examples: readonly Example[],
  test: readonly Example[],
  { epochs, batch, lr }: { epochs: number; batch: number; lr: number },
) {
  const loader = batches(examples, { batchSize: batch, shuffle: true });
  const validate = batches(test, { batchSize: test.length });
  const optimizer = new optim.Adam(model.parameters());
  const scheduler = new optim.lrScheduler.OneCycleLR(optimizer, lr, { epochs, stepsPerEpoch: loader.length });
  return fit(model, loader, { ...measured, optimizer, scheduler, epochs, validate, clip: 5 });
}

/** The share of examples whose class the model guesses. */
export async function accuracyOf(model: NameClassifier, examples: readonly Example[]): Promise<number> {
  const { metrics } = await evaluate(model, batches(examples, { batchSize: examples.length }), measured);
  return metrics.accuracy;
}
