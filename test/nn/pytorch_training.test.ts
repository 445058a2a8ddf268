/**
 * PyTorch's EndToEnd tests (test/cpp/api/rnn.cpp): each layer learns to count the ones among five random bits, to a
 * running loss below 1e-2 within 1500 steps. https://github.com/pytorch/pytorch/blob/v2.13.0/test/cpp/api/rnn.cpp
 */

import { describe, expect, it } from "vitest";
import { manualSeed, nn, noGrad, optim, rand, type Tensor } from "../../src/index.js";
import { type Layer, run } from "../support/recurrent.js";

const hidden = 32;
const [T, N] = [5, 16];
const options = { numLayers: 2 };

/** Linear, tanh, two recurrent layers, and a linear layer over the last step. */
class Counter extends nn.Module {
  readonly l1 = new nn.Linear(1, hidden);
  readonly lo: nn.Linear;

  constructor(readonly rnn: Layer) {
    super();
    this.lo = new nn.Linear(rnn.projSize || hidden, 1);
  }

  override forward(bits: Tensor): Tensor {
    const { output } = run(this.rnn, this.l1.forward(bits).tanh());
    return this.lo.forward(output.select(0, T - 1));
  }
}

function bitsAndCount(): [bits: Tensor, count: Tensor] {
  const bits = rand([T, N, 1]).gt(0.5).to("float32");
  return [bits, bits.sum(0)];
}

/** Trains until the running loss is below 1e-2; how many steps that took, or null after 1500. */
function stepsToLearn(model: Counter): number | null {
  const optimizer = new optim.Adam(model.parameters(), { lr: 1e-2 });
  let running = 1;
  for (let step = 1; step <= 1500; step++) {
    const [bits, count] = bitsAndCount();
    const loss = nn.functional.mseLoss(model.forward(bits), count);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    running = running * 0.99 + loss.item() * 0.01;
    if (running < 1e-2) return step;
  }
  return null;
}

describe("EndToEnd", () => {
  it.each([
    { name: "EndToEndLSTM", make: () => new nn.LSTM(hidden, hidden, options) },
    { name: "EndToEndLSTMProj", make: () => new nn.LSTM(hidden, hidden, { ...options, projSize: 16 }) },
    { name: "EndToEndGRU", make: () => new nn.GRU(hidden, hidden, options) },
    { name: "EndToEndRNNRelu", make: () => new nn.RNN(hidden, hidden, { ...options, nonlinearity: "relu" }) },
    { name: "EndToEndRNNTanh", make: () => new nn.RNN(hidden, hidden, options) },
  ])("$name", ({ make }) => {
    manualSeed(0);
    const model = new Counter(make());
    const steps = stepsToLearn(model);
    expect(steps).toBeLessThanOrEqual(1500);
    // From a running loss of 1 and a memory of 0.99 nothing gets there sooner.
    expect(steps).toBeGreaterThan(450);
    const [bits, count] = bitsAndCount();
    expect(noGrad(() => model.forward(bits).sub(count).abs().max().item())).toBeLessThan(0.5);
  });
});
