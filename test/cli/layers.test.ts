import { describe, expect, it } from "vitest";
import { Checkpoint } from "../../src/checkpoint/index.js";
import {
  builtLayer,
  type ChosenLayer,
  chooseLayer,
  isCell,
  parseChain,
  placeText,
  reprOf,
  runsOverTime,
} from "../../src/cli/layers.js";
import { Terminal } from "../../src/cli/terminal.js";
import { fromStateDict, inferLayers, type LayerKind } from "../../src/convert/index.js";
import { nn, tensor } from "../../src/index.js";
import { Net, Recorded } from "./support.js";

const checkpointOf = (module: nn.Module) => new Checkpoint([...module.stateDict()], "torch");
const choose = (module: nn.Module, options: { layer?: string; kind?: LayerKind; key?: string } = {}) =>
  chooseLayer("m.pt", checkpointOf(module), options);
const told = ({ prefix, candidate }: ChosenLayer) => [prefix, candidate.kind];

describe("the repr", () => {
  it.each([
    new nn.RNN(2, 3),
    new nn.LSTM(2, 4, { numLayers: 2, bidirectional: true, projSize: 3, bias: false }),
    new nn.GRU(2, 3, { numLayers: 3, dtype: "float64" }),
    new nn.RNNCell(2, 3),
    new nn.LSTMCell(2, 3, { bias: false }),
    new nn.GRUCell(2, 3),
    new nn.Linear(2, 3),
    new nn.Linear(2, 3, { bias: false }),
    new nn.Embedding(4, 3),
    new nn.LayerNorm(3),
    new nn.LayerNorm(3, { bias: false }),
  ])("of a %s is what the layer itself prints", (layer) => {
    const stateDict = layer.stateDict();
    const candidates = inferLayers(stateDict).layers.flatMap((one) => one.candidates);
    for (const candidate of candidates) {
      const known = layer instanceof nn.RNN || layer instanceof nn.RNNCell ? { nonlinearity: "tanh" as const } : {};
      const built = fromStateDict(stateDict, "", { kind: candidate.kind, ...known });
      expect(reprOf(candidate)).toBe(String(built));
    }
    expect(candidates.map(reprOf)).toContain(String(layer));
  });
});

