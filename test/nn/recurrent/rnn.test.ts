/**
 * What goes into a layer and what comes out of it: layouts, edge cases, the graph, and what a forward leaves
 * untouched. Lengths and states: rnn_states.test.ts. The numbers themselves are held against PyTorch in golden, fixtures
 * and pytorch tests.
 */

import { describe, expect, it } from "vitest";
import { full, manualSeed, nn, noGrad, ones, optim, type Tensor, zeros } from "../../../src/index.js";
import { source } from "../../support/random.js";
import {
  everything,
  expectError,
  expectSame,
  type Layer,
  type LayerKind,
  layerKinds,
  leaf,
  lossOf,
  run,
  stateCount,
  stateShapes,
} from "../../support/recurrent.js";
import { exact, expectClose, float64 } from "../../support/tolerance.js";

const dtype = "float64";
const [T, N, C, H] = [5, 4, 3, 4];
const { packPaddedSequence, PackedSequence } = nn.utils.rnn;

const sample = (kind: LayerKind, options: nn.RNNBaseOptions = {}): Layer => {
  manualSeed(31);
  return kind.make(C, H, { numLayers: 2, bidirectional: true, dtype, ...options });
};

describe.each(layerKinds)("layouts and edges: $name", (kind) => {
  it("takes input and states of any strides", () => {
    const layer = sample(kind);
    const draw = source(41);
    const input = draw([T, N, C]);
    const states = stateShapes(layer, N).map(draw);
    const expected = everything(layer, input, states, (x, initial) => run(layer, x, initial));
    const reordered = (x: Tensor) => x.permute([2, 0, 1]).clone().permute([1, 2, 0]);
    const strided = everything(layer, input, states, (x, initial) => {
      const [given, ...hx] = [x, ...(initial ?? [])].map(reordered);
      expect([given, ...hx].some((y) => y.isContiguous())).toBe(false);
      return run(layer, given, hx);
    });
    expectSame(strided, expected, exact);
    // One step for all times, and one state for all sequences.
    const step = draw([1, 1, C]);
    const row = stateShapes(layer, 1).map(draw);
    const shapes = stateShapes(layer, N);
    const expanded = run(
      layer,
      step.expand([T, N, C]),
      row.map((s, i) => s.expand(shapes[i])),
    );
    const copied = run(
      layer,
      step.expand([T, N, C]).clone(),
      row.map((s, i) => s.expand(shapes[i]).clone()),
    );
    expect(expanded.output.toArray()).toEqual(copied.output.toArray());
  });

  it("gives contiguous results, and a transposed view with the batch first", () => {
    const layer = sample(kind);
    const width = 2 * (kind.P || H);
    const { output, states } = run(layer, zeros([T, N, C], { dtype }));
    expect([output, ...states].every((y) => y.isContiguous())).toBe(true);
    const first = run(sample(kind, { batchFirst: true }), zeros([N, T, C], { dtype }));
    expect(first.output.shape).toEqual([N, T, width]);
    expect(first.states.map((state) => state.shape)).toEqual(stateShapes(layer, N));
    // batchFirst says nothing of a sequence without a batch, nor of a packed one.
    expect(run(sample(kind, { batchFirst: true }), zeros([T, C], { dtype })).output.shape).toEqual([T, width]);
  });

  it("takes a batch of none, and gives gradients of zero", () => {
    for (const lengths of [null, []]) {
      const layer = sample(kind);
      const input = zeros([T, 0, C], { dtype, requiresGrad: true });
      const states = stateShapes(layer, 0).map((shape) => zeros(shape, { dtype, requiresGrad: true }));
      const results = run(layer, input, states, { lengths });
      expect(results.output.shape).toEqual([T, 0, 2 * (kind.P || H)]);
      expect(results.states.map((state) => state.shape)).toEqual(stateShapes(layer, 0));
      lossOf([results.output, ...results.states]).backward();
      for (const p of layer.parameters()) expect(p.grad?.toArray()).toEqual(new Float64Array(p.numel()));
      expect(input.grad?.shape).toEqual([T, 0, C]);
    }
  });

  it("changes nothing it was given, and shares no memory with it", () => {
    const layer = sample(kind);
    const draw = source(42);
    const tensors = [draw([T, N, C]), ...stateShapes(layer, N).map(draw)];
    const before = [...tensors, ...layer.parameters()].map((x) => x.toArray());
    const lengths = [0, 2, 5, 1];
    for (const options of [{}, { lengths }]) {
      const [input, ...states] = tensors.map(leaf);
      const results = run(layer, input, states, options);
      lossOf([results.output, ...results.states]).backward();
      const without = noGrad(() => run(layer, tensors[0], tensors.slice(1), options));
      for (const y of [without.output, ...without.states]) y.fill_(99);
      expect([input, ...states].map((x) => x.toArray())).toEqual(before.slice(0, tensors.length));
    }
    expect([...tensors, ...layer.parameters()].map((x) => x.toArray())).toEqual(before);
    expect(lengths).toEqual([0, 2, 5, 1]);
  });

  it("takes hand-made packed sequences, whose last times may be empty", () => {
    const layer = sample(kind);
    const rows = source(43)([3, C]);
    const exactly = run(layer, new PackedSequence(rows, [2, 1]));
    const padded = run(layer, new PackedSequence(rows, [2, 1, 0]));
    expect(padded.output.data.toArray()).toEqual(exactly.output.data.toArray());
    expect(padded.states[0].toArray()).toEqual(exactly.states[0].toArray());
  });

  it("gives packed output the arrangement of the input", () => {
    const layer = sample(kind);
    const packed = packPaddedSequence(source(44)([T, N, C]), [3, 1, 5, 2], { enforceSorted: false });
    const { output } = run(layer, packed);
    expect(output.batchSizes.toArray()).toEqual(packed.batchSizes.toArray());
    expect(output.sortedIndices?.toArray()).toEqual(packed.sortedIndices?.toArray());
    expect(output.unsortedIndices?.toArray()).toEqual(packed.unsortedIndices?.toArray());
    expect(output.data.shape).toEqual([11, 2 * (kind.P || H)]);
  });
});

