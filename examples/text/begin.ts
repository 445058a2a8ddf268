/** The language model about to be trained: at full length, in short, or as small as the tests compare it with PyTorch. */

import { manualSeed, nn, optim, type Tensor } from "elman-nn";
import type { Begun, Length } from "../begun.js";
import { alphabet, loadText, streams } from "./data.js";
import { LanguageModel } from "./model.js";

const lengths = {
  full: { documents: 250, embedding: 32, hidden: 128, N: 32, T: 64, epochs: 1, lr: 0.006 },
  quick: { documents: 40, embedding: 32, hidden: 96, N: 32, T: 64, epochs: 1, lr: 0.01 },
  small: { documents: 10, embedding: 8, hidden: 16, N: 4, T: 16, epochs: 1, lr: 0.01 },
};

export async function begin(length: Length): Promise<Begun<Tensor, LanguageModel>> {
  const { documents, embedding, hidden, N, T, epochs, lr } = lengths[length];
  const { training, test } = loadText(documents);
  manualSeed(1);
  const sizes = { letters: alphabet.length, embedding, hidden };
  const model = new LanguageModel(sizes);
  const chunks = streams(training, N, T);
  const optimizer = new optim.AdamW(model.parameters(), { lr });
  const scheduler = new optim.lrScheduler.OneCycleLR(optimizer, lr, { totalSteps: epochs * chunks.length });
  const loss = nn.functional.crossEntropy;
  const options = { optimizer, scheduler, loss, epochs, clip: 5, validate: streams(test, N, T) };
  return { model, training: chunks, options, sizes, lr };
}
