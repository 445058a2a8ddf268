/** nn.LSTM as on its page in PyTorch's documentation: two layers over a batch of three sequences of five steps. */

import { manualSeed, nn, randn } from "elman-nn";

manualSeed(0);
const rnn = new nn.LSTM(10, 20, { numLayers: 2 });
const input = randn([5, 3, 10]);
const h0 = randn([2, 3, 20]);
const c0 = randn([2, 3, 20]);
export const [output, [hn, cn]] = rnn.forward(input, [h0, c0]);

console.log(output, hn, cn);