describe.each(layerKinds)("the graph: $name", (kind) => {
  it("is not there under noGrad, nor where nothing wants a gradient", () => {
    const layer = sample(kind);
    const input = source(45)([T, N, C]);
    const tracked = run(layer, input);
    const plain = noGrad(() => run(layer, input));
    for (const y of [plain.output, ...plain.states]) expect([y.requiresGrad, y.isLeaf]).toEqual([false, true]);
    for (const y of [tracked.output, ...tracked.states]) expect([y.requiresGrad, y.isLeaf]).toEqual([true, false]);
    expect(plain.output.toArray()).toEqual(tracked.output.toArray());
    expect(plain.states.map((s) => s.toArray())).toEqual(tracked.states.map((s) => s.toArray()));
    const frozen = run(layer.requiresGrad_(false), input);
    expect(frozen.output.requiresGrad).toBe(false);
    const throughInput = run(layer, leaf(input));
    throughInput.output.sum().backward();
    expect(layer.parameters().every((p) => p.grad === null)).toBe(true);
  });

  it("works backward after a forward in eval mode", () => {
    const layer = sample(kind, { dropout: 0.5 }).eval();
    const input = source(46)([T, N, C]);
    const states = stateShapes(layer, N).map(source(47));
    const evaluated = everything(layer, input, states, (x, initial) => run(layer, x, initial));
    layer.train().dropout = 0;
    expectSame(
      evaluated,
      everything(layer, input, states, (x, initial) => run(layer, x, initial)),
      exact,
    );
  });

  it("notices what was modified in place between forward and backward", () => {
    const layer = sample(kind, { numLayers: 1, bidirectional: false });
    const draw = source(48);
    const modified = "one of the variables needed for gradient computation has been modified by an inplace operation";
    const attempt = (change: (input: Tensor, output: Tensor, h: Tensor) => void) => {
      const [input, h] = [draw([T, N, C]), draw(stateShapes(layer, N)[0])];
      const states = stateCount(layer) === 2 ? [h, draw([1, N, H])] : [h];
      const { output } = run(layer, input, states);
      noGrad(() => change(input, output, h));
      return () => output.sum().backward();
    };
    attempt(() => {})();
    expect(attempt((input) => input.mul_(2))).toThrow(modified);
    expect(attempt((_, __, h) => h.zero_())).toThrow(modified);
    expect(attempt(() => layer.weight_hh_l0.mul_(1))).toThrow(modified);
    expect(attempt((input) => input.fill_(0))).toThrow("is at version 1; expected version 0 instead");
    // The output is what the next step began with, unless a projection stands between: its version counts, too.
    expect(attempt((_, output) => output.mul_(2))).toThrow("modified by an inplace operation");
  });

  it("an optimiser's step between forward and backward is noticed", () => {
    const layer = sample(kind);
    const input = source(49)([T, N, C]);
    const loss = () => run(layer, input).output.sum();
    loss().backward();
    const late = loss();
    new optim.SGD(layer.parameters(), { lr: 0.1 }).step();
    expect(() => late.backward()).toThrow("has been modified by an inplace operation");
    loss().backward();
  });

  it("is spent after backward, unless retained", () => {
    const layer = sample(kind);
    const loss = run(layer, source(50)([T, N, C])).output.sum();
    loss.backward();
    expect(() => loss.backward()).toThrow("Trying to backward through the graph a second time");
  });
});

