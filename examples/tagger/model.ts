/** Words in, a tag for each out: embeddings, a bidirectional LSTM over the sentence, a linear layer on every step. */

import { cat, nn, type Tensor } from "elman-nn";
import type { Padded } from "elman-nn/data";
import { tags } from "./tags.js";

/** How many words, suffixes and looks there are, and how wide the layers are. */
export type Sizes = Record<"words" | "suffixes" | "looks" | "embedding" | "hidden" | "dropout", number>;

export class Tagger extends nn.Module {
  readonly words: nn.Embedding;
  readonly suffixes: nn.Embedding;
  readonly looks: nn.Embedding;
  readonly dropout: nn.Dropout;
  readonly lstm: nn.LSTM;
  readonly linear: nn.Linear;

  constructor({ words, suffixes, looks, embedding, hidden, dropout }: Sizes) {
    super();
    this.words = new nn.Embedding(words, embedding, { paddingIdx: 0 });
    this.suffixes = new nn.Embedding(suffixes, embedding / 2, { paddingIdx: 0 });
    this.looks = new nn.Embedding(looks, 8, { paddingIdx: 0 });
    this.dropout = new nn.Dropout(dropout);
    this.lstm = new nn.LSTM(1.5 * embedding + 8, hidden, { batchFirst: true, bidirectional: true });
    this.linear = new nn.Linear(2 * hidden, tags.length);
  }

  /** Logits `[N, 12, T]`. */
  override forward({ input, lengths }: Padded): Tensor {
    const [words, suffixes, looks] = input.unbind(2);
    const known = cat([this.words.forward(words), this.suffixes.forward(suffixes), this.looks.forward(looks)], 2);
    const [output] = this.lstm.forward(this.dropout.forward(known), null, { lengths });
    return this.linear.forward(output).transpose(1, 2);
  }
}
