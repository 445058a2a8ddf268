/** Layers recognised by names and shapes: every kind with every option, and what does not fit. */

import { describe, expect, it } from "vitest";
import { inferLayers } from "../../src/convert/index.js";
import { nn, type Tensor, tensor, zeros } from "../../src/index.js";
import { refuses } from "../support/refuses.js";

/** A state dict of zeros. */
const dict = (shapes: Record<string, readonly number[]>): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, zeros(shape)]));

const notStored = "batchFirst and dropout are not stored";
const nonlinearity = "nonlinearity (tanh or relu) is not stored";
const booleans = [false, true];

describe("every layer", () => {
  const layers = booleans.flatMap((bias) =>
    booleans.flatMap((bidirectional) =>
      [1, 2, 3].flatMap((numLayers) => {
        const options = { bias, bidirectional, numLayers };
        return [
          { kind: "RNN", projSize: 0, options, module: new nn.RNN(5, 4, options) },
          { kind: "GRU", projSize: 0, options, module: new nn.GRU(5, 4, options) },
          { kind: "LSTM", projSize: 0, options, module: new nn.LSTM(5, 4, options) },
          { kind: "LSTM", projSize: 2, options, module: new nn.LSTM(5, 4, { ...options, projSize: 2 }) },
          // As wide as its input, and of one unit: where sizes could be taken for each other.
          { kind: "GRU", projSize: 0, options, module: new nn.GRU(4, 4, options) },
          { kind: "LSTM", projSize: 0, options, module: new nn.LSTM(1, 1, options) },
          { kind: "LSTM", projSize: 1, options, module: new nn.LSTM(12, 3, { ...options, projSize: 1 }) },
        ];
      }),
    ),
  );

  it.each(layers.map((one) => ({ ...one, title: `${one.module}` })))(
    "$title",
    ({ kind, projSize, options, module }) => {
      const { layers, unplaced } = inferLayers(module.stateDict());
      const { inputSize, hiddenSize } = module;
      const sizes = { ...options, inputSize, hiddenSize, dtype: "float32", ...(kind === "LSTM" && { projSize }) };
      const notes = kind === "RNN" ? [nonlinearity, notStored] : [notStored];
      const names = [...module.stateDict().keys()];
      expect(unplaced).toEqual([]);
      expect(layers).toEqual([
        { prefix: "", kind, options: sizes, candidates: [{ kind, options: sizes }], names, notes },
      ]);
    },
  );

  it.each(booleans)("cells, bias %s", (bias) => {
    for (const kind of ["RNNCell", "LSTMCell", "GRUCell"] as const) {
      const dict = new nn[kind](3, 2, { bias, dtype: "float64" }).stateDict();
      const [found] = inferLayers(dict).layers;
      expect(found.kind).toBe(kind);
      expect(found.options).toEqual({ inputSize: 3, hiddenSize: 2, bias, dtype: "float64" });
      expect(found.notes).toEqual(kind === "RNNCell" ? [nonlinearity] : []);
    }
  });
});