describe("saturation and NaN", () => {
  it("an LSTM of ones saturates without NaN", () => {
    for (const [sign, expected] of [
      [1, [0.7615941559557649, 0.9640275800758169, 0.9950547536867305]],
      [-1, [0, 0, 0]],
    ] as const) {
      const lstm = new nn.LSTM(1, 1, { dtype });
      noGrad(() => {
        for (const p of lstm.parameters()) p.fill_(1);
      });
      const input = full([3, 1, 1], sign * 1e30, { dtype, requiresGrad: true });
      const [output] = lstm.forward(input);
      expectClose(output.toArray(), expected, float64);
      output.sum().backward();
      for (const x of [input, ...lstm.parameters()]) expect(x.grad?.isnan().any().item()).toBe(0);
    }
  });

  it.each(layerKinds)("a NaN spoils its own sequence from its step on, and no other: $name", (kind) => {
    const layer = sample(kind, { numLayers: 1, bidirectional: false });
    const input = source(51)([T, N, C]);
    const clean = run(layer, input);
    input.select(1, 1).select(0, 2).fill_(Number.NaN);
    const { output, states } = run(layer, input);
    const spoilt = output.isnan();
    expect(spoilt.slice(0, 0, 2).any().item()).toBe(0);
    expect(spoilt.slice(0, 2).select(1, 1).all().item()).toBe(1);
    for (const n of [0, 2, 3]) {
      expect(output.select(1, n).toArray()).toEqual(clean.output.select(1, n).toArray());
    }
    for (const state of states) expect(state.select(1, 1).isnan().all().item()).toBe(1);
  });

  it("a relu passes the gradient of NaN on, as PyTorch's does, and none at exactly zero", () => {
    const rnn = new nn.RNN(1, 1, { nonlinearity: "relu", dtype });
    const slope = rnn.weight_ih_l0.item();
    const gradient = (x: number) => {
      const input = full([1, 1, 1], x, { dtype, requiresGrad: true });
      rnn.forward(input)[0].sum().backward();
      return input.grad?.item();
    };
    expect(gradient(Number.NaN)).toBe(slope);
    noGrad(() => {
      rnn.bias_ih_l0.zero_();
      rnn.bias_hh_l0.zero_();
    });
    expect(gradient(0)).toBe(0);
    expect(gradient(Math.sign(slope))).toBe(slope);
    expect(gradient(-Math.sign(slope))).toBe(0);
  });

  it("large sequences stay finite in float32", () => {
    for (const { make, P } of layerKinds.filter(({ name }) => name !== "RNN relu")) {
      manualSeed(52);
      const { output } = run(make(C, H), ones([200, 2, C]).mul(1e10));
      expect(output.isnan().any().item()).toBe(0);
      expect(output.abs().max().item()).toBeLessThanOrEqual(P > 0 ? 2 : 1);
    }
  });

  it("lengths beside a packed input are refused even where they agree", () => {
    const packed = packPaddedSequence(zeros([T, 1, C]), [T]);
    const message = "GRU: Expected no lengths beside a PackedSequence, which knows its own";
    expectError(() => run(new nn.GRU(C, H), packed, null, { lengths: [T] }), "ValueError", message);
  });
});
