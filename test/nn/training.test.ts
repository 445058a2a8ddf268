/**
 * training_cases.json: two trainings of TensorFlow.js, with the values published there (Keras in float32), PyTorch 1.13's
 * in float32, and PyTorch 2.13's in float64 (test/fixtures/make_numeric.py).
 */

import { describe, expect, it } from "vitest";
import { nn, noGrad, ones, optim, type Tensor, tensor, zeros } from "../../src/index.js";
import { fixture } from "../support/recurrent.js";

interface TrainingCase {
  name: string;
  expected: Record<string, number>;
  torch113: number | number[];
}
type DType = "float32" | "float64";

const cases = fixture<TrainingCase[]>("training_cases.json");
const exact = fixture<{ torch: string; training: Record<string, Record<string, number>> }>("numeric_torch.json");
const { mseLoss } = nn.functional;

function filled<M extends nn.Module>(module: M, value: number): M {
  noGrad(() => {
    for (const parameter of module.parameters()) parameter.fill_(value);
  });
  return module;
}

const last = (output: Tensor) => output.select(1, -1);

/** Two steps of back-propagation through a network of ones. */
function backPropagation(dtype: DType): Record<string, number> {
  const rnn = filled(new nn.RNN(4, 1, { bias: false, batchFirst: true, dtype }), 1);
  const linear = filled(new nn.Linear(1, 1, { bias: false, dtype }), 1);
  const optimizer = new optim.SGD([...rnn.parameters(), ...linear.parameters()], { lr: 5 });
  for (let step = 0; step < 2; step++) {
    optimizer.zeroGrad();
    const [output] = rnn.forward(ones([5, 3, 4], { dtype }));
    mseLoss(linear.forward(last(output)), zeros([5, 1], { dtype })).backward();
    optimizer.step();
  }
  // All columns of weight_ih are equal, from the first step to the last.
  const columns = rnn.weight_ih_l0.toArray();
  expect(columns).toEqual(columns.slice().fill(columns[0]));
  return { weight_ih: columns[0], weight_hh: rnn.weight_hh_l0.item(), linear: linear.weight.item() };
}

/** One epoch of two batches, the second from the state of the first. */
function carriedState(dtype: DType): Record<string, number> {
  const rnn = filled(new nn.RNN(2, 5, { batchFirst: true, dtype }), 1);
  noGrad(() => {
    rnn.bias_ih_l0.zero_();
    rnn.bias_hh_l0.zero_();
  });
  const linear = filled(new nn.Linear(5, 1, { bias: false, dtype }), 0);
  const optimizer = new optim.SGD([...rnn.parameters(), ...linear.parameters()], { lr: 0.01 });
  const batches = [
    [-1, -2, 0, 1],
    [1, 2, 0, -1],
  ];
  let state: Tensor | null = null;
  const losses = batches.map((targets) => {
    optimizer.zeroGrad();
    const [output, final] = rnn.forward(ones([4, 3, 2], { dtype }), state);
    const loss = mseLoss(linear.forward(last(output)), tensor(targets, { dtype }).unsqueeze(1));
    loss.backward();
    optimizer.step();
    state = final.detach();
    return loss.item();
  });
  return { mean_loss: (losses[0] + losses[1]) / 2 };
}

const trainings = [
  { name: "tfjs-simplernn-bptt", train: backPropagation, published: 2e-4 },
  { name: "tfjs-simplernn-stateful-bptt", train: carriedState, published: 1e-5 },
];

describe("published trainings", () => {
  it("are all there", () => {
    expect(trainings.map(({ name }) => name)).toEqual(cases.map(({ name }) => name));
    expect(Object.keys(exact.training)).toEqual(cases.map(({ name }) => name));
  });

  it.each(trainings)("$name", ({ name, train, published }) => {
    const one = cases.find((candidate) => candidate.name === name) ?? expect.fail(name);
    const torch113 = [one.torch113].flat();
    const single = train("float32");
    const double = train("float64");
    expect(Object.keys(double)).toEqual(Object.keys(one.expected));
    Object.keys(double).forEach((key, i) => {
      for (const trained of [single[key], double[key]]) {
        expect(Math.abs(trained - one.expected[key]), `${key} as published`).toBeLessThan(published);
        expect(Math.abs(trained - torch113[i]), `${key} in PyTorch 1.13`).toBeLessThan(published);
      }
      expect(Math.abs(double[key] - exact.training[name][key]), `${key} in float64`).toBeLessThan(1e-10);
    });
  });
});
