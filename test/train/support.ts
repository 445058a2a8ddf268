/** A small task: which of two classes a short sequence of numbers is of. */

import { DataLoader, TensorDataset } from "../../src/data/index.js";
import { Generator, nn, randn, type Tensor } from "../../src/index.js";

export class Classifier extends nn.Module {
  readonly rnn = new nn.GRU(1, 6, { batchFirst: true, numLayers: 2, dropout: 0.2 });
  readonly linear = new nn.Linear(6, 2);

  override forward(x: Tensor): Tensor {
    return this.linear.forward(this.rnn.forward(x)[0].select(1, -1));
  }
}

/** Class 1 where the sum is positive. */
export function task(count: number, seed: number): TensorDataset<[Tensor, Tensor]> {
  const x = randn([count, 5, 1], { generator: new Generator(seed) });
  return new TensorDataset(x, x.sum([1, 2]).gt(0).to("int32"));
}

export const loaderOf = (set: TensorDataset<[Tensor, Tensor]>, shuffle = true) =>
  new DataLoader(set, { batchSize: 8, shuffle });