describe("which layer is meant", () => {
  it("the one that is named, at the top too", () => {
    expect(told(choose(new Net(), { layer: "head" }))).toEqual(["head", "Linear"]);
    for (const layer of ["", "(root)"]) expect(told(choose(new nn.GRU(2, 3), { layer }))).toEqual(["", "GRU"]);
    const named = new Checkpoint([["(root).weight", tensor([[1]])], ...new nn.GRU(2, 3).stateDict()], "torch");
    expect(told(chooseLayer("m.pt", named, { layer: "(root)", kind: "Linear" }))).toEqual(["(root)", "Linear"]);
  });

  it("the only recurrent one, or the only one", () => {
    expect(told(choose(new nn.ModuleList([new nn.Linear(2, 3), new nn.GRU(2, 3)])))).toEqual(["1", "GRU"]);
    expect(told(choose(new nn.Linear(2, 3)))).toEqual(["", "Linear"]);
  });

  it("of two kinds the one that is said", () => {
    for (const kind of ["Linear", "Embedding"] as const) {
      expect(told(choose(new nn.Embedding(4, 3), { kind }))).toEqual(["", kind]);
    }
  });

  it("under a key", () => {
    const [a, b] = [new nn.GRU(2, 3), new nn.RNN(2, 3)];
    const checkpoint = new Checkpoint([...Object.entries({ a: a.stateDict(), b: b.stateDict() })], "torch");
    expect(told(chooseLayer("m.pt", checkpoint as Checkpoint, { key: "b" }))).toEqual(["", "RNN"]);
    expect(() => chooseLayer("m.pt", checkpoint as Checkpoint, {})).toThrow("several state dicts, 'a', 'b'");
  });

  it("or what there is instead of a key", () => {
    const checkpoint = new Checkpoint([["a", new nn.GRU(2, 3).stateDict()]], "torch");
    expect(() => chooseLayer("m.pt", checkpoint, { key: "a.b" })).toThrow("found no 'a.b'; there are: a");
  });

  it("or one sentence why none", () => {
    expect(() => choose(new Net())).toThrow(
      "m.pt has several layers, so name one with --layer: 'lstm' (LSTM), 'cell' (GRUCell)",
    );
    expect(() => choose(new Net(), { layer: "decoder" })).toThrow(
      "m.pt has no layer 'decoder'; it has 'embedding' (Embedding or Linear), 'lstm' (LSTM), 'cell' (GRUCell), 'norm' (LayerNorm), 'head' (Linear)",
    );
    expect(() => choose(new Net(), { layer: "embedding" })).toThrow(
      "m.pt: names and shapes do not decide what stands at 'embedding', so say --kind Embedding or --kind Linear if it is one",
    );
    expect(() => choose(new Net(), { layer: "norm" })).toThrow("so say --kind LayerNorm if it is one");
    expect(() => choose(new nn.Embedding(4, 3))).toThrow("what stands at '(root)', so say --kind Linear");
    expect(() => choose(new Net(), { layer: "(root)" })).toThrow("m.pt has no layer '(root)'; it has");
    expect(() => choose(new Net(), { layer: "head", kind: "Embedding" })).toThrow(
      "m.pt: what stands at 'head' is no Embedding, but Linear",
    );
  });

  it("or what is wrong with it", () => {
    const broken = new Checkpoint(
      [["a.weight_ih_l0", tensor([[1]])], ...new nn.Linear(1, 1).stateDict()].map((one) => one as never),
      "torch",
    );
    expect(() => chooseLayer("m.pt", broken, { layer: "a" })).toThrow(
      "m.pt has no layer 'a': 'a.weight_hh_l0' is missing",
    );
    const top = new Checkpoint([["scale", tensor([1])], ...new Net().stateDict()], "torch");
    expect(() => chooseLayer("m.pt", top, { layer: "(root)" })).toThrow("no layer '(root)': no layer known here has");
    const none = new Checkpoint([["a.scale", tensor([1])]], "torch");
    expect(() => chooseLayer("m.pt", none as Checkpoint, {})).toThrow(
      "m.pt has no layer that is known here: no layer known here has a parameter 'scale'",
    );
  });
});

describe("a chain", () => {
  it("names places, and kinds where names and shapes leave two", () => {
    expect(parseChain("emb:Embedding, a.lstm,x:y,(root)")).toEqual([
      { layer: "emb", kind: "Embedding" },
      { layer: "a.lstm", kind: undefined },
      { layer: "x:y", kind: undefined },
      { layer: "(root)", kind: undefined },
    ]);
    for (const text of ["", ",", "a,", ":GRU"]) {
      expect(() => parseChain(text)).toThrow(
        `--layers expected places of layers with commas between them, got: '${text}'`,
      );
    }
  });
});

it("tells layers that run over time, cells, and others", () => {
  const { lstm, cell, head } = new Net();
  expect([lstm, cell, head].map(runsOverTime)).toEqual([true, false, false]);
  expect([lstm, cell, head].map(isCell)).toEqual([false, true, false]);
});

it("builds with options that the kind takes, and refuses others by their flags", () => {
  const build = (module: nn.Module, options: object) =>
    builtLayer(choose(module), options, new Terminal(new Recorded(), new Recorded(), false));
  expect(String(build(new nn.RNN(2, 3), { nonlinearity: "relu", batchFirst: true }))).toBe(
    "RNN(2, 3, batch_first=True)",
  );
  expect(() => build(new nn.GRUCell(2, 3), { batchFirst: true })).toThrow(
    "--batch-first is for layers of kind RNN, LSTM, GRU, got: the GRUCell at '(root)'",
  );
  expect(() => build(new nn.LSTM(2, 3), { nonlinearity: "relu" })).toThrow(
    "--nonlinearity is for layers of kind RNN, RNNCell, got: the LSTM at '(root)'",
  );
});

it("names places", () => {
  expect([placeText(""), placeText("a.b\u001b")]).toEqual(["(root)", "a.b\\u{1b}"]);
});
