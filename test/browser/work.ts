/** What is computed in the page and again in Node: a forward, a backward and a stream of one LSTM with one seed. */

import { defaultDevice, manualSeed, nn, randn, type Tensor } from "elman-nn";

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
