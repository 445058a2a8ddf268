/** Parameters: their names, shapes, order and fields; what may be done with them; and how a layer prints itself. */

import { describe, expect, it } from "vitest";
import { manualSeed, nn, noGrad, type Tensor, zeros } from "../../../src/index.js";
import { equations } from "../../support/equations.js";
import { source } from "../../support/random.js";
import { everything, expectError, expectSame, type Layer, layerKinds, run, wrong } from "../../support/recurrent.js";
import { exact, expectClose, float64 } from "../../support/tolerance.js";

const shapes = (module: nn.Module) => [...module.namedParameters()].map(([name, p]) => [name, p.shape]);

describe("parameters", () => {
  it("have PyTorch's names, shapes and order", () => {
    const options = { numLayers: 2, bidirectional: true };
    const gates = { RNN: 1, GRU: 3, LSTM: 4 };
    for (const name of ["RNN", "GRU", "LSTM"] as const) {
      const GH = gates[name] * 4;
      const block = (suffix: string, C: number) => [
        [`weight_ih_${suffix}`, [GH, C]],
        [`weight_hh_${suffix}`, [GH, 4]],
        [`bias_ih_${suffix}`, [GH]],
        [`bias_hh_${suffix}`, [GH]],
      ];
      const expected = [...block("l0", 3), ...block("l0_reverse", 3), ...block("l1", 8), ...block("l1_reverse", 8)];
      const layer = new nn[name](3, 4, options);
      expect(shapes(layer)).toEqual(expected);
      expect([...layer.stateDict().keys()]).toEqual(expected.map(([key]) => key));
      const bare = new nn[name](3, 4, { ...options, bias: false });
      expect(shapes(bare)).toEqual(expected.filter(([key]) => String(key).startsWith("weight")));
      expect("bias_ih_l0" in bare).toBe(false);
    }
  });

  it("have a projection where an LSTM projects", () => {
    const lstm = (bias: boolean) => new nn.LSTM(3, 4, { numLayers: 2, bidirectional: true, projSize: 2, bias });
    const block = (suffix: string, C: number) => [
      [`weight_ih_${suffix}`, [16, C]],
      [`weight_hh_${suffix}`, [16, 2]],
      [`bias_ih_${suffix}`, [16]],
      [`bias_hh_${suffix}`, [16]],
      [`weight_hr_${suffix}`, [2, 4]],
    ];
    const expected = [...block("l0", 3), ...block("l0_reverse", 3), ...block("l1", 4), ...block("l1_reverse", 4)];
    expect(shapes(lstm(true))).toEqual(expected);
    expect(shapes(lstm(false))).toEqual(expected.filter(([key]) => String(key).startsWith("weight")));
    expect("weight_hr_l0" in new nn.LSTM(3, 4)).toBe(false);
  });

  it("are as many as PyTorch's, and number their layers plainly", () => {
    const count = (module: nn.Module) => module.parameters().reduce((sum, p) => sum + p.numel(), 0);
    expect([nn.RNN, nn.GRU, nn.LSTM].map((type) => count(new type(10, 20)))).toEqual([640, 1920, 2560]);
    const deep = new nn.GRU(3, 4, { numLayers: 12 });
    expect(deep.weight_ih_l11.shape).toEqual([12, 4]);
    expect([...deep.stateDict().keys()].slice(-4)).toEqual([
      "weight_ih_l11",
      "weight_hh_l11",
      "bias_ih_l11",
      "bias_hh_l11",
    ]);
  });

  it.each(layerKinds)("stand in allWeights by layer and direction: $name", ({ make, P }) => {
    for (const bias of [true, false]) {
      const layer = make(3, 4, { numLayers: 2, bidirectional: true, bias });
      expect(layer.allWeights.map((list) => list.length)).toEqual(Array(4).fill(2 + (bias ? 2 : 0) + (P > 0 ? 1 : 0)));
      expect(layer.allWeights.flat()).toEqual(layer.parameters());
      expect(layer.allWeights[3][0]).toBe(layer.weight_ih_l1_reverse);
      expect(layer.allWeights[1].at(-1)).toBe(layer.parameters()[layer.allWeights[0].length * 2 - 1]);
    }
  });

  it.each(layerKinds)("are drawn again by resetParameters: $name", ({ make }) => {
    for (const dtype of ["float32", "float64"] as const) {
      manualSeed(21);
      const layer = make(3, 16, { numLayers: 2, bidirectional: true, dtype });
      const values = () => layer.parameters().map((p) => p.toArray());
      const drawn = values();
      for (const value of drawn.flatMap((array) => [...array])) expect(Math.abs(value)).toBeLessThanOrEqual(0.25);
      layer.resetParameters();
      expect(values()).not.toEqual(drawn);
      manualSeed(21);
      layer.resetParameters();
      expect(values()).toEqual(drawn);
      expect(layer.parameters().every((p) => p.requiresGrad && p.isLeaf && p.dtype === dtype)).toBe(true);
    }
  });

  it.each(layerKinds)("are left alone by flattenParameters: $name", ({ make }) => {
    const layer = make(3, 4);
    const before = layer.parameters();
    const values = before.map((p) => p.toArray());
    expect(layer.flattenParameters()).toBeUndefined();
    expect(layer.parameters().every((p, i) => p === before[i])).toBe(true);
    expect(layer.parameters().map((p) => p.toArray())).toEqual(values);
  });

  it.each(layerKinds)("take effect as soon as they are replaced or written: $name", ({ make }) => {
    manualSeed(22);
    const draw = source(23);
    const layer = make(3, 4, { bidirectional: true, dtype: "float64" });
    const input = draw([5, 2, 3]);
    const expectEquations = () => {
      const expected = everything(layer, input, null, (x) => equations(layer, x, null, null));
      expectSame(
        everything(layer, input, null, (x) => run(layer, x)),
        expected,
      );
      return expected.get("output")?.toArray();
    };
    const before = expectEquations();
    layer.weight_hh_l0_reverse = new nn.Parameter(draw(layer.weight_hh_l0.shape));
    const replaced = expectEquations();
    expect(replaced).not.toEqual(before);
    noGrad(() => layer.weight_hh_l0.mul_(-1));
    const written = expectEquations();
    expect(written).not.toEqual(replaced);
    // A weight of other strides is as good as any.
    layer.weight_ih_l0 = new nn.Parameter(draw([3, layer.weight_ih_l0.size(0)]).t());
    expect(layer.weight_ih_l0.isContiguous()).toBe(false);
    expect(expectEquations()).not.toEqual(written);
  });

  it.each(layerKinds)("may have others beside them, whose names begin like theirs: $name", ({ make }) => {
    const layer = make(3, 4);
    const input = source(25)([5, 2, 3]).to("float32");
    const before = run(layer, input).output.toArray();
    const stored = new nn.Parameter(zeros([2]));
    for (const name of ["weight_hh_l0_raw", "weight_hh_l0_g", "bias_ih_l0_orig", "weight_ih_l7"]) {
      Object.assign(layer, { [name]: stored });
    }
    expect(run(layer, input).output.toArray()).toEqual(before);
    expect([...layer.namedParameters()].map(([name]) => name)).toContain("weight_hh_l0_raw");
    expect(layer.allWeights.flat()).not.toContain(stored);
  });

  it.each(layerKinds)("may be frozen: $name", ({ make }) => {
    const layer = make(3, 4, { dtype: "float64" });
    layer.requiresGrad_(false);
    layer.bias_hh_l0.requiresGrad = true;
    run(layer, source(24)([5, 2, 3]))
      .output.sum()
      .backward();
    const withGradient = [...layer.namedParameters()].filter(([, p]) => p.grad !== null).map(([name]) => name);
    expect(withGradient).toEqual(["bias_hh_l0"]);
    layer.requiresGrad_(false);
    expect(run(layer, source(24)([5, 2, 3])).output.requiresGrad).toBe(false);
  });
});

