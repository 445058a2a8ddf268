/** Training and measuring the classifier. */

import { nn, noGrad, type optim, randperm, tensor } from "elman-nn";
import type { Example } from "./data.js";
import type { NameClassifier } from "./model.js";

/** One pass over the examples in random order; `report` hears of every batch. Returns the mean loss. */
export function trainEpoch(
  model: NameClassifier,
  optimizer: optim.Optimizer,
  examples: readonly Example[],
  batchSize: number,
  report: (done: number, loss: number) => void,
): number {
  model.train();
  const order = randperm(examples.length).toArray();
  let total = 0;
  for (let start = 0; start < order.length; start += batchSize) {
    const batch = Array.from(order.slice(start, start + batchSize), (i) => examples[i]);
    const logits = model.forward(batch.map(({ name }) => name));
    const target = tensor(
      batch.map(({ label }) => label),
      { dtype: "int32" },
    );
    const loss = nn.functional.crossEntropy(logits, target);
    optimizer.zeroGrad();
    loss.backward();
    nn.utils.clipGradNorm_(model.parameters(), 5);
    optimizer.step();
    total += loss.item() * batch.length;
    report(start + batch.length, total / (start + batch.length));
  }
  return total / examples.length;
}

/** The share of examples whose class the model guesses. */
export function accuracy(model: NameClassifier, examples: readonly Example[]): number {
  model.eval();
  return noGrad(() => {
    const guesses = model
      .forward(examples.map(({ name }) => name))
      .argmax(1)
      .toArray();
    return examples.filter(({ label }, i) => guesses[i] === label).length / examples.length;
  });
}
