/** What is computed in the page and again in Node: a forward, a backward, a stream of one LSTM, and a training, with one seed. */

import { defaultDevice, manualSeed, nn, optim, randn, type Tensor } from "elman-nn";
import { DataLoader, TensorDataset } from "elman-nn/data";
import { fit } from "elman-nn/train";

/** Plain numbers by name, and the device that gave them. */
export interface Results {
  readonly device: string;
  readonly numbers: Record<string, number[]>;
}

const list = (x: Tensor): number[] => Array.from(x.toArray());

export function work(): Results {
  manualSeed(7);
  const [T, N, C] = [12, 3, 5];
  const lstm = new nn.LSTM(C, 9, { numLayers: 2 });
  const input = randn([T, N, C], { requiresGrad: true });
  const [output, [h, c]] = lstm.forward(input);
  output.mul(output).sum().backward();
  const numbers: Record<string, number[]> = { output: list(output), h: list(h), c: list(c) };
  for (const [name, { grad }] of [...lstm.namedParameters(), ["input", input] as const]) {
    numbers[`gradient of ${name}`] = list(grad as Tensor);
  }
  const stream = lstm.stream({ batch: N });
  const steps = new Float32Array(T * N * 9);
  stream.run(input.toArray() as Float32Array, steps, T);
  numbers.stream = [...steps];
  numbers.state = [...stream.getState()];
  return { device: defaultDevice(), numbers };
}

class Sign extends nn.Module {
  readonly rnn = new nn.GRU(1, 6, { batchFirst: true });
  readonly linear = new nn.Linear(6, 2);
  override forward(x: Tensor): Tensor {
    return this.linear.forward(this.rnn.forward(x)[1].at(0));
  }
}

/** The losses of a training: of every step, and of the validation after every epoch. */
export async function train(): Promise<Record<"steps" | "epochs", number[]>> {
  manualSeed(8);
  const [x, model] = [randn([40, 5, 1]), new Sign()];
  const data = new TensorDataset(x, x.sum([1, 2]).gt(0).to("int32"));
  const optimizer = new optim.AdamW(model.parameters(), { lr: 0.05 });
  const loader = new DataLoader(data, { batchSize: 8, shuffle: true });
  const validate = new DataLoader(data, { batchSize: 40 });
  const losses: Record<"steps" | "epochs", number[]> = { steps: [], epochs: [] };
  const options = { optimizer, loss: nn.functional.crossEntropy, epochs: 6, clip: 1, validate, keepBest: true };
  for await (const event of fit(model, loader, options)) {
    if ("validation" in event) losses.epochs.push(event.validation?.loss as number);
    else losses.steps.push(event.loss);
  }
  return losses;
}