describe("a whole model", () => {
  class Tagger extends nn.Module {
    embedding = new nn.Embedding(9, 4);
    encoder = new nn.ModuleList([new nn.LSTM(4, 3, { bidirectional: true }), new nn.GRU(6, 2)]);
    cell = new nn.GRUCell(2, 2);
    norm = new nn.LayerNorm(2);
    head = new nn.Sequential(new nn.Linear(2, 7), new nn.Linear(7, 3, { bias: false }));
  }
  const state = new Tagger().stateDict();
  const { layers, unplaced } = inferLayers(state);

  it("is found in its order, under its prefixes", () => {
    expect(layers.map(({ prefix, kind }) => [prefix, kind])).toEqual([
      ["embedding", null],
      ["encoder.0", "LSTM"],
      ["encoder.1", "GRU"],
      ["cell", "GRUCell"],
      ["norm", null],
      ["head.0", "Linear"],
      ["head.1", null],
    ]);
    expect(layers.flatMap(({ names }) => names)).toEqual([...state.keys()]);
    expect(unplaced).toEqual([]);
  });

  it("has two readings for a matrix alone, the likelier first", () => {
    const table = { kind: "Embedding", options: { numEmbeddings: 9, embeddingDim: 4, dtype: "float32" } };
    const asLinear = { kind: "Linear", options: { inFeatures: 4, outFeatures: 9, bias: false, dtype: "float32" } };
    expect(layers[0].candidates).toEqual([table, asLinear]);
    expect(layers[0].options).toBe(null);
    expect(layers[0].notes[0]).toContain("its name speaks for an Embedding");
    expect(layers[6].candidates.map(({ kind, options }) => [kind, options])).toEqual([
      ["Linear", { inFeatures: 7, outFeatures: 3, bias: false, dtype: "float32" }],
      ["Embedding", { numEmbeddings: 3, embeddingDim: 7, dtype: "float32" }],
    ]);
    expect(layers[6].notes).toEqual([
      "a matrix 'weight' without a 'bias' may be a Linear's or an Embedding's",
      "the paddingIdx of an Embedding is not stored",
    ]);
    expect(layers[5].options).toEqual({ inFeatures: 2, outFeatures: 7, bias: true, dtype: "float32" });
    expect(layers[4].candidates).toEqual([
      { kind: "LayerNorm", options: { normalizedShape: 2, bias: true, dtype: "float32" } },
    ]);
  });

  it("is found in a plain object, too, and where two families share a prefix", () => {
    const both = { ...Object.fromEntries(new nn.LSTM(2, 3).stateDict()), ...dict({ weight: [3, 2], bias: [3] }) };
    expect(inferLayers(both).layers.map(({ prefix, kind }) => [prefix, kind])).toEqual([
      ["", "LSTM"],
      ["", "Linear"],
    ]);
  });
});

