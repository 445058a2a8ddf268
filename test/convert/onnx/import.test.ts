/** Layers out of ONNX models: those that PyTorch's exporters write, every form of the weights, and every refusal. */

import { describe, expect, it } from "vitest";
import { fromOnnx } from "../../../src/convert/index.js";
import {
  encodeGraph,
  encodeModel,
  type OnnxAttribute,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValueInfo,
} from "../../../src/convert/onnx/proto.js";
import { nn, setWarningHandler, tensor } from "../../../src/index.js";
import { fixture, plainLayer, run } from "../../support/recurrent.js";
import { refuses } from "../../support/refuses.js";
import { expectClose, float32 } from "../../support/tolerance.js";

interface Case {
  name: string;
  layers: { kind: string; weights: Record<string, number[]> }[];
  input: number[][][];
  output: number[][][];
  model: string;
}
const { torch, cases } = fixture<{ torch: string; cases: Case[] }>("onnx.json");

describe(`what PyTorch ${torch} exports`, () => {
  it("is there by both exporters", () => {
    expect(cases.map(({ layers }) => layers.map(({ kind }) => kind))).toEqual([
      ["LSTM", "LSTM", "GRU", "RNN_RELU", "RNN_TANH"],
      ["LSTM", "LSTM", "GRU"],
    ]);
  });

  it.each(cases)("$name: the same weights, the same output", ({ layers, input, output, model }) => {
    const found = fromOnnx(Buffer.from(model, "base64"));
    expect(found.map(({ layer }) => plainLayer(layer).mode)).toEqual(layers.map(({ kind }) => kind));
    let x = tensor(input);
    found.forEach(({ layer }, i) => {
      // An exporter that finds no biases may write zeros.
      const weights = [...layer.stateDict()].filter(([name]) => name in layers[i].weights || !/bias/.test(name));
      expect(Object.fromEntries(weights.map(([name, x]) => [name, x.toNested()]))).toEqual(layers[i].weights);
      x = run(plainLayer(layer), x).output;
    });
    expectClose(x, tensor(output), float32);
  });

  it("has names", () => {
    const names = cases.map(({ model }) => fromOnnx(Buffer.from(model, "base64")).map(({ name }) => name));
    expect(names[0]).toEqual(["/layers.0/LSTM", "/layers.1/LSTM", "/layers.2/GRU", "/layers.3/RNN", "/layers.4/RNN"]);
    expect(names[1].length).toBe(3);
    expect(names[1].every((name) => /^node_/.test(name))).toBe(true);
  });
});

const text = (value: string): Uint8Array => Uint8Array.from(value, (letter) => letter.charCodeAt(0));
const ints = (values: Record<string, number>): OnnxAttribute[] =>
  Object.entries(values).map(([name, i]) => ({ name, type: 2, i }));
const called = (...names: string[]): OnnxAttribute => ({ name: "activations", type: 8, strings: names.map(text) });
const numbered = (name: string, dims: number[], from = 1): OnnxTensor => {
  const count = dims.reduce((a, b) => a * b, 1);
  return { name, dims, dataType: 1, floatData: Array.from({ length: count }, (_, i) => i + from) };
};

/** A model of one RNN of 1 unit and 2 features, which a test changes. */
function model(
  node: OnnxNode = {},
  tensors: readonly OnnxTensor[] = [numbered("W", [1, 1, 2]), numbered("R", [1, 1, 1], 3), numbered("B", [1, 2], 4)],
  before: readonly OnnxNode[] = [],
  input: readonly OnnxValueInfo[] = [{ name: "x" }],
): Uint8Array {
  const rnn = { opType: "RNN", name: "node", input: ["x", "W", "R", "B"], output: ["y"], ...node };
  return encodeModel({ irVersion: 8, graph: { node: [...before, rnn], initializer: tensors, input } });
}
/** One layer of a model, as its numbers. */
function numbers(bytes: Uint8Array): Record<string, unknown> {
  const [{ layer }] = fromOnnx(bytes);
  return Object.fromEntries([...layer.stateDict()].map(([name, x]) => [name, x.toNested()]));
}
const expected = { weight_ih_l0: [[1, 2]], weight_hh_l0: [[3]], bias_ih_l0: [4], bias_hh_l0: [5] };