describe("RNNBase", () => {
  it("is the class of every layer, and stands by itself", () => {
    for (const { make } of layerKinds) expect(make(3, 4)).toBeInstanceOf(nn.RNNBase);
    const base = new nn.RNNBase("LSTM", 3, 4, { numLayers: 2, projSize: 2 });
    expect(shapes(base)).toEqual(shapes(new nn.LSTM(3, 4, { numLayers: 2, projSize: 2 })));
    expect(String(base)).toBe("RNNBase(3, 4, proj_size=2, num_layers=2)");
    const sentence = 'Module [RNNBase] is missing the required "forward" function';
    expectError(() => base.forward(wrong(zeros([5, 7, 3]))), "NotImplementedError", sentence);
  });

  it("keeps what it was given", () => {
    const lstm = new nn.LSTM(3, 4, { numLayers: 2, bias: false, batchFirst: true, dropout: 0.5, projSize: 2 });
    const { mode, inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional, projSize, training } =
      lstm;
    expect([mode, inputSize, hiddenSize, numLayers, bias]).toEqual(["LSTM", 3, 4, 2, false]);
    expect([batchFirst, dropout, bidirectional, projSize, training]).toEqual([true, 0.5, false, 2, true]);
    expect([new nn.GRU(3, 4).mode, new nn.RNN(3, 4).mode]).toEqual(["GRU", "RNN_TANH"]);
    expect(new nn.RNN(3, 4, { nonlinearity: "relu" }).mode).toBe("RNN_RELU");
  });

  it("takes an undefined option for one that was not given", () => {
    const options = {
      numLayers: undefined,
      bias: undefined,
      dropout: undefined,
      dtype: undefined,
      projSize: undefined,
    };
    expect(String(new nn.LSTM(3, 4, wrong(options)))).toBe("LSTM(3, 4)");
  });
});

