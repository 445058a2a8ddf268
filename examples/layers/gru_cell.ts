/** nn.GRUCell as on its page in PyTorch's documentation: the cell stepped over a sequence, the results stacked. */

import { manualSeed, nn, randn, stack, type Tensor } from "elman-nn";

manualSeed(0);
const rnn = new nn.GRUCell(10, 20);
const input = randn([6, 3, 10]); // 6 steps, 3 sequences, 10 features
let hx = randn([3, 20]); // 3 sequences, 20 units
const steps: Tensor[] = [];
for (const x of input.unbind(0)) {
  hx = rnn.forward(x, hx);
  steps.push(hx);
}
export const output = stack(steps); // [6, 3, 20]

console.log(output);
