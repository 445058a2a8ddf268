/** A letter in, the next one out: an embedding, two layers of LSTM, a linear layer. */

import { nn, type Tensor } from "elman-nn";

export class LanguageModel extends nn.Module {
  readonly embedding: nn.Embedding;
  readonly lstm: nn.LSTM;
  readonly linear: nn.Linear;
  /** Where the text that is being read stands. */
  private state: nn.LSTMState | null = null;

  constructor({ letters, embedding, hidden }: Record<"letters" | "embedding" | "hidden", number>) {
    super();
    this.embedding = new nn.Embedding(letters, embedding);
    this.lstm = new nn.LSTM(embedding, hidden, { numLayers: 2, batchFirst: true });
    this.linear = new nn.Linear(hidden, letters);
  }

  /** Logits `[N, letters, T]` of the letter after each; reads on where the last call ended, but gradients do not. */
  override forward(input: Tensor): Tensor {
    const [output, [h, c]] = this.lstm.forward(this.embedding.forward(input), this.state);
    this.state = [h.detach(), c.detach()];
    return this.linear.forward(output).transpose(1, 2);
  }

  /** Another mode begins another text. */
  override train(mode = true): this {
    this.state = null;
    return super.train(mode);
  }
}
