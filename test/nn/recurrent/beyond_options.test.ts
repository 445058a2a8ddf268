/** The options of `Recurrent` that PyTorch lacks, each beside plain words. */

import { afterEach, describe, expect, it } from "vitest";
import {
  cat,
  defaultDevice,
  manualSeed,
  nn,
  ones,
  randn,
  setDefaultDevice,
  stack,
  type Tensor,
  tensor,
} from "../../../src/index.js";
import { packSequence } from "../../../src/nn/recurrent/packed.js";
import { gradients, leaf, lossOf } from "../../support/recurrent.js";
import { expectClose, float32, float64 } from "../../support/tolerance.js";

const { recurrentCells: records } = nn;
const chosen = defaultDevice();
afterEach(() => setDefaultDevice(chosen));

const f64 = (...shape: number[]) => randn(shape, { dtype: "float64" });
const f = nn.functional;

type Weighted = { weight_ih_l0: Tensor; weight_hh_l0: Tensor; bias_ih_l0: Tensor; bias_hh_l0: Tensor };
/** Layers make their parameters under names that no type knows. */
const weightsOf = (layer: unknown): Weighted => layer as Weighted;

/** h' = tanh(W·x + U·m + b) */
function tanhStep(layer: unknown, x: Tensor, m: Tensor): Tensor {
  const w = weightsOf(layer);
  return f
    .linear(x, w.weight_ih_l0, w.bias_ih_l0)
    .add(f.linear(m, w.weight_hh_l0, w.bias_hh_l0))
    .tanh();
}

/** A mask as dropout draws it. */
const mask = (p: number, ...shape: number[]): Tensor => f.dropout(ones(shape, { dtype: "float64" }), p);

describe("dropout of one mask a sequence", () => {
  it("hides the same units from the recurrent weight at every step, and none in evaluation", () => {
    manualSeed(1);
    const layer = new nn.Recurrent(records.rnnTanh, 3, 4, { recurrentDropout: 0.5, dtype: "float64" });
    const x = f64(5, 2, 3);
    manualSeed(2);
    const [y] = layer.forward(x);
    manualSeed(2);
    const m = mask(0.5, 2, 4);
    let h = y.at(0).mul(0);
    for (let t = 0; t < 5; t++) {
      h = tanhStep(layer, x.at(t), h.mul(m));
      expectClose(y.at(t), h, float64, `step ${t}`);
    }
    layer.eval();
    const plain = new nn.Recurrent(records.rnnTanh, 3, 4, { dtype: "float64" });
    plain.loadStateDict(layer.stateDict());
    expect(layer.forward(x)[0].tolist()).toEqual(plain.forward(x)[0].tolist());
  });

  it("hides the same features of every layer's input at every step", () => {
    manualSeed(1);
    const layer = new nn.Recurrent(records.gru, 3, 4, { inputDropout: 0.4, numLayers: 2, dtype: "float64" });
    const [one, two] = [new nn.GRU(3, 4, { dtype: "float64" }), new nn.GRU(4, 4, { dtype: "float64" })];
    const parts = [...layer.stateDict()];
    one.loadStateDict(new Map(parts.slice(0, 4)));
    two.loadStateDict(new Map(parts.slice(4).map(([name, value]) => [name.replace("_l1", "_l0"), value])));
    const x = f64(5, 2, 3);
    manualSeed(2);
    const [y] = layer.forward(x);
    manualSeed(2);
    const [below] = one.forward(x.mul(mask(0.4, 2, 3)));
    expectClose(y, two.forward(below.mul(mask(0.4, 2, 4)))[0], float64);
  });

  it.each([records.lstm, records.mgu, records.peepholeLSTM])(
    "$name: the same on every device, for packed input, too",
    (cell) => {
      manualSeed(3);
      const layer = new nn.Recurrent(cell as typeof records.lstm, 3, 4, {
        ...{ recurrentDropout: 0.3, inputDropout: 0.3, zoneout: 0.2, numLayers: 2, dropout: 0.3, bidirectional: true },
      });
      const x = randn([4, 3, 3]);
      const run = (device: string) => {
        setDefaultDevice(device);
        manualSeed(4);
        const input = leaf(x);
        const [y] = layer.forward(input, null, { lengths: [2, 4, 3] });
        lossOf([y]).backward();
        return new Map([["output", y.detach()], ...gradients([["d input", input], ...layer.namedParameters()])]);
      };
      const [js, wasm] = [run("js"), run(chosen)];
      for (const [name, value] of js)
        expectClose(wasm.get(name) as Tensor, value, { absolute: 1e-5, relative: 1e-5 }, name);
      const packed = packSequence(
        [2, 4, 3].map((n, i) => x.select(1, i).narrow(0, 0, n)),
        { enforceSorted: false },
      );
      manualSeed(4);
      const [y] = layer.forwardPacked(packed);
      const [padded] = nn.utils.rnn.padPackedSequence(y);
      expectClose(padded, js.get("output") as Tensor, { absolute: 1e-5, relative: 1e-5 });
    },
  );
});

