/** Layers out of state dicts compute what the layers that the tensors came from compute. */

import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from "vitest";
import { load, stateDictOf } from "../../src/checkpoint/index.js";
import { layerKinds } from "../../src/convert/build.js";
import { fromStateDict } from "../../src/convert/index.js";
import { manualSeed, nn, randint, randn, setWarningHandler, type Tensor, tensor, zeros } from "../../src/index.js";
import { refuses } from "../support/refuses.js";
import { exact, expectClose, float32 } from "../support/tolerance.js";

let warnings: string[] = [];
let before = (_: string): void => {};
beforeEach(() => {
  warnings = [];
  before = setWarningHandler((text) => warnings.push(text));
});
afterEach(() => {
  setWarningHandler(before);
});

/** A module's tensors among others. */
function within(prefix: string, module: nn.Module): Map<string, Tensor> {
  const own = [...module.stateDict()].map(([name, x]): [string, Tensor] => [
    prefix === "" ? name : `${prefix}.${name}`,
    x,
  ]);
  return new Map([["first.weight", zeros([2, 3])], ...own, ["last.bias", zeros([2])]]);
}

const input = () => randn([4, 2, 5]);
type Forward = { forward(x: Tensor): Tensor | [Tensor, unknown] };
const cases: [name: string, module: nn.Module & Forward, options: object, input: () => Tensor][] = [
  ["LSTM", new nn.LSTM(5, 4, { numLayers: 2, bidirectional: true, projSize: 3, bias: false }), {}, input],
  ["LSTM", new nn.LSTM(5, 4, { batchFirst: true }), { batchFirst: true }, input],
  ["GRU", new nn.GRU(5, 4, { numLayers: 2, dtype: "float64" }), { dropout: 0.5 }, () => input().to("float64")],
  ["RNN", new nn.RNN(5, 4, { bidirectional: true }), { nonlinearity: "tanh" }, input],
  ["RNN", new nn.RNN(5, 4, { nonlinearity: "relu" }), { nonlinearity: "relu" }, input],
  ["LSTMCell", new nn.LSTMCell(5, 4), {}, () => randn([2, 5])],
  ["GRUCell", new nn.GRUCell(5, 4, { bias: false }), {}, () => randn([2, 5])],
  ["RNNCell", new nn.RNNCell(5, 4, { nonlinearity: "relu" }), { nonlinearity: "relu" }, () => randn([2, 5])],
  ["Linear", new nn.Linear(5, 3), {}, input],
  ["Linear", new nn.Linear(5, 3, { bias: false }), { kind: "Linear" }, input],
  ["Embedding", new nn.Embedding(9, 3), { kind: "Embedding", paddingIdx: 4 }, () => randint(9, [4, 2])],
  ["LayerNorm", new nn.LayerNorm(5, { eps: 0.5 }), { kind: "LayerNorm", eps: 0.5 }, input],
];

it("knows every kind that the cases have, and no other", () => {
  expect([...layerKinds].sort()).toEqual([...new Set(cases.map(([name]) => name))].sort());
});

