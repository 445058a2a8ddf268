/** The tagger about to be trained: at full length, in short, or as small as the tests compare it with PyTorch. */

import { manualSeed, nn, optim } from "elman-nn";
import { DataLoader, type Padded, padCollate } from "elman-nn/data";
import { accuracy } from "elman-nn/train";
import type { Begun, Length } from "../begun.js";
import { loadSentences, type Sentence } from "./data.js";
import { Tagger } from "./model.js";

const lengths = {
  full: { documents: 150, embedding: 64, hidden: 64, dropout: 0.3, batchSize: 16, epochs: 2, lr: 0.01 },
  quick: { documents: 20, embedding: 64, hidden: 64, dropout: 0.3, batchSize: 16, epochs: 1, lr: 0.01 },
  small: { documents: 10, embedding: 8, hidden: 8, dropout: 0, batchSize: 4, epochs: 1, lr: 0.01 },
};

/** With the sentences themselves. */
type BegunTagger = Begun<Padded, Tagger> & { readonly sentences: ReturnType<typeof loadSentences> };

export async function begin(length: Length): Promise<BegunTagger> {
  const { documents, embedding, hidden, dropout, batchSize, epochs, lr } = lengths[length];
  const sentences = loadSentences(documents);
  manualSeed(1);
  const sizes = { ...sentences.counts, embedding, hidden, dropout };
  const model = new Tagger(sizes);
  const collate = padCollate({ batchFirst: true, targetPadding: -100 });
  const batches = (list: readonly Sentence[], shuffle: boolean) =>
    new DataLoader(list, { batchSize, shuffle, collate, lengths: list.map(([, tags]) => tags.numel()) });
  const loader = batches(sentences.training, true);
  const optimizer = new optim.AdamW(model.parameters(), { lr });
  const scheduler = new optim.lrScheduler.OneCycleLR(optimizer, lr, { totalSteps: epochs * loader.length });
  const loss = nn.functional.crossEntropy;
  const options = {
    optimizer,
    scheduler,
    loss,
    epochs,
    clip: 5,
    metrics: { accuracy },
    validate: batches(sentences.test, false),
  };
  return { model, training: loader, options, sizes, lr, sentences };
}
