/** nn.LSTMCell as on its page in PyTorch's documentation: the cell stepped over a sequence, the results stacked. */

import { manualSeed, nn, randn, stack, type Tensor } from "elman-nn";

manualSeed(0);
const rnn = new nn.LSTMCell(10, 20);
const input = randn([2, 3, 10]); // 2 steps, 3 sequences, 10 features
let hx = randn([3, 20]); // 3 sequences, 20 units
let cx = randn([3, 20]);
const steps: Tensor[] = [];
for (const x of input.unbind(0)) {
  [hx, cx] = rnn.forward(x, [hx, cx]);
  steps.push(hx);
}
export const output = stack(steps); // [2, 3, 20]
export const cn = cx;

console.log(output, cn);