describe("zoneout", () => {
  it("keeps units of h and c by masks of their own, and mixes them in evaluation", () => {
    manualSeed(1);
    const layer = new nn.Recurrent(records.lstm, 3, 4, { zoneout: { h: 0.3, c: 0.6 }, dtype: "float64" });
    const cell = new nn.LSTMCell(3, 4, { dtype: "float64" });
    cell.loadStateDict(new Map([...layer.stateDict()].map(([name, value]) => [name.replace("_l0", ""), value])));
    const x = f64(3, 2, 3);
    for (const training of [true, false]) {
      layer.train(training);
      manualSeed(2);
      const [y, [h, c]] = layer.forward(x);
      manualSeed(2);
      // A unit is kept where dropout would let it through.
      const keeps = [0.3, 0.6].map((p) =>
        mask(1 - p, 6, 4)
          .gt(0)
          .to("float64"),
      );
      let [hs, cs] = [f64(2, 4).mul(0), f64(2, 4).mul(0)];
      for (let t = 0; t < 3; t++) {
        const next = cell.forward(x.at(t), [hs, cs]);
        [hs, cs] = [hs, cs].map((before, s) => {
          const keep = training ? keeps[s].narrow(0, 2 * t, 2) : [0.3, 0.6][s];
          return before.mul(keep).add(next[s].mul(typeof keep === "number" ? 1 - keep : keep.mul(-1).add(1)));
        });
        expectClose(y.at(t), hs, float64, `step ${t}`);
      }
      expectClose(h.at(0), hs, float64);
      expectClose(c.at(0), cs, float64);
    }
  });
});

describe("states", () => {
  it("are learned: a parameter a state, layer and direction, which every sequence begins with", () => {
    manualSeed(1);
    const options = { initialState: "learned", bidirectional: true, dtype: "float64" } as const;
    const layer = new nn.Recurrent(records.lstm, 3, 4, options);
    const learned = [...layer.namedParameters()].filter(([name]) => name.includes("_0_"));
    expect(learned.map(([name]) => name)).toEqual(["h_0_l0", "c_0_l0", "h_0_l0_reverse", "c_0_l0_reverse"]);
    for (const [, one] of learned) {
      expect(one.tolist()).toEqual([0, 0, 0, 0]);
      one.detach().uniform_(-1, 1);
    }
    const [[, h], [, c], [, hr], [, cr]] = learned;
    const x = f64(2, 5, 3);
    const state = (a: Tensor, b: Tensor) => stack([a, b]).unsqueeze(1).expand([2, 5, 4]);
    const given = layer.forward(x, [state(h, hr), state(c, cr)]);
    const [y, [hn]] = layer.forward(x);
    expectClose(y, given[0], float64);
    expectClose(hn, given[1][0], float64);
    lossOf([y]).backward();
    for (const [, one] of learned) expect(one.grad?.abs().min().item()).toBeGreaterThan(0);
  });

  it("come batch first where that is asked for", () => {
    manualSeed(1);
    const layer = new nn.Recurrent(records.lstm, 3, 4, { numLayers: 2, stateBatchFirst: true });
    const plain = new nn.LSTM(3, 4, { numLayers: 2 });
    plain.loadStateDict(layer.stateDict());
    const [x, h, c] = [randn([2, 5, 3]), randn([5, 2, 4]), randn([5, 2, 4])];
    const [, [hn, cn]] = layer.forward(x, [h, c]);
    const [, want] = plain.forward(x, [h.transpose(0, 1), c.transpose(0, 1)]);
    expect([hn, cn].map((s) => s.tolist())).toEqual(want.map((s) => s.transpose(0, 1).tolist()));
    expect(layer.forward(x.select(1, 0))[1][0].shape).toEqual([2, 4]);
  });

  it("of every step, and outputs of every layer, are given", () => {
    manualSeed(1);
    const layer = new nn.Recurrent(records.lstm, 3, 4, {
      numLayers: 2,
      bidirectional: true,
      batchFirst: true,
      dtype: "float64",
    });
    const x = f64(2, 5, 3);
    const { outputs, states, final } = layer.forward(x, null, { returnAll: true, lengths: [5, 3] });
    const [output, [h, c]] = layer.forward(x, null, { lengths: [5, 3] });
    expectClose(outputs[1], output, float64);
    expectClose(states[1][0], output, float64);
    expect(outputs[0].shape).toEqual([2, 5, 8]);
    expectClose(final[1], c, float64);
    // After its last step a sequence's state is the final one; the reverse direction's last step is the first.
    const cells = states[1][1];
    expectClose(cells.at(1).at(2).narrow(0, 0, 4), c.at(2).at(1), float64);
    expectClose(cells.at(1).at(0).narrow(0, 4, 4), c.at(3).at(1), float64);
    expectClose(states[0][0].at(0).at(4).narrow(0, 0, 4), h.at(0).at(0), float64);
    const gru = new nn.Recurrent(records.gru, 3, 4);
    const once = gru.forward(randn([2, 5, 3]), null, { returnAll: true });
    expect(once.states[0][0].tolist()).toEqual(once.outputs[0].tolist());
  });
});