describe("what does not fit comes with the reason", () => {
  const lstm = { "a.weight_ih_l0": [8, 3], "a.weight_hh_l0": [8, 2], "a.bias_ih_l0": [8], "a.bias_hh_l0": [8] };
  const without = (name: string) => Object.fromEntries(Object.entries(lstm).filter(([key]) => key !== name));
  const cases: [Record<string, readonly number[]>, string][] = [
    [without("a.bias_hh_l0"), "'a.bias_hh_l0' is missing beside 'a.weight_ih_l0'"],
    [without("a.weight_hh_l0"), "'a.weight_hh_l0' is missing beside 'a.weight_ih_l0'"],
    [without("a.weight_ih_l0"), "'a.weight_ih_l0' is missing beside 'a.weight_hh_l0'"],
    [
      { ...lstm, "a.weight_hh_l0": [10, 2] },
      "'a.weight_hh_l0' has shape [10, 2]: the rows of an RNN, GRU or LSTM are 1, 3 or 4 times its columns, unless a 'weight_hr' projects them",
    ],
    [
      { ...lstm, "a.weight_hh_l0": [0, 0] },
      "'a.weight_hh_l0' has shape [0, 0], and recurrent layers with nothing in them are not looked for",
    ],
    [
      { ...lstm, "a.weight_ih_l0": [8, 0] },
      "'a.weight_ih_l0' has shape [8, 0], and recurrent layers with nothing in them",
    ],
    [
      { ...lstm, "a.weight_ih_l0": [9, 3] },
      "'a.weight_ih_l0' has shape [9, 3], but beside 'a.weight_hh_l0' of shape [8, 2] it would be [8, 3]",
    ],
    [{ ...lstm, "a.bias_ih_l0": [8, 1] }, "'a.bias_ih_l0' has shape [8, 1], expected a vector"],
    [{ ...lstm, "a.weight_hh_l0": [8] }, "'a.weight_hh_l0' has shape [8], expected a matrix"],
    [
      { ...lstm, "a.weight_ih_l1": [8, 3], "a.weight_hh_l1": [8, 2], "a.bias_ih_l1": [8], "a.bias_hh_l1": [8] },
      "'a.weight_ih_l1' has shape [8, 3], but beside 'a.weight_hh_l0' of shape [8, 2] it would be [8, 2]",
    ],
    [{ ...lstm, "a.weight_ih_l999999999": [8, 2] }, "'a.weight_ih_l1' is missing beside 'a.weight_ih_l0'"],
    [{ ...lstm, "a.weight_ih_l00": [8, 2] }, "'a.weight_ih_l1' is missing beside"],
    [{ ...lstm, "a.weight_ih_l0_reverse": [8, 3] }, "'a.weight_hh_l0_reverse' is missing beside 'a.weight_ih_l0'"],
    [
      { ...lstm, "a.weight_hr_l0": [2, 5] },
      "'a.weight_hh_l0' has shape [8, 2] and 'a.weight_hr_l0' has shape [2, 5], which are no LSTM's",
    ],
    [
      { ...lstm, "a.weight_hr_l0": [2, 2] },
      "'a.weight_hr_l0' has shape [2, 2]: a projection is smaller than what it projects",
    ],
    [{ ...lstm, "a.weight_hr_l0_reverse": [1, 2] }, "'a.weight_ih_l0_reverse' is missing"],
    [{ weight_ih: [8, 3], weight_hh: [8, 2], bias_ih: [8] }, "'bias_hh' is missing beside 'weight_ih'"],
    [{ "b.bias": [3] }, "'b.weight' is missing beside 'b.bias'"],
    [
      { "b.weight": [3, 2], "b.bias": [2] },
      "'b.bias' has shape [2], but beside 'b.weight' of shape [3, 2] a Linear's would be [3]",
    ],
    [
      { "b.weight": [3], "b.bias": [2] },
      "'b.bias' has shape [2], but beside 'b.weight' of shape [3] a LayerNorm's would be [3]",
    ],
    [
      { "up.weight": [3, 2, 5], "up.bias": [2] },
      "'up.weight' has shape [3, 2, 5], and a Linear or an Embedding has a matrix",
    ],
    [{ "b.weight": [3, 2, 5] }, "'b.weight' has shape [3, 2, 5], and a Linear or an Embedding has a matrix"],
    [{ "b.in_proj_weight": [3, 2] }, "no layer known here has a parameter 'in_proj_weight'"],
  ];

  it.each(cases.map(([shapes, reason]) => ({ shapes, reason })))("$reason", ({ shapes, reason }) => {
    const { layers, unplaced } = inferLayers(dict(shapes));
    expect(layers).toEqual([]);
    expect(unplaced.length).toBe(1);
    expect(unplaced[0].reason).toContain(reason);
    expect(unplaced[0].names).toEqual(Object.keys(shapes));
  });

  it("and leaves the rest alone", () => {
    const norm = { "bn.weight": [3], "bn.bias": [3], "bn.running_mean": [3] };
    const { layers, unplaced } = inferLayers(dict({ ...lstm, ...norm, "c.weight": [2, 2], "c.bias": [2] }));
    expect(layers.map(({ prefix, kind }) => [prefix, kind])).toEqual([
      ["a", "LSTM"],
      ["c", "Linear"],
    ]);
    expect(unplaced).toEqual([
      {
        names: ["bn.weight", "bn.bias"],
        reason: "'bn.weight' stands beside 'bn.running_mean', which no layer known here has",
      },
      { names: ["bn.running_mean"], reason: "no layer known here has a parameter 'running_mean'" },
    ]);
  });

  it("a BatchNorm, whatever its count is held in", () => {
    const count = { dtype: "I64", shape: [], data: BigInt64Array.of(3n) };
    for (const num_batches_tracked of [count, tensor(3, [], { dtype: "int32" })]) {
      const norm = { ...dict({ weight: [3], bias: [3], running_mean: [3], running_var: [3] }), num_batches_tracked };
      expect(inferLayers(norm)).toEqual({
        layers: [],
        unplaced: [
          {
            names: ["weight", "bias"],
            reason: "'weight' stands beside 'running_mean', which no layer known here has",
          },
          {
            names: ["running_mean", "running_var", "num_batches_tracked"],
            reason: "no layer known here has a parameter 'running_mean'",
          },
        ],
      });
    }
  });

  it("whole numbers where a layer has weights", () => {
    const wide = { dtype: "U64", shape: [2, 2], data: new BigUint64Array(4) };
    const { layers, unplaced } = inferLayers(
      new Map<string, Tensor | typeof wide>([
        ["a.weight", wide],
        ["b.weight", zeros([3, 2])],
        ["b.bias", zeros([3])],
      ]),
    );
    expect(layers.map(({ prefix }) => prefix)).toEqual(["b"]);
    expect(unplaced).toEqual([
      { names: ["a.weight"], reason: "'a.weight' is U64, and the parameters of layers are floats" },
    ]);
  });

  it("dtypes among them", () => {
    const mixed = { weight: zeros([2, 2]), bias: zeros([2], { dtype: "float64" }) };
    expect(inferLayers(mixed).unplaced[0].reason).toBe(
      "'bias' is float64, but 'weight' is float32: a layer has one dtype",
    );
    expect(inferLayers({ weight: zeros([2, 2], { dtype: "int32" }) }).unplaced[0].reason).toBe(
      "'weight' is int32, and the parameters of layers are floats",
    );
  });
});