describe("computes the same", () => {
  it.each(cases)("%s", (name, module, options, draw) => {
    for (const prefix of ["", "net.part"]) {
      const layer = fromStateDict(within(prefix, module), prefix, options) as nn.Module & Forward;
      expect(layer.constructor.name).toBe(name);
      expect(warnings).toEqual([]);
      const x = draw();
      const [got, want] = [layer, module].map((one) => [one.eval().forward(x)].flat()[0] as Tensor);
      expectClose(got, want, exact);
    }
  });

  it("with memory of its own", () => {
    const module = new nn.Linear(2, 1);
    const layer = fromStateDict(Object.fromEntries(within("a", module)), "a", { kind: "Linear" });
    expectTypeOf(layer).toEqualTypeOf<nn.Linear>();
    const [kept] = layer.weight.toArray();
    module.stateDict().get("weight")?.fill_(77);
    expect(layer.weight.toArray()[0]).toBe(kept);
  });

  it.each(cases)("%s, and draws nothing", (_, module, options) => {
    manualSeed(3);
    const next = randn([2]).toNested();
    manualSeed(3);
    fromStateDict(within("a", module), "a", options);
    expect(randn([2]).toNested()).toEqual(next);
  });

  it("for training, the graph that made a tensor left behind", () => {
    const weight = tensor([[1, 2]], { requiresGrad: true });
    const layer = fromStateDict({ weight: weight.mul(3) }, "", { kind: "Linear" });
    layer
      .forward(tensor([5, 7]))
      .sum()
      .backward();
    expect([layer.weight.toNested(), layer.weight.grad?.toNested(), weight.grad]).toEqual([[[3, 6]], [[5, 7]], null]);
  });

  it("with the options it was given", () => {
    const gru = fromStateDict(new nn.GRU(2, 3, { numLayers: 2 }).stateDict(), "", { dropout: 0.25, batchFirst: true });
    expect(String(gru)).toBe("GRU(2, 3, num_layers=2, batch_first=True, dropout=0.25)");
    const table = fromStateDict({ weight: tensor([[1], [2], [3]]) }, "", { kind: "Embedding", paddingIdx: -1 });
    expect([table.paddingIdx, table.weight.toNested()]).toEqual([2, [[1], [2], [3]]]);
  });

  it("beside whole numbers that no Tensor holds", () => {
    const count = { dtype: "I64", shape: [], data: BigInt64Array.of(2n ** 40n) };
    const dict = Object.fromEntries(new nn.Linear(2, 1).stateDict());
    expect(fromStateDict({ ...dict, "norm.num_batches_tracked": count }).constructor).toBe(nn.Linear);
  });

  it("says that tanh was taken for an RNN", () => {
    const layer = fromStateDict(within("r", new nn.RNN(5, 4)), "r", { kind: "RNN" });
    expectTypeOf(layer).toEqualTypeOf<nn.RNN>();
    expect(layer.mode).toBe("RNN_TANH");
    fromStateDict(new nn.RNNCell(5, 4).stateDict());
    const rest = "is built with tanh: its nonlinearity is not in a state dict, so say which";
    expect(warnings).toEqual([`elman: the RNN at 'r' ${rest}`, `elman: the RNNCell at '' ${rest}`]);
  });
});