describe("resets", () => {
  const resets = [
    [false, true, false],
    [true, false, false],
    [false, false, false],
    [true, false, true],
  ];
  const make = (bidirectional: boolean) => {
    manualSeed(1);
    const layer = new nn.Recurrent(records.lstm, 3, 2, {
      ...{ numLayers: 2, bidirectional, initialState: "learned", dtype: "float64" },
    });
    for (const one of layer.parameters()) one.detach().uniform_(-1, 1);
    return layer;
  };

  /** The pieces of one sequence, each run alone, and the state that was given to the first. */
  function pieces(layer: ReturnType<typeof make>, x: Tensor, state: [Tensor, Tensor], cuts: boolean[]) {
    const starts = [0, ...cuts.flatMap((cut, t) => (cut && t > 0 ? [t] : []))];
    const runs = starts.map((from, i) => {
      const piece = x.narrow(0, from, (starts[i + 1] ?? cuts.length) - from);
      const own = i === 0 && !cuts[0];
      return layer.forward(piece, own ? state : null);
    });
    return { output: cat(runs.map(([y]) => y)), finals: runs.map(([, final]) => final) };
  }

  it("go on from the initial state, in every form", () => {
    const layer = make(false);
    const [x, h, c] = [f64(4, 3, 3), f64(2, 3, 2), f64(2, 3, 2)];
    const flags = tensor(resets, null, { dtype: "bool" });
    const input = leaf(x);
    const [y, [hn, cn]] = layer.forward(input, [h, c], { resets: flags });
    for (let n = 0; n < 3; n++) {
      const { output, finals } = pieces(
        layer,
        x.select(1, n),
        [h.select(1, n), c.select(1, n)],
        resets.map((row) => row[n]),
      );
      expectClose(y.select(1, n), output, float64, `sequence ${n}`);
      const last = finals[finals.length - 1];
      expectClose(hn.select(1, n), last[0], float64);
      expectClose(cn.select(1, n), last[1], float64);
    }
    // What comes before a reset has no part in what comes after it.
    y.at(3).at(0).sum().backward();
    expect(input.grad?.narrow(0, 0, 3).abs().sum().item()).toBe(0);

    const [again] = layer.forward(x, [h, c], { resets });
    expectClose(again, y, float64);
    const [alone] = layer.forward(x.select(1, 1), [h.select(1, 1), c.select(1, 1)], {
      resets: resets.map((row) => row[1]),
    });
    expectClose(alone, y.select(1, 1), float64);
    const lengths = [4, 0, 2];
    const [padded, [hp]] = layer.forward(x, [h, c], { resets, lengths });
    expectClose(padded.select(1, 0), y.select(1, 0), float64);
    expectClose(padded.select(1, 2).narrow(0, 0, 2), y.select(1, 2).narrow(0, 0, 2), float64);
    expectClose(hp.select(1, 1), h.select(1, 1), float64);
    const sequences = [4, 3, 2].map((n, i) => x.select(1, i).narrow(0, 0, n));
    const packed = packSequence(sequences);
    const cuts = packSequence([4, 3, 2].map((n, i) => flags.select(1, i).narrow(0, 0, n)));
    const [rows] = layer.forwardPacked(packed, [h, c], { resets: cuts });
    const [unpacked] = nn.utils.rnn.padPackedSequence(rows);
    expectClose(unpacked.select(1, 1).narrow(0, 0, 3), y.select(1, 1).narrow(0, 0, 3), float64);
  });

  it("cut both directions: the reverse one begins anew at the step before", () => {
    const layer = make(true);
    const x = f64(4, 1, 3);
    const [h, c] = [f64(4, 1, 2), f64(4, 1, 2)];
    const [y, [hn]] = layer.forward(x, [h, c], { resets: [[false], [false], [true], [false]] });
    const learned = [...layer.stateDict()].filter(([name]) => /^[hc]_0/.test(name));
    const own = (kind: string) =>
      stack(learned.filter(([name]) => name.startsWith(kind)).map(([, one]) => one)).unsqueeze(1);
    /** Forward directions from one state, reverse ones from the other. */
    const mixed = (a: Tensor, b: Tensor) => cat([0, 1, 2, 3].map((s) => (s % 2 === 0 ? a : b).narrow(0, s, 1)));
    const first = layer.forward(x.narrow(0, 0, 2), [mixed(h, own("h")), mixed(c, own("c"))]);
    const second = layer.forward(x.narrow(0, 2, 2), [mixed(own("h"), h), mixed(own("c"), c)]);
    expectClose(y, cat([first[0], second[0]]), float64);
    expectClose(hn, mixed(second[1][0], first[1][0]), float64);
  });

  it("keep one mask a sequence, and go with batchFirst and zoneout", () => {
    manualSeed(1);
    const layer = new nn.Recurrent(records.gru, 3, 4, { recurrentDropout: 0.5, batchFirst: true, dtype: "float64" });
    const x = f64(2, 4, 3);
    manualSeed(2);
    const turned = [
      [false, true, false, true],
      [false, false, true, false],
    ];
    const [y] = layer.forward(x, null, { resets: turned });
    manualSeed(2);
    const [first] = layer.forward(x);
    expectClose(y.at(0).at(0), first.at(0).at(0), float64);
    const zoned = new nn.Recurrent(records.gru, 3, 4, { zoneout: 0.5 });
    expect(zoned.forward(randn([4, 3, 3]), null, { resets })[0].shape).toEqual([4, 3, 4]);
  });
});

