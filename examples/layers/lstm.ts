/** nn.LSTM as on its page in PyTorch's documentation: two layers over a batch of three sequences of five steps. */

import { manualSeed, nn, randn } from "elman-nn";

manualSeed(0);
const rnn = new nn.LSTM(10, 20, { numLayers: 2 });
const input = randn([5, 3, 10]); // 5 steps, 3 sequences, 10 features
const h0 = randn([2, 3, 20]); // 2 layers, 3 sequences, 20 units
const c0 = randn([2, 3, 20]);
export const [output, [hn, cn]] = rnn.forward(input, [h0, c0]); // [5, 3, 20], each state [2, 3, 20]

console.log(output, hn, cn);
