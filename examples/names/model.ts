/** Letters in, a class out: an embedding, a recurrent layer, a linear layer on its last state. */

import { nn, type Tensor } from "elman-nn";
import { alphabet, classes, encode } from "./data.js";

export type Kind = "gru" | "lstm";

export class NameClassifier extends nn.Module {
  readonly embedding = new nn.Embedding(alphabet.length, 16, { paddingIdx: 0 });
  readonly rnn: nn.GRU | nn.LSTM;
  readonly linear: nn.Linear;

  constructor(kind: Kind, hiddenSize: number) {
    super();
    const Layer = kind === "gru" ? nn.GRU : nn.LSTM;
    this.rnn = new Layer(16, hiddenSize, { batchFirst: true });
    this.linear = new nn.Linear(hiddenSize, classes.length);
  }

  /** Logits `[N, 2]` for a list of names. */
  override forward(names: readonly string[]): Tensor {
    const { input, lengths } = encode(names);
    const embedded = this.embedding.forward(input);
    // Both branches say the same, each to one class: TypeScript does not call overloads of a union.
    const [, state] =
      this.rnn instanceof nn.GRU
        ? this.rnn.forward(embedded, null, { lengths })
        : this.rnn.forward(embedded, null, { lengths });
    const [h] = Array.isArray(state) ? state : [state];
    return this.linear.forward(h.at(0));
  }
}
