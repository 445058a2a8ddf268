/**
 * Hours in, those of the last day out: a convolution over time with batch normalisation, an LSTM, and a linear layer on
 * each hour, which says how it differs from the same hour a week before.
 */

import { nn, type Tensor } from "elman-nn";
import { channels, day } from "./data.js";

export class Forecaster extends nn.Module {
  readonly conv: nn.Conv1d;
  readonly norm: nn.BatchNorm1d;
  readonly lstm: nn.LSTM;
  readonly linear: nn.Linear;

  constructor({ filters, hidden }: { filters: number; hidden: number }) {
    super();
    this.conv = new nn.Conv1d(channels, filters, 5, { padding: 2, bias: false });
    this.norm = new nn.BatchNorm1d(filters);
    this.lstm = new nn.LSTM(filters, hidden, { batchFirst: true });
    this.linear = new nn.Linear(hidden, 1);
  }

  /** `[N, channels, past + day]` to `[N, day]`. */
  override forward(known: Tensor): Tensor {
    const found = this.norm.forward(this.conv.forward(known)).relu();
    const [output] = this.lstm.forward(found.transpose(1, 2));
    const weekBefore = known.select(1, 0).slice(1, -day);
    return this.linear.forward(output.slice(1, -day)).squeeze(2).add(weekBefore);
  }
}
