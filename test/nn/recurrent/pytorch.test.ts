/**
 * PyTorch's own tests of numbers, gradients and weights, by their names there.
 * https://github.com/pytorch/pytorch/blob/v2.13.0/test/test_nn.py, test/nn/test_packed_sequence.py and
 * test/cpp/api/rnn.cpp. Where PyTorch compares the CPU with cuDNN, here the layers are compared with their equations.
 * Not ported: pruning, weight norm and partly deleted weights (there is no reparametrisation), CUDA's own.
 */

import { describe, expect, it } from "vitest";
import { manualSeed, nn, noGrad, optim, type Tensor, tensor } from "../../../src/index.js";
import { equations } from "../../support/equations.js";
import { gradcheck } from "../../support/gradcheck.js";
import { source } from "../../support/random.js";
import {
  cellKinds,
  everything,
  expectError,
  expectSame,
  gradients,
  layerKinds,
  leaf,
  lossOf,
  oneByOne,
  run,
  stateShapes,
  step,
  wrong,
} from "../../support/recurrent.js";
import { expectClose, float64 } from "../../support/tolerance.js";

const { packPaddedSequence, padPackedSequence } = nn.utils.rnn;
const dtype = "float64";
const onOff = [false, true];

/** Every combination of the values. */
function product<T extends Record<string, readonly unknown[]>>(factors: T): { [K in keyof T]: T[K][number] }[] {
  return Object.entries(factors).reduce<Record<string, unknown>[]>(
    (list, [name, values]) => list.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  ) as { [K in keyof T]: T[K][number] }[];
}

describe("rnn.cpp", () => {
  it.each([
    { name: "CheckOutputSizes", projSize: 0 },
    { name: "CheckOutputSizesProj", projSize: 32 },
  ])("$name", ({ projSize }) => {
    manualSeed(0);
    const draw = source(1);
    const lstm = new nn.LSTM(128, 64, { numLayers: 3, dropout: 0.2, projSize });
    const x = draw([10, 16, 128]).to("float32").requiresGrad_();
    const [output, state] = lstm.forward(x);
    output.mean().backward();
    const P = projSize || 64;
    expect([output, ...state].map((y) => y.shape)).toEqual([
      [10, 16, P],
      [3, 16, P],
      [3, 16, 64],
    ]);
    expect(x.grad?.abs().sum().item()).toBeGreaterThan(0);
    const [, next] = lstm.forward(x, [state[0].detach(), state[1].detach()]);
    expect(next[0].sub(state[0]).norm().item()).toBeGreaterThan(1e-3);
  });

  it("CheckOutputValuesMatchPyTorch", () => {
    const lstm = new nn.LSTM(2, 2);
    noGrad(() => {
      for (const p of lstm.parameters()) {
        const n = p.numel();
        p.copy_(
          tensor(
            Float32Array.from({ length: n }, (_, i) => i / n),
            p.shape,
          ),
        );
      }
    });
    const x = tensor(
      Float32Array.from({ length: 24 }, (_, i) => (24 - i) / 24),
      [3, 4, 2],
    );
    const [output, [h, c]] = lstm.forward(x);
    const expected = [
      0.4391495, 0.5402356, 0.4329759, 0.5324319, 0.4260538, 0.5239493, 0.4182859, 0.5146853, 0.6821856, 0.8064461,
      0.6726359, 0.796777, 0.6619915, 0.7860465, 0.6500812, 0.7740783, 0.7888782, 0.9002681, 0.7768925, 0.8905363,
      0.7634701, 0.8794104, 0.7483699, 0.8666328,
    ];
    const cells = [1.1646615, 1.6105977, 1.1424558, 1.5726039, 1.1187049, 1.5328615, 1.0931425, 1.4911131];
    const near = { absolute: 2e-6, relative: 0 };
    expectClose(output, { shape: [3, 4, 2], data: expected }, near, "output");
    expectClose(h, { shape: [1, 4, 2], data: expected.slice(-8) }, near, "h_n");
    expectClose(c, { shape: [1, 4, 2], data: cells }, near, "c_n");
  });

  it.each([
    { name: "BidirectionalGRUReverseForward", make: nn.GRU },
    { name: "BidirectionalLSTMReverseForward", make: nn.LSTM },
  ])("$name", ({ make }) => {
    manualSeed(0);
    const numbers = tensor([1, 2, 3, 4, 5], [5, 1, 1], { dtype });
    const both = new make(1, 1, { bidirectional: true, dtype });
    const reversed = new make(1, 1, { dtype });
    const dict = both.stateDict();
    reversed.loadStateDict(
      new Map([...reversed.stateDict().keys()].map((name) => [name, dict.get(`${name}_reverse`) as Tensor])),
    );
    const bi = run(both, numbers);
    const uni = run(reversed, numbers.flip(0));
    expect(bi.output.select(2, 1).flip(0).toArray()).toEqual(uni.output.select(2, 0).toArray());
    bi.states.forEach((state, i) => {
      expect(state.select(0, 1).toArray()).toEqual(uni.states[i].select(0, 0).toArray());
    });
    expect(bi.output.select(2, 1).toArray()).not.toEqual(bi.output.select(2, 0).toArray());
  });
});