describe("every form", () => {
  it("float_data, raw_data that begins anywhere, double_data and raw doubles", () => {
    expect(numbers(model())).toEqual(expected);
    for (const dataType of [1, 11]) {
      const make = dataType === 1 ? Float32Array : Float64Array;
      const raw = (name: string, dims: number[], values: number[]): OnnxTensor => ({
        name,
        dims,
        dataType,
        rawData: new Uint8Array(make.from(values).buffer),
      });
      const bytes = model({}, [raw("W", [1, 1, 2], [1, 2]), raw("R", [1, 1, 1], [3]), raw("B", [1, 2], [4, 5])]);
      expect(numbers(bytes)).toEqual(expected);
      const shifted = new Uint8Array(bytes.length + 1);
      shifted.set(bytes, 1);
      expect(numbers(shifted.subarray(1))).toEqual(expected);
      expect(fromOnnx(bytes)[0].layer.weight_ih_l0.dtype).toBe(dataType === 1 ? "float32" : "float64");
    }
    const doubles = [
      ["W", [1, 1, 2], [0.1, 2]],
      ["R", [1, 1, 1], [3]],
    ] as const;
    const listed = doubles.map(([name, dims, doubleData]) => ({ name, dims, dataType: 11, doubleData }));
    expect(numbers(model({ input: ["x", "W", "R"] }, listed))).toEqual({
      weight_ih_l0: [[0.1, 2]],
      weight_hh_l0: [[3]],
    });
  });

  it("Constant and Identity nodes", () => {
    const constant: OnnxNode = {
      opType: "Constant",
      output: ["R"],
      attribute: [{ name: "value", type: 4, t: numbered("", [1, 1, 1], 3) }],
    };
    const identity: OnnxNode = { opType: "Identity", input: ["w"], output: ["W"] };
    const again: OnnxNode = { opType: "Identity", input: ["W"], output: ["V"] };
    const tensors = [numbered("w", [1, 1, 2]), numbered("B", [1, 2], 4)];
    expect(numbers(model({ input: ["x", "V", "R", "B"] }, tensors, [constant, identity, again]))).toEqual(expected);
  });

  it("initial states: zeros, or given to the model", () => {
    const zero = [numbered("h", [1, 1, 1], 0), numbered("W", [1, 1, 2]), numbered("R", [1, 1, 1], 3)];
    const tensors = [...zero, numbered("B", [1, 2], 4), numbered("", [1, 1, 1])];
    expect(numbers(model({ input: ["x", "W", "R", "B", "", "h"] }, tensors))).toEqual(expected);
    const inputs = ["x", "lengths", "given", "cell"].map((name) => ({ name }));
    const given = { input: ["x", "W", "R", "B", "lengths", "given", "cell"] };
    expect(numbers(model(given, tensors, [], inputs))).toEqual(expected);
  });

  it("activations, by any spelling, and attributes that change nothing", () => {
    const modes = [
      [called("TANH")],
      [called("relu")],
      [...ints({ hidden_size: 1, layout: 0, output_sequence: 1 })],
    ].map((attribute) => plainLayer(fromOnnx(model({ attribute }))[0].layer).mode);
    expect(modes).toEqual(["RNN_TANH", "RNN_RELU", "RNN_TANH"]);
  });

  it("no name: that of the output; another domain: not a layer", () => {
    expect(fromOnnx(model({ name: "", output: ["", "last"] }))[0].name).toBe("last");
    expect(fromOnnx(model({ domain: "ai.onnx" })).length).toBe(1);
    for (const other of [{ domain: "com.example" }, { opType: "toString" }]) {
      expect(() => fromOnnx(model(other))).toThrow("fromOnnx() expected RNN, LSTM or GRU nodes, got: ");
    }
  });

  it("in a branch within a function, with an attribute of the call", () => {
    const attribute = [{ name: "activations", type: 8, refAttrName: "kind" }];
    const rnn = { opType: "RNN", name: "node", input: ["x", "W", "R", "B"], output: ["out"], attribute };
    const branch = { name: "then_branch", type: 5, g: encodeGraph({ node: [rnn] }) };
    const choice = { opType: "If", input: ["c"], output: ["y"], attribute: [branch] };
    const inside = { name: "Layer", domain: "own", input: ["x", "W", "R", "B", "c"], output: ["y"], node: [choice] };
    const [W, R] = [numbered("W", [1, 1, 2]), numbered("R", [1, 1, 1], 3)];
    const kind = { ...called("Relu"), name: "kind" };
    const call = {
      opType: "Layer",
      domain: "own",
      name: "call",
      input: ["x", "W", "R"],
      output: ["y"],
      attribute: [kind],
    };
    const bytes = encodeModel({ graph: { node: [call], initializer: [W, R] }, functions: [inside] });
    const [{ name, layer: found }] = fromOnnx(bytes);
    const layer = plainLayer(found);
    expect([name, layer.mode, layer.bias]).toEqual(["call/node", "RNN_RELU", false]);
  });

  it("blocks of gates, of both directions", () => {
    const gate = (name: string, dims: number[]) => numbered(name, dims, 0);
    const lstm = model(
      { opType: "LSTM", attribute: [{ name: "direction", s: text("bidirectional") }, ...ints({ input_forget: 0 })] },
      [gate("W", [2, 4, 1]), gate("R", [2, 4, 1]), gate("B", [2, 8])],
    );
    expect(
      Object.fromEntries(Object.entries(numbers(lstm)).map(([name, x]) => [name, (x as number[]).flat()])),
    ).toEqual({
      weight_ih_l0: [0, 2, 3, 1],
      weight_hh_l0: [0, 2, 3, 1],
      bias_ih_l0: [0, 2, 3, 1],
      bias_hh_l0: [4, 6, 7, 5],
      weight_ih_l0_reverse: [4, 6, 7, 5],
      weight_hh_l0_reverse: [4, 6, 7, 5],
      bias_ih_l0_reverse: [8, 10, 11, 9],
      bias_hh_l0_reverse: [12, 14, 15, 13],
    });
    const gru = model({ opType: "GRU", input: ["x", "W", "R"], attribute: ints({ linear_before_reset: 1 }) }, [
      gate("W", [1, 3, 1]),
      gate("R", [1, 3, 1]),
    ]);
    expect(fromOnnx(gru)[0].layer).toBeInstanceOf(nn.GRU);
    expect(numbers(gru)).toEqual({ weight_ih_l0: [[1], [0], [2]], weight_hh_l0: [[1], [0], [2]] });
  });

  it("peepholes, of both directions", () => {
    const input = ["x", "W", "R", "", "", "", "", "P"];
    const attribute = [{ name: "direction", s: text("bidirectional") }];
    const tensors = [numbered("W", [2, 4, 1]), numbered("R", [2, 4, 1]), numbered("P", [2, 3], 0)];
    const found = numbers(model({ opType: "LSTM", input, attribute }, tensors));
    expect(found).toMatchObject({ weight_ci_l0: [0], weight_co_l0: [1], weight_cf_l0: [2] });
    expect(found).toMatchObject({ weight_ci_l0_reverse: [3], weight_co_l0_reverse: [4], weight_cf_l0_reverse: [5] });
    expect(found.weight_ih_l0).toEqual([[1], [3], [4], [2]]);
  });
});