describe("layers", () => {
  it("have sizes of their own, and states in lists", () => {
    manualSeed(1);
    const layer = new nn.Recurrent(records.gru, 3, [4, 5], { bidirectional: true, dtype: "float64" });
    const [one, two] = [3, 8].map((C, i) => new nn.GRU(C, 4 + i, { bidirectional: true, dtype: "float64" }));
    const parts = [...layer.stateDict()];
    one.loadStateDict(new Map(parts.slice(0, 8)));
    two.loadStateDict(new Map(parts.slice(8).map(([name, value]) => [name.replace("_l1", "_l0"), value])));
    const x = f64(3, 2, 3);
    const hx = [f64(2, 4), f64(2, 4), f64(2, 5), f64(2, 5)];
    const [y, hn] = layer.forward(x, hx, { lengths: [1, 3] });
    const [below, h1] = one.forward(x, stack(hx.slice(0, 2)), { lengths: [1, 3] });
    const [want, h2] = two.forward(below, stack(hx.slice(2)), { lengths: [1, 3] });
    expectClose(y, want, float64);
    [h1.at(0), h1.at(1), h2.at(0), h2.at(1)].forEach((state, i) => {
      expectClose(hn[i], state, float64);
    });
    expect(layer.forward(x.select(1, 0))[1].map(({ shape }) => shape)).toEqual([[4], [4], [5], [5]]);
    expect(new nn.Recurrent(records.mgu, 3, [4, 5]).stream().outputSize).toBe(5);
  });

  it("add their input to their output but for the first, with residual", () => {
    manualSeed(1);
    const layer = new nn.Recurrent(records.gru, 3, 4, { numLayers: 3, residual: true, dtype: "float64" });
    const x = f64(3, 2, 3);
    const { outputs } = layer.forward(x, null, { returnAll: true });
    let below = x;
    for (let k = 0; k < 3; k++) {
      const one = new nn.GRU(k === 0 ? 3 : 4, 4, { dtype: "float64" });
      const own = [...layer.stateDict()].slice(4 * k, 4 * k + 4);
      one.loadStateDict(new Map(own.map(([name, value]) => [name.replace(`_l${k}`, "_l0"), value])));
      const [y] = one.forward(below);
      below = k === 0 ? y : y.add(below);
      expectClose(outputs[k], below, float64, `layer ${k}`);
    }
  });
});

