/** A layer that is looked into computes what it computes, and what is seen is what cells stepped by hand show. */

import { describe, expect, it } from "vitest";
import { nn, randn, type Tensor, tensor, zeros } from "../../src/index.js";
import { activity, activitySvg } from "../../src/watch/index.js";
import { refusesSomehow } from "../support/nn_fixture.js";
import { expectClose, float64 } from "../support/tolerance.js";

const x = randn([6, 3, 2], { dtype: "float64" });
const dtype = "float64" as const;

describe("the output is the layer's", () => {
  const layers: [string, nn.RNNBase & { forward(x: Tensor): [Tensor, unknown] }][] = [
    ["LSTM", new nn.LSTM(2, 4, { numLayers: 2, bidirectional: true, dtype })],
    ["LSTM with a projection", new nn.LSTM(2, 4, { projSize: 3, numLayers: 2, dtype })],
    ["GRU", new nn.GRU(2, 4, { numLayers: 2, bidirectional: true, dtype })],
    ["GRU without bias", new nn.GRU(2, 4, { bias: false, dtype })],
    ["RNN", new nn.RNN(2, 4, { dtype })],
    ["RNN with relu", new nn.RNN(2, 4, { nonlinearity: "relu", dtype })],
  ];
  it.each(layers)("%s", (_, layer) => {
    const seen = activity(layer, x);
    expectClose(seen.output, layer.forward(x)[0].detach(), float64);
    const D = layer.bidirectional ? 2 : 1;
    expect(seen.layers.length).toBe(layer.numLayers * D);
    expect(layer.parameters().every(({ grad }) => grad === null)).toBe(true);
  });

  it("with batchFirst, too", () => {
    const layer = new nn.GRU(2, 4, { batchFirst: true, dtype });
    const input = x.transpose(0, 1);
    expectClose(activity(layer, input).output, layer.forward(input)[0].detach(), float64);
  });
});

it("gradients are those of the states of a cell that is stepped", () => {
  const layer = new nn.LSTM(2, 4, { dtype });
  const cell = new nn.LSTMCell(2, 4, { dtype });
  cell.loadStateDict(
    new Map([...layer.stateDict()].map(([name, value]): [string, Tensor] => [name.replace("_l0", ""), value])),
  );
  let state: [Tensor, Tensor] = [zeros([3, 4], { dtype }), zeros([3, 4], { dtype })];
  const states: Tensor[] = [];
  for (let t = 0; t < 6; t++) {
    state = cell.forward(x.at(t), state);
    state[0].retainGrad();
    states.push(state[0]);
  }
  states[5].sum().backward();
  const [{ name, gradient }] = activity(layer, x).layers;
  expect(name).toBe("l0");
  expectClose(
    gradient,
    states.map(({ grad }) => grad?.norm().item() ?? 0),
    float64,
  );
  expect(gradient[5]).toBeCloseTo(Math.sqrt(12));
});

it("gates are the means and shares of what they let through", () => {
  const layer = new nn.RNN(1, 2, { bias: false, dtype });
  layer.loadStateDict({
    weight_ih_l0: tensor([[1], [10]]),
    weight_hh_l0: tensor([
      [0, 0],
      [0, 0],
    ]),
  });
  const input = tensor([[[0.5]], [[-1]]], { dtype });
  const [{ gates }] = activity(layer, input).layers;
  expectClose(gates.h.mean, [(Math.tanh(0.5) + Math.tanh(5)) / 2, (Math.tanh(-1) + Math.tanh(-10)) / 2], float64);
  expect(gates.h.saturation).toEqual([0.5, 0.5]);
  const names = [new nn.LSTM(1, 2), new nn.GRU(1, 2)].map((one) => activity(one, input.to("float32")).layers[0].gates);
  expect(names.map((one) => Object.keys(one))).toEqual([
    ["i", "f", "g", "o"],
    ["r", "z", "n"],
  ]);
});

it("a loss of one's own decides where gradients begin, and those of parameters stay", () => {
  const layer = new nn.GRU(2, 4, { dtype });
  layer.weight_ih_l0.grad = zeros([12, 2], { dtype });
  const { layers } = activity(layer, x, (output) => output.at(2).sum());
  expect(layers[0].gradient.map((norm) => norm > 0)).toEqual([true, true, true, false, false, false]);
  expect(layer.weight_ih_l0.grad.abs().sum().item()).toBe(0);
});

it("a gradient of float32 counts as long as it is a number, though its square is none", () => {
  const layer = new nn.RNN(1, 1, { bias: false });
  layer.loadStateDict({ weight_ih_l0: tensor([[0]]), weight_hh_l0: tensor([[1e-4]]) });
  // Of a state of zeros each step back is times 1e-4.
  const [{ gradient }] = activity(layer, zeros([8, 1, 1])).layers;
  gradient.forEach((norm, t) => {
    expect(Math.log10(norm)).toBeCloseTo(-4 * (7 - t), 4);
  });
});

it("is a picture", () => {
  const { layers } = activity(new nn.LSTM(2, 4, { numLayers: 2, dtype }), x);
  const picture = activitySvg(layers);
  for (const title of ["l0: mean of gates", "l1: share of stuck units", "norm of the gradient"]) {
    expect(picture).toContain(`>${title}</text>`);
  }
  expect(picture.match(/class="curve"/g)?.length).toBe(2 * 2 * 4 + 2);
});

it("refuses what is no layer, and no batch", () => {
  const layer = new nn.GRU(2, 4);
  for (const wrong of [undefined, 5, new nn.Linear(2, 4)] as never[]) refusesSomehow(() => activity(wrong, x));
  for (const wrong of [5, null, {}] as never[]) refusesSomehow(() => activity(layer, x, () => wrong));
  for (const wrong of [undefined, 5, zeros([6, 2]), zeros([6, 3, 3]), zeros([0, 3, 2])] as never[]) {
    refusesSomehow(() => activity(layer, wrong));
  }
});