describe("says what is wrong", () => {
  const dict = { ...Object.fromEntries(within("a.lstm", new nn.LSTM(3, 2))), weight: zeros([2, 3]) };
  const broken = Object.fromEntries(Object.entries(dict).filter(([name]) => name !== "a.lstm.bias_hh_l0"));
  refuses([
    [
      () => fromStateDict(dict),
      `at '' names and shapes do not decide what stands there: say { kind: "Linear" } or { kind: "Embedding" } if it is one`,
    ],
    [
      () => fromStateDict({ ...dict, bias: zeros([2]), ...Object.fromEntries(new nn.GRU(2, 1).stateDict()) }),
      `do not decide what stands there: say { kind: "Linear" } or { kind: "GRU" }`,
    ],
    [() => fromStateDict({ n: zeros([1]), weight: zeros([4]) }), "'weight' stands beside 'n'"],
    [
      () => fromStateDict({ weight: zeros([4]) }),
      "at '' 'weight' of shape [4] without a bias may belong to a PReLU, a loss or a normalisation",
    ],
    [
      () => fromStateDict({ weight: zeros([4]), bias: zeros([4]) }),
      `do not decide what stands there: say { kind: "LayerNorm" } if it is one`,
    ],
    [
      () => fromStateDict(dict, "a.lstm", { kind: "GRU" }),
      "fromStateDict(): at 'a.lstm' expected tensors of kind GRU, got: LSTM",
    ],
    [
      () => fromStateDict(dict, "b"),
      "fromStateDict(): at 'b' expected a layer, but layers stand at 'first', 'a.lstm', ''",
    ],
    [() => fromStateDict({}, "b"), "fromStateDict(): at 'b' expected a layer, but layers stand nowhere"],
    [
      () => fromStateDict(broken, "a.lstm"),
      "fromStateDict(): at 'a.lstm' 'a.lstm.bias_hh_l0' is missing beside 'a.lstm.weight_ih_l0'",
    ],
    [() => fromStateDict(dict, "last"), "fromStateDict(): at 'last' 'last.weight' is missing beside 'last.bias'"],
    [
      () => fromStateDict(dict, "a.lstm", { nonlinearity: "relu" }),
      "of the LSTM at 'a.lstm' got an unexpected keyword argument 'nonlinearity'",
    ],
    [
      // @ts-expect-error: that is an Embedding's
      () => fromStateDict(dict, "", { kind: "Linear", paddingIdx: 0 }),
      "of the Linear at '' got an unexpected keyword argument 'paddingIdx'",
    ],
    [
      // @ts-expect-error: that is a layer's
      () => fromStateDict(within("c", new nn.LSTMCell(3, 2)), "c", { kind: "LSTMCell", dropout: 0 }),
      "of the LSTMCell at 'c' got an unexpected keyword argument 'dropout'",
    ],
    [
      () => fromStateDict(dict, "a.lstm", { hiddenSize: 2 } as never),
      "fromStateDict() got an unexpected keyword argument 'hiddenSize'",
    ],
    [
      () => fromStateDict(dict, "a.lstm", { kind: "Conv" as never }),
      "expected kind to be one of RNN, LSTM, GRU, RNNCell,",
    ],
    [() => fromStateDict(dict, "a.lstm", { kind: null as never }), "expected kind to be one of RNN, LSTM, GRU"],
    [
      () => fromStateDict(dict, "a.lstm", { batchFirst: 1 as never }),
      "batch_first should be of type bool, got: number",
    ],
    [() => fromStateDict(dict, "a.lstm", { dropout: 2 }), "dropout should be a number in range [0, 1]"],
    [
      () => fromStateDict(dict, "", { kind: "Embedding", paddingIdx: 0.5 }),
      "Padding_idx must be within num_embeddings",
    ],
    [
      () => fromStateDict({ weight: zeros([2]) }, "", { kind: "LayerNorm", eps: "1" as never }),
      "eps should be of type float, got: string",
    ],
    [
      () => fromStateDict(Object.fromEntries(new nn.RNN(2, 3).stateDict()), "", { nonlinearity: null as never }),
      "Unknown nonlinearity 'null'",
    ],
    [() => fromStateDict(dict, 3 as never), "fromStateDict() expected a prefix, got: number"],
    [() => fromStateDict(7 as never), "expected a state dict, got: number"],
  ]);
});

it("computes weights that are there in parts, and warns of it", async () => {
  const bytes = readFileSync(new URL("../fixtures/checkpoint/opaque/parts.pt", import.meta.url));
  const { stateDict } = stateDictOf(await load(bytes));
  const expected = JSON.parse(
    readFileSync(new URL("../fixtures/checkpoint/opaque/expected.json", import.meta.url), "utf8"),
  )["parts.pt"];
  const gru = fromStateDict(stateDict, "old", { kind: "GRU" });
  expectClose(gru.weight_hh_l0, tensor(expected["old.weight_hh_l0"]), float32);
  const pruned = fromStateDict(stateDict, "pruned", { kind: "Linear" });
  expectClose(pruned.weight, tensor(expected["pruned.weight"]), float32);
  expectClose(pruned.bias as Tensor, tensor(expected["pruned.bias"]), float32);
  expect(warnings).toEqual([
    "elman: the GRU at 'old' has weights computed from their parts: 'old.weight_hh_l0' of old.weight_hh_l0_g and old.weight_hh_l0_v (weight_norm)",
    expect.stringContaining(
      "the Linear at 'pruned' has weights computed from their parts: 'pruned.weight' of pruned.weight_orig",
    ),
  ]);
});