describe("what is no state dict", () => {
  refuses([
    [() => inferLayers(null as never), "inferLayers() expected a state dict, got: null"],
    [() => inferLayers(zeros([2]) as never), "inferLayers() expected a state dict, got: Tensor"],
    [() => inferLayers([zeros([2])] as never), "inferLayers() expected a state dict, got: Array"],
    [() => inferLayers({ a: 3 } as never), "inferLayers() expected a Tensor under 'a', got: number"],
    [() => inferLayers(new Map([[7, zeros([2])]]) as never), "inferLayers() expected a Tensor under '7'"],
  ]);
});

it("says of what it cannot know that it does not", () => {
  const found = (shapes: Record<string, readonly number[]>) => {
    const { layers, unplaced } = inferLayers(dict(shapes));
    return [layers.map(({ candidates }) => candidates.map(({ kind }) => kind)), unplaced.map(({ reason }) => reason)];
  };
  const alone = "without a bias may belong to a PReLU, a loss or a normalisation";
  const wide = "as that of a normalisation over several dimensions, which is not recognised";
  expect(found({ "act.weight": [1] })).toEqual([[], [`'act.weight' of shape [1] ${alone}`]]);
  expect(found({ "criterion.weight": [7] })).toEqual([[], [`'criterion.weight' of shape [7] ${alone}`]]);
  expect(found({ "n.weight": [3, 4], "n.bias": [3, 4] })).toEqual([[], [`'n.weight' has shape [3, 4], ${wide}`]]);
  expect(found({ "n.weight": [2, 3, 4], "n.bias": [2, 3, 4] })).toEqual([
    [],
    [`'n.weight' has shape [2, 3, 4], ${wide}`],
  ]);
  expect(found({ "layer_norm.weight": [3, 4] })).toEqual([[], [`'layer_norm.weight' has shape [3, 4], ${wide}`]]);
  expect(found({ "ln_1.weight": [3] })).toEqual([[["LayerNorm"]], []]);
  expect(found({ "norm.weight": [3], "norm.bias": [3] })).toEqual([[["LayerNorm"]], []]);
  expect(found({ "fc.weight": [3, 3], "fc.bias": [3] })).toEqual([[["Linear"]], []]);
});

it("takes weights that are there in parts for what they amount to, and says so", () => {
  const { layers, unplaced } = inferLayers(
    dict({
      "rnn.weight_ih_l0": [12, 3],
      "rnn.weight_hh_l0_g": [12, 1],
      "rnn.weight_hh_l0_v": [12, 3],
      "fc.parametrizations.weight.original0": [2, 1],
      "fc.parametrizations.weight.original1": [2, 3],
      "fc.bias_orig": [2],
      "fc.bias_mask": [2],
      "drop.module.weight_ih_l0": [4, 4],
      "drop.weight_hh_l0_raw": [4, 4],
    }),
  );
  expect(unplaced).toEqual([]);
  expect(layers.map(({ prefix, kind, names }) => [prefix, kind, names.length])).toEqual([
    ["rnn", "LSTM", 3],
    ["fc", "Linear", 4],
    ["drop.module", "RNN", 2],
  ]);
  expect(layers[0].notes).toContain(
    "'rnn.weight_hh_l0' is computed of rnn.weight_hh_l0_g and rnn.weight_hh_l0_v (weight_norm)",
  );
});

it("takes a Recurrent with parameters of its own for no layer of PyTorch's", () => {
  const { layerNormLSTM, peepholeLSTM, gru } = nn.recurrentCells;
  const odd = (layer: nn.Module, name: string) => {
    const { layers, unplaced } = inferLayers(new nn.ModuleDict({ rnn: layer }).stateDict());
    expect(layers).toEqual([]);
    expect(unplaced[0].reason).toBe(`'rnn.${name}' is of a Recurrent, whose cell a state dict does not name`);
  };
  odd(new nn.Recurrent(layerNormLSTM, 3, 4), "gamma_ih_l0");
  odd(new nn.Recurrent(peepholeLSTM, 3, 4), "weight_ci_l0");
  odd(new nn.Recurrent(gru, 3, 4, { initialState: "learned" }), "h_0_l0");
});