describe("biases and beginnings", () => {
  it("a single bias is that of the input", () => {
    manualSeed(1);
    const layer = new nn.Recurrent(records.gru, 3, 4, { biasMode: "single" });
    expect([...layer.stateDict().keys()]).toEqual(["weight_ih_l0", "weight_hh_l0", "bias_ih_l0"]);
    const gru = new nn.GRU(3, 4);
    gru.loadStateDict(layer.stateDict(), { strict: false });
    gru.bias_hh_l0.detach().fill_(0);
    const x = randn([3, 2, 3]);
    expect(layer.forward(x)[0].tolist()).toEqual(gru.forward(x)[0].tolist());
    const normal = new nn.Recurrent(records.layerNormGRU, 3, 4, { bias: false });
    expect([...normal.stateDict().keys()]).toEqual(["weight_ih_l0", "weight_hh_l0", "gamma_ih_l0", "gamma_hh_l0"]);
    expect(normal.forward(x)[0].isnan().any().item()).toBe(0);
  });

  it("forgetBias is added to the forget gate's share, and to nothing else", () => {
    const drawn = (forgetBias: number) => {
      manualSeed(1);
      return new nn.Recurrent(records.lstm, 3, 4, { forgetBias }).stateDict();
    };
    const [plain, open] = [drawn(0), drawn(1)];
    for (const [name, value] of plain) {
      const added = name === "bias_ih_l0" ? [0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0] : 0;
      const more = typeof added === "number" ? value.add(added) : value.add(tensor(added));
      expectClose(open.get(name) as Tensor, more, float32, name);
    }
  });

  it("init keras and orthogonal", () => {
    manualSeed(1);
    const identity = (w: Tensor) => w.t().matmul(w);
    const eye = [0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => (i === j ? 1 : 0)));
    const keras = new nn.Recurrent(records.lstm, 3, 4, { init: "keras", dtype: "float64" }).stateDict();
    expectClose(identity(keras.get("weight_hh_l0") as Tensor), tensor(eye, null, { dtype: "float64" }), float64);
    expect((keras.get("weight_ih_l0") as Tensor).abs().max().item()).toBeLessThanOrEqual(Math.sqrt(6 / (3 + 16)));
    expect(keras.get("bias_ih_l0")?.tolist()).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(keras.get("bias_hh_l0")?.abs().sum().item()).toBe(0);
    const layer = new nn.Recurrent(records.gru, 3, 4, { init: "orthogonal", dtype: "float64" });
    for (let gate = 0; gate < 3; gate++) {
      const w = layer
        .stateDict()
        .get("weight_hh_l0")
        ?.narrow(0, 4 * gate, 4) as Tensor;
      expectClose(identity(w), tensor(eye, null, { dtype: "float64" }), float64, `gate ${gate}`);
    }
    const normal = new nn.Recurrent(records.layerNormLSTM, 3, 4).stateDict();
    expect(normal.get("gamma_c_l0")?.tolist()).toEqual([1, 1, 1, 1]);
    expect(normal.get("bias_ih_l0")?.abs().sum().item()).toBe(0);
  });
});
