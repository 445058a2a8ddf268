/** Lengths beside padded input, and states: where they stand, how they pass on, and their gradients. */

import { describe, expect, it } from "vitest";
import { full, manualSeed, nn, type Tensor, tensor } from "../../../src/index.js";
import { equations } from "../../support/equations.js";
import { source } from "../../support/random.js";
import {
  everything,
  expectSame,
  gradients,
  type Layer,
  type LayerKind,
  layerKinds,
  leaf,
  lossOf,
  oneByOne,
  run,
  stateCount,
  stateShapes,
} from "../../support/recurrent.js";
import { exact, expectClose, float64 } from "../../support/tolerance.js";

const dtype = "float64";
const onOff = [false, true];
const [T, N, C, H] = [5, 4, 3, 4];
const { packPaddedSequence, padPackedSequence } = nn.utils.rnn;

const sample = (kind: LayerKind, options: nn.RNNBaseOptions = {}): Layer => {
  manualSeed(31);
  return kind.make(C, H, { numLayers: 2, bidirectional: true, dtype, ...options });
};

describe.each(layerKinds)("lengths: $name", (kind) => {
  it.each([[[5, 4, 2, 1]], [[1, 5, 3, 5]], [[2, 2, 2, 2]], [[0, 3, 0, 5]], [[4, 0, 1, 0]], [[0, 0, 0, 0]]])(
    "%o: each sequence as if it were alone",
    (lengths) => {
      const draw = source(32);
      for (const bidirectional of onOff) {
        for (const given of onOff) {
          const layer = sample(kind, { bidirectional });
          const input = draw([T, N, C]);
          const states = given ? stateShapes(layer, N).map(draw) : null;
          const together = everything(layer, input, states, (x, initial) => run(layer, x, initial, { lengths }));
          const alone = everything(layer, input, states, (x, initial) => oneByOne(layer, x, initial, lengths));
          expectSame(together, alone);
          const masked = everything(layer, input, states, (x, initial) => equations(layer, x, initial, lengths));
          expectSame(together, masked);
        }
      }
    },
  );

  it("may come as an array, an Int32Array or an int32 tensor, and the batch first", () => {
    const draw = source(33);
    const layer = sample(kind);
    const batchFirst = sample(kind, { batchFirst: true });
    const lengths = [3, 0, 5, 1];
    const input = draw([T, N, C]);
    const states = stateShapes(layer, N).map(draw);
    const expected = everything(layer, input, states, (x, initial) => run(layer, x, initial, { lengths }));
    for (const given of [Int32Array.from(lengths), tensor(Int32Array.from(lengths))]) {
      const results = everything(layer, input, states, (x, initial) => run(layer, x, initial, { lengths: given }));
      expectSame(results, expected, exact);
    }
    const transposed = everything(batchFirst, input, states, (x, initial) => {
      const results = run(batchFirst, x.transpose(0, 1), initial, { lengths });
      expect(results.output.shape.slice(0, 2)).toEqual([N, T]);
      return { ...results, output: results.output.transpose(0, 1) };
    });
    expectSame(transposed, expected, exact);
    const none = everything(layer, input, states, (x, initial) => run(layer, x, initial, { lengths: null }));
    expectSame(
      none,
      everything(layer, input, states, (x, initial) => run(layer, x, initial)),
      exact,
    );
  });

  it("never looks behind the end of a sequence", () => {
    const draw = source(34);
    const layer = sample(kind);
    const lengths = [3, 0, 5, 1];
    const clean = draw([T, N, C]);
    const dirty = clean.clone();
    lengths.forEach((length, n) => {
      if (length < T)
        dirty
          .select(1, n)
          .slice(0, length)
          .copy_(full([T - length, C], Number.NaN, { dtype }));
    });
    expect(dirty.isnan().any().item()).toBe(1);
    const forward = (x: Tensor) => run(layer, x, null, { lengths });
    const expected = everything(layer, clean, null, forward);
    expectSame(everything(layer, dirty, null, forward), expected, exact);
    const beyond = lengths.map((length, n) => expected.get("d input")?.select(1, n).slice(0, length));
    for (const rows of beyond) expect(rows?.abs().sum().item()).toBe(0);
  });

  it("draws the dropout of a packed batch on its packed rows", () => {
    const layer = sample(kind, { dropout: 0.5 });
    const input = source(35)([T, N, C]);
    const lengths = [3, 2, 5, 1];
    manualSeed(36);
    const padded = run(layer, input, null, { lengths });
    manualSeed(36);
    const packed = run(layer, packPaddedSequence(input, lengths, { enforceSorted: false }));
    expect(padPackedSequence(packed.output)[0].toArray()).toEqual(padded.output.toArray());
    packed.states.forEach((state, i) => {
      expect(state.toArray()).toEqual(padded.states[i].toArray());
    });
    expect(run(layer.eval(), input, null, { lengths }).output.toArray()).not.toEqual(padded.output.toArray());
  });
});