describe("String(layer)", () => {
  it.each<[text: string, layer: () => Layer]>([
    ["LSTM(3, 4)", () => new nn.LSTM(3, 4)],
    ["GRU(3, 4, num_layers=3, dropout=1.0)", () => new nn.GRU(3, 4, { numLayers: 3, dropout: 1 })],
    [
      "LSTM(3, 4, proj_size=2, num_layers=2, bias=False, batch_first=True, dropout=0.5, bidirectional=True)",
      () =>
        new nn.LSTM(3, 4, {
          projSize: 2,
          numLayers: 2,
          bias: false,
          batchFirst: true,
          dropout: 0.5,
          bidirectional: true,
        }),
    ],
    ["RNN(3, 4)", () => new nn.RNN(3, 4, { nonlinearity: "relu" })],
    ["RNN(3, 4, num_layers=2, dropout=1e-05)", () => new nn.RNN(3, 4, { numLayers: 2, dropout: 1e-5 })],
    ["RNN(3, 4, num_layers=2, dropout=0.1234)", () => new nn.RNN(3, 4, { numLayers: 2, dropout: 0.1234 })],
    ["GRU(3, 4)", () => new nn.GRU(3, 4, { dropout: 0, bias: true, batchFirst: false })],
  ])("%s", (text, make) => {
    expect(String(make())).toBe(text);
  });

  it("shows a dropout that was changed, and stands inside of other modules", () => {
    const lstm = new nn.LSTM(3, 4, { numLayers: 2 });
    lstm.dropout = 0.25;
    expect(String(lstm)).toBe("LSTM(3, 4, num_layers=2, dropout=0.25)");
    class Tagger extends nn.Module {
      lstm = lstm;
      out = new nn.Linear(4, 2);
    }
    expect(String(new Tagger())).toBe(
      "Tagger(\n  (lstm): LSTM(3, 4, num_layers=2, dropout=0.25)\n  (out): Linear(in_features=4, out_features=2, bias=True)\n)",
    );
  });
});

describe.each(layerKinds)("copies and conversions: $name", ({ make }) => {
  const options = { numLayers: 2, bidirectional: true, dtype: "float64" } as const;
  const input = source(25)([5, 2, 3]);
  const all = (layer: Layer, x: Tensor = input) => everything(layer, x, null, (y) => run(layer, y));

  it("clone() is independent of what it was made from", () => {
    const layer = make(3, 4, options);
    const expected = all(layer);
    const copy = layer.clone();
    expect(copy).toBeInstanceOf(layer.constructor);
    expect(String(copy)).toBe(String(layer));
    expectSame(all(copy), expected, exact);
    noGrad(() => {
      for (const p of copy.parameters()) p.zero_();
    });
    copy.dropout = 0.5;
    expectSame(all(layer), expected, exact);
    expect(layer.dropout).toBe(0);
    expect(copy.parameters().some((p, i) => p === layer.parameters()[i])).toBe(false);
  });

  it("clone() keeps ties", () => {
    const layer = make(3, 4, options);
    layer.weight_hh_l0_reverse = layer.weight_hh_l0;
    const copy = layer.clone();
    expect(copy.weight_hh_l0_reverse).toBe(copy.weight_hh_l0);
    expect(copy.weight_hh_l0).not.toBe(layer.weight_hh_l0);
  });

  it("to() converts weights and gradients in place, and with them what input is wanted", () => {
    const layer = make(3, 4, { ...options, dtype: "float32" });
    const before = layer.parameters();
    const values = before.map((p) => p.toArray());
    run(layer, input.to("float32")).output.sum().backward();
    const gradient = layer.weight_ih_l0.grad?.toArray() ?? expect.fail("no gradient");
    expect(layer.to("float64")).toBe(layer);
    expect(layer.parameters().every((p, i) => p === before[i] && p.dtype === "float64")).toBe(true);
    expect(layer.weight_ih_l0.grad?.toArray()).toEqual(Float64Array.from(gradient));
    layer.zeroGrad();
    expectSame(
      all(layer),
      everything(layer, input, null, (x) => equations(layer, x, null, null)),
    );
    expectError(
      () => run(layer, input.to("float32")),
      "ValueError",
      "RNN input dtype (torch.float32) does not match weight dtype (torch.float64). Convert input: input.to(torch.float64), or convert model: model.to(torch.float32)",
    );
    expect(
      layer
        .to("float32")
        .parameters()
        .map((p) => p.toArray()),
    ).toEqual(values);
  });

  it("a state dict carries everything", () => {
    const [layer, other] = [make(3, 4, options), make(3, 4, options)];
    expectSame(all(other), all(other), exact);
    other.loadStateDict(Object.fromEntries(layer.stateDict()));
    expectSame(all(other), all(layer), exact);
    expectClose(other.weight_hh_l1_reverse, layer.weight_hh_l1_reverse, float64);
  });
});
