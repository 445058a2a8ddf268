/** Arrays that nobody may write into, as they must compile: checked by `tsc -p tsconfig.json`. Nothing here is ever run. */

import { cat, einsum, full, nn, ones, optim, rand, randint, randn, stack, type Tensor, tensor, zeros } from "elman-nn";
import { padCollate, Subset, TensorDataset } from "elman-nn/data";
import type { NamedWeights } from "elman-nn/stream";

declare const numbers: readonly number[];
declare const x: Tensor;
declare const floats: Float32Array;
declare const pair: readonly [Tensor, Tensor];
declare const tensors: readonly Tensor[];
declare const two: readonly [number, number];

export const made: readonly Tensor[] = [
  tensor([1, 2] as const),
  tensor([
    [1, 2],
    [3, 4],
  ] as const),
  tensor(numbers, [2, 3] as const),
  tensor([numbers, numbers]),
  tensor([floats, floats]),
  tensor([[Int32Array.of(1)], [Int32Array.of(2)]]),
  tensor(x.tolist()),
  zeros(two),
  ones(numbers),
  full(numbers, 1),
  rand(...two),
  randn(numbers, { requiresGrad: true }),
  randint(3, two),
  cat(tensors, 0),
  stack(tensors),
  einsum("ij,jk->ik", x, x),
  x.reshape(numbers),
  x.view(two),
  x.permute(two),
  x.expand(numbers),
  x.repeat(numbers),
  x.sum(two),
  x.mean(numbers),
  x.unflatten(0, two),
  nn.functional.pad(x, two),
  nn.functional.layerNorm(x, [3] as const),
  nn.functional.conv2d(x, x, null, { stride: two, padding: two }),
  nn.utils.rnn.padSequence(tensors),
  new nn.LayerNorm(two).forward(x),
  new nn.Conv2d(1, 2, two, { dilation: two }).forward(x),
  new nn.GRU(2, 3).forward(x, null, { lengths: [3, 2] as const })[0],
  new nn.LSTM(2, 3).forward(x, pair, { lengths: numbers })[0],
  new nn.LSTMCell(2, 3).forward(x, pair)[0],
];
export const packed = nn.utils.rnn.packSequence(tensors);
export const padded = nn.utils.rnn.packPaddedSequence(x, numbers);
export const list = new nn.ModuleList([new nn.Linear(1, 2)] as const);
export const adam = new optim.Adam(tensors, { betas: two });
export const steps = new optim.lrScheduler.MultiStepLR(adam, two);
export const data = new Subset(new TensorDataset(x), two);
export const batch = padCollate()([[x, 1]] as const);
export const weights: NamedWeights = { weight_ih_l0: { shape: two, data: floats } };
// @ts-expect-error words are no numbers
tensor(["1", "2"] as const);
// @ts-expect-error whole numbers of 64 bits
tensor(BigInt64Array.of(1n));