describe.each(layerKinds)("states: $name", (kind) => {
  it("pass through sequences of length zero, with their gradients", () => {
    const layer = sample(kind);
    const draw = source(37);
    const states = stateShapes(layer, N).map((shape) => draw(shape).requiresGrad_());
    const input = draw([T, N, C]).requiresGrad_();
    const { output, states: final } = run(layer, input, states, { lengths: [0, 0, 0, 0] });
    expect(output.shape).toEqual([T, N, 2 * (kind.P || H)]);
    expect(output.abs().sum().item()).toBe(0);
    final.forEach((state, i) => {
      expect(state.toArray()).toEqual(states[i].toArray());
    });
    lossOf([output, ...final]).backward();
    states.forEach((state, i) => {
      const other = final[i].detach().requiresGrad_();
      lossOf([other]).backward();
      expect(state.grad?.toArray()).toEqual(other.grad?.toArray());
    });
    expect(input.grad?.abs().sum().item()).toBe(0);
    for (const p of layer.parameters()) expect(p.grad?.abs().sum().item() ?? 0).toBe(0);
  });

  it("carry a sequence over several calls", () => {
    const layer = sample(kind, { bidirectional: false });
    const draw = source(38);
    const input = draw([7, N, C]);
    const states = stateShapes(layer, N).map(draw);
    const whole = everything(layer, input, states, (x, initial) => run(layer, x, initial));
    const parts = everything(layer, input, states, (x, initial) => {
      const first = run(layer, x.slice(0, 0, 3), initial);
      const second = run(layer, x.slice(0, 3), first.states);
      const { output } = equations(layer, x, initial, null);
      expectClose(first.output, output.slice(0, 0, 3), float64);
      return { output: run(layer, x, initial).output, states: second.states };
    });
    expectSame(parts, whole);
  });

  it("are those of the last steps, and stand by layer and direction", () => {
    const layer = sample(kind);
    const P = kind.P || H;
    const { output, states } = run(layer, source(39)([T, N, C]));
    expect(states[0].select(0, 2).toArray()).toEqual(
      output
        .select(0, T - 1)
        .slice(1, 0, P)
        .toArray(),
    );
    expect(states[0].select(0, 3).toArray()).toEqual(output.select(0, 0).slice(1, P).toArray());
    expect(states.map((state) => state.shape)).toEqual(stateShapes(layer, N));
  });

  it("may be used alone: other gradients count as zero", () => {
    const layer = sample(kind);
    const draw = source(40);
    const given = stateShapes(layer, N).map(draw);
    const input = draw([T, N, C]);
    for (let only = 0; only < 1 + stateCount(layer); only++) {
      const outcome = [true, false].map((stepByStep) => {
        const [x, ...initial] = [input, ...given].map(leaf);
        const results = stepByStep ? equations(layer, x, initial, null) : run(layer, x, initial);
        lossOf([[results.output, ...results.states][only]]).backward();
        return gradients([["x", x], ...initial.map((s, i) => [`s${i}`, s] as const), ...layer.namedParameters()]);
      });
      expectSame(outcome[0], outcome[1]);
    }
  });
});