describe("test_packed_sequence.py", () => {
  const cases = product({
    kind: layerKinds,
    lengths: [[5], [10, 10, 6, 2, 2, 1, 1], [2, 1, 3, 2, 10, 5, 3]],
    enforceSorted: onOff,
    given: onOff,
  }).filter(({ lengths, enforceSorted }) => !enforceSorted || lengths[0] >= 5);

  it.each(cases)(
    "test_variable_sequence: $kind.name, lengths $lengths, enforceSorted $enforceSorted, states $given",
    ({ kind, lengths, enforceSorted, given }) => {
      manualSeed(2);
      const draw = source(3);
      const T = Math.max(...lengths);
      const layer = kind.make(3, 4, { numLayers: 2, bidirectional: true, dtype });
      const input = draw([T, lengths.length, 3]);
      const states = given ? stateShapes(layer, lengths.length).map(draw) : null;
      const packed = everything(layer, input, states, (x, initial) => {
        const results = run(layer, packPaddedSequence(x, lengths, { enforceSorted }), initial);
        const [output, lengthsAgain] = padPackedSequence(results.output);
        expect([...lengthsAgain.toArray()]).toEqual(lengths);
        return { output, states: results.states };
      });
      expectSame(
        packed,
        everything(layer, input, states, (x, initial) => oneByOne(layer, x, initial, lengths)),
      );
    },
  );
});

describe("test_nn.py: numbers and gradients", () => {
  const grid = product({ bias: onOff, bidirectional: onOff, batchFirst: onOff, contiguous: onOff, variable: onOff });
  const lengths = [7, 5, 5, 2, 1, 1];

  for (const dropout of [0, 1]) {
    const name = `test_RNN_cpu_vs_cudnn_${dropout === 0 ? "no" : "with"}_dropout`;
    it.each(layerKinds)(`${name}: $name`, (kind) => {
      manualSeed(4);
      const draw = source(5);
      for (const { bias, bidirectional, batchFirst, contiguous, variable } of grid) {
        const layer = kind.make(10, 6, { numLayers: 2, bias, bidirectional, batchFirst, dropout, dtype });
        const [T, N] = [7, 6];
        const states = stateShapes(layer, N).map(draw);
        const input = draw([T, N, 10]);
        // In another order in memory.
        const spread = (x: Tensor) => (contiguous ? x : x.permute([2, 1, 0]).clone().permute([2, 1, 0]));
        const expected = everything(layer, input, states, (x, initial) =>
          equations(layer, x, initial, variable ? lengths : null),
        );
        const actual = everything(layer, input, states, (x, initial) => {
          const given = spread(batchFirst ? x.transpose(0, 1) : x);
          const hx = initial?.map(spread) ?? null;
          if (!variable) {
            const results = run(layer, given, hx);
            return { ...results, output: batchFirst ? results.output.transpose(0, 1) : results.output };
          }
          const results = run(layer, packPaddedSequence(given, lengths, { batchFirst }), hx);
          return { states: results.states, output: padPackedSequence(results.output)[0] };
        });
        expectSame(actual, expected);
      }
    });
  }

  it.each(cellKinds.map((cell, i) => ({ cell, layer: layerKinds[i] })))("test_rnn_fused: $cell.name", (kinds) => {
    manualSeed(6);
    const draw = source(7);
    for (const bias of onOff) {
      const cell = kinds.cell.make(10, 6, { bias, dtype });
      const layer = kinds.layer.make(10, 6, { bias, dtype });
      layer.loadStateDict(new Map([...cell.stateDict()].map(([name, value]) => [`${name}_l0`, value])));
      const input = draw([1, 3, 10]);
      const states = stateShapes(layer, 3).map(draw);
      const expected = everything(layer, input, states, (x, initial) => equations(layer, x, initial, null));
      const x = leaf(input);
      const initial = states.map(leaf);
      const next = step(
        cell,
        x.select(0, 0),
        initial.map((state) => state.select(0, 0)),
      );
      lossOf([next[0], ...next]).backward();
      next.forEach((state, i) => {
        expectClose(state, expected.get(["h_n", "c_n"][i])?.select(0, 0) as Tensor, float64);
      });
      const found = gradients([["d input", x], ["d h_0", initial[0]], ...cell.namedParameters()]);
      for (const [name, gradient] of found) {
        expectClose(gradient, expected.get(name.startsWith("d ") ? name : `${name}_l0`) as Tensor, float64, name);
      }
    }
  });

  for (const kind of layerKinds.filter(({ name }) => name === "LSTM" || name === "GRU")) {
    it.each([true, false])(`test_${kind.name}_grad_and_gradgrad: bias %s`, (bias) => {
      manualSeed(8);
      const layer = kind.make(4, 4, { bias, dtype });
      gradcheck((x) => run(layer, x).output, [source(9)([1, 3, 4])]);
      // There is no second order: it says so.
      const { output } = run(layer, source(9)([1, 3, 4]));
      expectError(
        () => output.sum().backward(null, wrong({ createGraph: true })),
        "NotImplementedError",
        "backward() computes first-order gradients only: createGraph is not supported",
      );
      output.sum().backward();
    });
  }

  it("test_lstmcell_backward_only_one_output_grad", () => {
    manualSeed(10);
    const draw = source(11);
    const cell = new nn.LSTMCell(2, 3, { dtype });
    const state: [Tensor, Tensor] = [draw([1, 3]), draw([1, 3])];
    for (const i of [0, 1]) {
      const x = draw([1, 2]).requiresGrad_();
      cell.forward(x, state)[i].sum().backward();
      expect(x.grad?.abs().sum().item()).toBeGreaterThan(0);
      gradcheck((input, h, c) => cell.forward(input, [h, c])[i], [x, ...state]);
    }
  });

  it.each(layerKinds)("test_rnn_retain_variables: $name", (kind) => {
    manualSeed(12);
    const layer = kind.make(10, 20, { numLayers: 2, dtype });
    const input = source(13)([5, 6, 10]).requiresGrad_();
    const loss = run(layer, input).output.sum();
    const named = () => gradients([["input", input], ...layer.namedParameters()]);
    loss.backward(null, { retainGraph: true });
    const first = named();
    for (let i = 0; i < 4; i++) {
      loss.backward(null, { retainGraph: true });
      for (const [name, gradient] of named()) expect(gradient.toArray()).toEqual(first.get(name)?.toArray());
    }
  });
});