describe("what it refuses", () => {
  const W = numbered("W", [1, 1, 2]);
  const R = numbered("R", [1, 1, 1], 3);
  const B = numbered("B", [1, 2], 4);
  const start = "fromOnnx(): RNN 'node'";
  const gates = (opType: string, G: number, node: OnnxNode = {}) =>
    model({ opType, input: ["x", "W", "R"], ...node }, [numbered("W", [1, G, 1]), numbered("R", [1, G, 1])]);
  const given = (attribute: OnnxAttribute[]) => model({ attribute });
  const weights = (...tensors: OnnxTensor[]) =>
    model(
      {},
      [...tensors, W, R, B].filter((one, i, all) => all.findIndex(({ name }) => name === one.name) === i),
    );
  refuses([
    [() => fromOnnx("x" as never), "fromOnnx() expected a Uint8Array, got: string"],
    [() => fromOnnx(new Uint8Array(0)), "fromOnnx() expected an ONNX model, but the bytes have no graph"],
    [
      () => fromOnnx(text("PK\u0003\u0004 is no protobuf")),
      "fromOnnx() expected an ONNX model, but the bytes are none: ",
    ],
    [
      () => fromOnnx(model().subarray(0, 40)),
      "fromOnnx() expected an ONNX model, but the bytes are none: premature EOF",
    ],
    [
      () => fromOnnx(gates("GRU", 3, { input: ["x", "W", "R", "", "", "", "", "R"] })),
      "fromOnnx(): GRU 'node' expected no input P, which an LSTM alone has",
    ],
    [
      () => fromOnnx(gates("LSTM", 4, { input: ["x", "W", "R", "", "", "", "", "P"] })),
      "fromOnnx(): LSTM 'node' expected numbers in the file, but P ('P') stands nowhere in the file",
    ],
    [
      () => fromOnnx(gates("LSTM", 4, { input: ["x", "W", "R", "", "", "", "", "R"] })),
      "fromOnnx(): LSTM 'node' expected P of shape [1, 3], got: [1, 4, 1]",
    ],
    [
      () => fromOnnx(gates("LSTM", 4, { attribute: ints({ input_forget: 1 }) })),
      "has the attribute input_forget = 1, which PyTorch's LSTM cannot follow",
    ],
    [() => fromOnnx(given([{ name: "clip", type: 1, f: 3 }])), `${start} has the attribute clip, which`],
    [() => fromOnnx(given(ints({ secret: 1 }))), `${start} has the attribute secret = 1, which`],
    [
      () => fromOnnx(given([called("Affine")])),
      `${start} expected the activations of PyTorch's RNN, Tanh, got: Affine`,
    ],
    [() => fromOnnx(given([called("Tanh", "Relu")])), "PyTorch's RNN, Tanh, got: Tanh, Relu"],
    [
      () => fromOnnx(gates("LSTM", 4, { attribute: [called("Sigmoid", "Tanh", "Relu")] })),
      "PyTorch's LSTM, Sigmoid, Tanh, Tanh, got: Sigmoid, Tanh, Relu",
    ],
    [
      () => fromOnnx(gates("LSTM", 4, { attribute: [called("Relu")] })),
      "PyTorch's LSTM, Sigmoid, Tanh, Tanh, got: Relu",
    ],
    [
      () => fromOnnx(given([{ name: "direction", s: text("sideways") }])),
      `${start} expected direction forward, reverse or bidirectional, got: sideways`,
    ],
    [() => fromOnnx(given(ints({ hidden_size: 2 }))), `${start} expected R for hidden_size 2, got: 1`],
    [
      () => fromOnnx(model({ input: ["x", "w", "R"] })),
      `${start} expected numbers in the file, but W ('w') stands nowhere in the file`,
    ],
    [
      () => fromOnnx(model({}, [R, B], [], [{ name: "x" }, { name: "W" }])),
      `${start} expected numbers in the file, but W ('W') is an input, whose numbers are not in the file`,
    ],
    [
      () => fromOnnx(model({}, [R, B, numbered("w", [1, 1, 2])], [{ opType: "Sin", input: ["w"], output: ["W"] }])),
      `${start} expected numbers in the file, but W ('W') is computed by a Sin`,
    ],
    [() => fromOnnx(model({ input: [] })), `${start} expected numbers in the file, but W ('') is left out`],
    [
      () => fromOnnx(model({ input: ["x", "W", "R", "", "", "h"] }, [W, R, numbered("h", [1, 2, 3], 0)])),
      `${start} expected initial_h of shape [1, N, 1], got: [1, 2, 3]`,
    ],
    [
      () =>
        fromOnnx(
          model(
            { input: ["x", "W", "R", "", "", "h"] },
            [W, R, numbered("s", [1, 1, 1])],
            [{ opType: "Sin", input: ["s"], output: ["h"] }],
          ),
        ),
      `${start} begins in a state (initial_h) that is computed by a Sin`,
    ],
    [
      () => {
        const input = ["x", "W", "R", "", "", "h", "x"];
        return fromOnnx(
          model({ opType: "LSTM", input }, [
            numbered("W", [1, 4, 1]),
            numbered("R", [1, 4, 1]),
            numbered("h", [1, 1, 1]),
          ]),
        );
      },
      "fromOnnx(): LSTM 'node' begins in a state of which the file fixes one half and the caller gives the other",
    ],
    [
      () =>
        fromOnnx(
          model({ input: ["x", "W", "R", "", "n"] }, [
            W,
            R,
            { name: "n", dims: [1], dataType: 6, rawData: Uint8Array.of(3, 0, 0, 0) },
          ]),
        ),
      `${start} has fixed lengths (sequence_lens), which no layer here has`,
    ],
    [
      () => fromOnnx(weights({ ...W, dataType: 8 })),
      `${start}: 'W' expected numbers of 8 bits or more, got ONNX's data type 8`,
    ],
    [() => fromOnnx(weights({ ...W, dataType: 6, int32Data: [1, 2] })), `${start} expected W as floats, got: int32`],
    [
      () => fromOnnx(weights({ ...W, dataLocation: 1, externalData: [{ key: "location", value: "w.bin" }] })),
      `${start}: 'W' lies in a file of its own, 'w.bin': give its bytes as { externalData: (location) => bytes }`,
    ],
    [
      () => {
        const externalData = ["location", "offset", "length"].map((key) => ({ key, value: "4" }));
        const bytes = weights({ ...W, dataLocation: 1, externalData });
        return fromOnnx(bytes, { externalData: () => new Uint8Array(7) });
      },
      `${start}: 'W' expected bytes 4 to 8 of '4', which has 7`,
    ],
    [
      () => fromOnnx(weights({ ...W, dataLocation: 1 }), { externalData: (() => "x") as never }),
      "fromOnnx() expected externalData to give a Uint8Array for '', got: string",
    ],
    [() => fromOnnx(model(), { files: {} } as never), "fromOnnx() got an unexpected keyword argument 'files'"],
    [() => fromOnnx(weights({ ...W, dims: [1, 1, 3] })), `${start}: 'W' expected numbers for shape [1, 1, 3], got: 2`],
    [
      () => fromOnnx(weights({ ...W, dims: [1, -1, -2] })),
      `${start}: 'W' expected numbers for shape [1, -1, -2], got: 2`,
    ],
    [() => fromOnnx(weights({ ...W, dims: [2 ** 31, 2 ** 31, 2 ** 31] })), "got: 2"],
    [
      () => fromOnnx(weights({ ...W, floatData: [], rawData: new Uint8Array(7) })),
      `${start}: 'W' expected numbers for shape [1, 1, 2], got: 1.75`,
    ],
    [() => fromOnnx(weights(numbered("W", [1, 2]))), `${start} expected W of shape [1, 1, 0], got: [1, 2]`],
    [() => fromOnnx(weights(numbered("W", [2, 1, 2]))), `${start} expected W of shape [1, 1, 2], got: [2, 1, 2]`],
    [() => fromOnnx(weights(numbered("R", [1, 2, 1]))), `${start} expected R of shape [1, 1, 1], got: [1, 2, 1]`],
    [() => fromOnnx(weights(numbered("B", [1, 3]))), `${start} expected B of shape [1, 2], got: [1, 3]`],
    [() => fromOnnx(weights(numbered("R", [1, 1, 0]))), `${start} expected W of shape [1, 0, 2], got: [1, 1, 2]`],
    [
      () => fromOnnx(model({ input: ["x", "W", "R"] }, [numbered("W", [1, 0, 0]), numbered("R", [1, 0, 0])])),
      "expected W of shape [1, 0, 0], got: [1, 0, 0]",
    ],
    [
      () => fromOnnx(weights({ name: "R", dims: [1, 1, 1], dataType: 11, doubleData: [3] })),
      `${start} expected R as float32 like W, got: float64`,
    ],
  ]);
});

it("shares weights between nodes, but not without end", () => {
  const tensors = [numbered("W", [1, 1, 5000]), numbered("R", [1, 1, 1])];
  const nodes = (count: number) =>
    Array.from({ length: count }, (_, i): OnnxNode => ({ opType: "RNN", name: `${i}`, input: ["x", "W", "R"] }));
  const shared = (count: number) => model({ input: ["x", "W", "R"] }, tensors, nodes(count));
  expect(fromOnnx(shared(40)).length).toBe(41);
  expect(() => fromOnnx(shared(200))).toThrow("it makes too many of them");
});

it("never fails in another way, whatever is changed in a model", () => {
  const bytes = Buffer.from(cases[0].model, "base64");
  const before = setWarningHandler(() => {});
  let refused = 0;
  let read = 0;
  for (let i = 0; i < bytes.length; i += 37) {
    const changed = Uint8Array.from(bytes);
    changed[i] ^= 1 << (i % 8);
    try {
      read += fromOnnx(changed).length;
    } catch (error) {
      expect(`${error}`).toMatch(/^ElmanError: fromOnnx\(\)/);
      refused++;
    }
  }
  setWarningHandler(before);
  expect(refused).toBeGreaterThan(10);
  expect(read).toBeGreaterThan(100);
});
