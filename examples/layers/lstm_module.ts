/** A module of one's own around an LSTM, which calls flattenParameters() first, as code written for a GPU does. */

import { manualSeed, nn, randn, type Tensor } from "elman-nn";

class Net extends nn.Module {
  readonly rnn = new nn.LSTM(8, 16, { numLayers: 2, batchFirst: true });
  readonly linear = new nn.Linear(16, 4);

  override forward(x: Tensor): Tensor {
    this.rnn.flattenParameters();
    const [output] = this.rnn.forward(x);
    return this.linear.forward(output.select(1, -1)); // the last step of every sequence: [3, 16] to [3, 4]
  }
}

manualSeed(0);
const net = new Net();
export const output = net.forward(randn([3, 7, 8])); // 3 sequences, 7 steps, 8 features

console.log(net, output);