describe("test_nn.py: weights", () => {
  it("test_save_lstm_compatibility", () => {
    // What was saved before there were projections knows nothing of them.
    const model = new nn.LSTM(2, 3, { projSize: 0 });
    const loaded = new nn.LSTM(2, 3);
    loaded.loadStateDict(Object.fromEntries(model.stateDict()));
    const x = source(14)([32, 5, 2]).to("float32");
    expect(run(loaded, x).output.toArray()).toEqual(run(model, x).output.toArray());
  });

  it.each(layerKinds)("test_cudnn_weight_tying: $name", (kind) => {
    manualSeed(15);
    const draw = source(16);
    const layer = kind.make(3, 4, { bidirectional: true, dtype });
    noGrad(() => layer.bias_ih_l0_reverse.copy_(layer.bias_ih_l0));
    const free = layer.clone();
    const count = layer.parameters().length;
    layer.bias_ih_l0_reverse = layer.bias_ih_l0;
    expect(layer.parameters().length).toBe(count - 1);
    expect([...layer.stateDict().keys()]).toEqual([...free.stateDict().keys()]);

    const input = draw([5, 2, 3]);
    for (const module of [layer, free]) lossOf([run(module, input).output]).backward();
    const sum = (free.bias_ih_l0.grad as Tensor).add(free.bias_ih_l0_reverse.grad as Tensor);
    expectClose(layer.bias_ih_l0.grad as Tensor, sum, float64, "the gradient of what is tied");
    expectClose(layer.weight_ih_l0.grad as Tensor, free.weight_ih_l0.grad as Tensor, float64);

    const before = layer.bias_ih_l0.detach().clone();
    new optim.SGD(layer.parameters(), { lr: 0.4 }).step();
    expect(layer.bias_ih_l0_reverse).toBe(layer.bias_ih_l0);
    expectClose(layer.bias_ih_l0, before.sub(sum.mul(0.4)), float64, "one step");
    const after = run(layer, input);
    expectClose(after.output, equations(layer, input, null, null).output, float64, "the output after it");
  });
});
