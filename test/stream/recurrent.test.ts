/** Layers from named weights: which names and shapes are taken, and every sentence with which others are refused. */

import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type CheckpointValue, encodeSafetensors, encodeTorch, load, stateDictOf } from "../../src/checkpoint/index.js";
import { nn, noGrad, randn, setDefaultDevice, type Tensor } from "../../src/index.js";
import { GRU, LSTM, type NamedWeight, RNN } from "../../src/stream/index.js";
import { expectError, run, wrong } from "../support/recurrent.js";
import { expectClose, float32 } from "../support/tolerance.js";

/** The weights of a module as a reader of safetensors gives them. */
function named(module: nn.Module, prefix = ""): Map<string, NamedWeight> {
  const entries = [...module.namedParameters()];
  return new Map(entries.map(([name, p]) => [prefix + name, { shape: p.shape, data: p.toArray() as Float32Array }]));
}

/** Another weight of the same names. */
const zeros = (...shape: number[]): NamedWeight => ({
  shape,
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)),
});

/** All steps of x [T, N, C], as one array. */
function steps(stream: ReturnType<LSTM["stream"]>, x: Tensor): Float32Array {
  const [T, N] = x.shape;
  const output = new Float32Array(T * N * stream.outputSize);
  stream.run(x.toArray() as Float32Array, output, T);
  return output;
}

const layers = [
  { name: "RNN", make: () => new nn.RNN(5, 6, { numLayers: 2 }), Type: RNN },
  { name: "RNN relu", make: () => new nn.RNN(5, 6, { nonlinearity: "relu" }), Type: RNN, relu: true },
  { name: "GRU", make: () => new nn.GRU(5, 6, { numLayers: 3 }), Type: GRU },
  { name: "GRU without biases", make: () => new nn.GRU(5, 6, { bias: false }), Type: GRU },
  { name: "LSTM", make: () => new nn.LSTM(5, 6, { numLayers: 2 }), Type: LSTM },
  { name: "LSTM projected", make: () => new nn.LSTM(5, 6, { numLayers: 2, projSize: 3 }), Type: LSTM },
  { name: "LSTM projected to one, no biases", make: () => new nn.LSTM(5, 6, { bias: false, projSize: 1 }), Type: LSTM },
];
const cells = [
  { name: "RNNCell", make: () => new nn.RNNCell(5, 6), Type: RNN },
  { name: "GRUCell", make: () => new nn.GRUCell(5, 6, { bias: false }), Type: GRU },
  { name: "LSTMCell", make: () => new nn.LSTMCell(5, 6), Type: LSTM },
];

describe.each(["wasm", "js"])("on %s, which the library has chosen", (device) => {
  beforeEach(() => setDefaultDevice(device));

  it.each(layers)("$name steps as the layer of nn runs", ({ make, Type, relu }) => {
    const layer = make();
    const x = randn([7, 3, 5]);
    const { output: whole } = noGrad(() => run(layer, x));
    const mine = new (Type as typeof RNN)(named(layer), relu ? { nonlinearity: "relu" } : {});
    expect([mine.inputSize, mine.hiddenSize, mine.numLayers, mine.projSize]).toEqual([
      ...[layer.inputSize, layer.hiddenSize, layer.numLayers, layer.projSize],
    ]);
    const stream = mine.stream({ batch: 3 });
    expect([stream.inputSize, stream.outputSize, stream.batch]).toEqual([5, layer.projSize || 6, 3]);
    const output = steps(stream, x);
    expectClose(output, whole.toArray(), float32);
    // The same device gives the same bits as the layer's own stream.
    const own = layer.stream({ batch: 3 });
    expect([...output]).toEqual([...steps(own, x)]);
    expect([...stream.getState()]).toEqual([...own.getState()]);
  });

  it.each(cells)("takes the names of $name", ({ make, Type }) => {
    const cell = make();
    const x = randn([4, 2, 5]);
    const mine = new Type(named(cell));
    expect([mine.numLayers, mine.projSize, mine.inputSize, mine.hiddenSize]).toEqual([1, 0, 5, 6]);
    expectClose(steps(mine.stream({ batch: 2 }), x), steps(cell.stream({ batch: 2 }), x), float32);
  });
});

describe("names", () => {
  const layer = new nn.GRU(2, 3, { numLayers: 2 });
  const x = randn([4, 1, 2]);
  let want: number[] = [];
  beforeAll(() => {
    want = [...steps(new GRU(named(layer)).stream(), x)];
  });

  it("may come as an object, in any order", () => {
    const turned = Object.fromEntries([...named(layer)].reverse());
    expect([...steps(new GRU(turned).stream(), x)]).toEqual(want);
  });

  it("may begin with a prefix, beside what does not", () => {
    const whole = new Map([
      ...named(new nn.GRU(5, 4), "encoder.other."),
      ...named(layer, "encoder.gru."),
      ...named(new nn.Linear(3, 2), "head."),
      ["encoder.gru.weight_norm", zeros(1)],
    ]);
    expect([...steps(new GRU(whole, { prefix: "encoder.gru." }).stream(), x)]).toEqual(want);
    expect(new GRU(whole, { prefix: "encoder.other." }).inputSize).toBe(5);
  });

  it("may be of a view of more numbers", () => {
    const views = [...named(layer)].map(([name, { shape, data }]) => {
      const more = new Float32Array(data.length + 7).fill(Number.NaN);
      more.set(data, 3);
      return [name, { shape, data: more.subarray(3, 3 + data.length) }] as const;
    });
    expect([...steps(new GRU(new Map(views)).stream(), x)]).toEqual(want);
  });

  it("are read when a stream is made, and again at refresh()", () => {
    const weights = named(layer);
    const gru = new GRU(weights);
    const stream = gru.stream();
    for (const { data } of weights.values()) data.fill(0);
    expect([...steps(stream, x)]).toEqual(want);
    expect([...steps(gru.stream(), x)]).toEqual(want.map(() => 0));
    stream.reset();
    stream.refresh();
    expect([...steps(stream, x)]).toEqual(want.map(() => 0));
  });
});

describe("refused", () => {
  const refused = (build: () => unknown, kind: "TypeError" | "ValueError", message: string) =>
    expectError(build, kind, message);
  const lstm = (change: Record<string, unknown>, ...gone: string[]) => {
    const weights = Object.fromEntries(named(new nn.LSTM(3, 4, { numLayers: 2 })));
    for (const name of gone) delete weights[name];
    return () => new LSTM(wrong({ ...weights, ...change }));
  };

  it("what is no weights", () => {
    refused(() => new LSTM(wrong(undefined)), "TypeError", "LSTM expected weights by name, got: undefined");
    refused(() => new GRU(wrong(null)), "TypeError", "GRU expected weights by name, got: null");
    refused(() => new RNN(wrong("w")), "TypeError", "RNN expected weights by name, got: string");
    const none = "LSTM: expected a weight named weight_ih_l0, got:";
    refused(() => new LSTM({}), "ValueError", `${none} none`);
    refused(() => new LSTM({ a: zeros(1), b: zeros(1) }), "ValueError", `${none} a, b`);
    const prefixed =
      "LSTM: expected a weight named rnn.weight_ih_l0, got: weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0";
    refused(() => new LSTM(named(new nn.LSTM(3, 4)), { prefix: "rnn." }), "ValueError", prefixed);
    const entry = "LSTM: expected weight_ih_l0 as a shape and a Float32Array, got:";
    refused(lstm({ weight_ih_l0: [1, 2] }), "TypeError", `${entry} undefined and undefined`);
    refused(lstm({ weight_ih_l0: null }), "TypeError", `${entry} undefined and undefined`);
    refused(lstm({ weight_ih_l0: { shape: 48, data: [1] } }), "TypeError", `${entry} 48 and Array`);
    const double = { shape: [16, 3], data: new Float64Array(48) };
    refused(lstm({ weight_ih_l0: double }), "TypeError", `${entry} Array and Float64Array`);
    const wide = new nn.LSTM(3, 4, { dtype: "float64" }).stateDict();
    refused(() => new LSTM(wide), "TypeError", `${entry} Array and Float64Array`);
    const sizes = "LSTM: expected weight_ih_l0 with a shape of whole numbers, at least 0, got:";
    const data = new Float32Array(48);
    refused(lstm({ weight_ih_l0: { shape: [-16, -3], data } }), "ValueError", `${sizes} [-16, -3]`);
    refused(lstm({ weight_ih_l0: { shape: [16, "3"], data } }), "ValueError", `${sizes} [16, 3]`);
    refused(lstm({ weight_ih_l0: { shape: [32, 1.5], data } }), "ValueError", `${sizes} [32, 1.5]`);
  });

  it("options that do not exist or are of another type", () => {
    const weights = named(new nn.RNN(3, 4));
    const unknown = (name: string, option: string) => `${name} got an unexpected keyword argument '${option}'`;
    refused(() => new LSTM(weights, wrong({ numLayers: 2 })), "TypeError", unknown("LSTM", "numLayers"));
    refused(() => new GRU(weights, wrong({ nonlinearity: "relu" })), "TypeError", unknown("GRU", "nonlinearity"));
    refused(() => new RNN(weights, wrong({ batch: 2 })), "TypeError", unknown("RNN", "batch"));
    refused(() => new RNN(weights, wrong(null)), "TypeError", "RNN expected its options as an object, got: null");
    const prefix = "prefix should be of type string, got: number";
    refused(() => new RNN(weights, wrong({ prefix: 1 })), "TypeError", prefix);
    const garbage = "Unknown nonlinearity 'garbage'. Select from 'tanh' or 'relu'.";
    refused(() => new RNN(weights, wrong({ nonlinearity: "garbage" })), "ValueError", garbage);
    const batch = "RNN.stream() expected batch as a whole number, at least 1, got: 0";
    refused(() => new RNN(weights).stream({ batch: 0 }), "ValueError", batch);
    const option = "RNN.stream() got an unexpected keyword argument 'size'";
    refused(() => new RNN(weights).stream(wrong({ size: 1 })), "TypeError", option);
  });

  it("two directions", () => {
    const weights = named(new nn.LSTM(3, 4, { bidirectional: true }), "rnn.");
    const message = "LSTM: expected weights of one direction, got a bidirectional layer, which cannot stream";
    refused(() => new LSTM(weights, { prefix: "rnn." }), "ValueError", message);
  });

  it("weights that are missing", () => {
    const missing = (name: string) => `LSTM: expected a weight named ${name}, which is missing`;
    for (const name of ["weight_hh_l0", "weight_ih_l1", "weight_hh_l1", "bias_ih_l0", "bias_hh_l0", "bias_hh_l1"]) {
      refused(lstm({}, name), "ValueError", missing(name));
    }
    const projected = named(new nn.LSTM(3, 4, { numLayers: 2, projSize: 2 }));
    projected.delete("weight_hr_l1");
    refused(() => new LSTM(projected), "ValueError", missing("weight_hr_l1"));
    // Layers are counted.
    refused(lstm({ weight_ih_l3: zeros(16, 4) }), "ValueError", missing("weight_ih_l2"));
    refused(lstm({ weight_hr_l1: zeros(2, 4) }), "ValueError", missing("weight_hr_l0"));
  });

  it("weights that no such layer has", () => {
    const gru = new Map([...named(new nn.GRU(3, 4), "g."), ["g.weight_hr_l0", zeros(2, 4)]]);
    const message = "GRU: expected the weights of num_layers=1, bias=true, proj_size=0, got also g.weight_hr_l0";
    refused(() => new GRU(gru, { prefix: "g." }), "ValueError", message);
    const both = new Map([...named(new nn.LSTM(3, 4)), ...named(new nn.LSTMCell(3, 4))]);
    const also = "LSTM: expected the weights of num_layers=1, bias=true, proj_size=0, got also weight_ih_l0";
    refused(() => new LSTM(both), "ValueError", also);
  });

  it("weights of another size", () => {
    const sized = (name: string, expected: string, came: string) =>
      `LSTM: expected ${name} of size [${expected}], got [${came}]`;
    refused(lstm({ weight_hh_l0: zeros(16, 5) }), "ValueError", sized("weight_hh_l0", "16, 4", "16, 5"));
    refused(lstm({ weight_ih_l1: zeros(16, 3) }), "ValueError", sized("weight_ih_l1", "16, 4", "16, 3"));
    refused(lstm({ bias_hh_l1: zeros(16, 1) }), "ValueError", sized("bias_hh_l1", "16", "16, 1"));
    refused(lstm({ weight_ih_l0: zeros(16) }), "ValueError", sized("weight_ih_l0", "16, 0", "16"));
    const count = "LSTM: expected bias_ih_l0 of size [16] with 16 floats, got: 15";
    refused(lstm({ bias_ih_l0: { shape: [16], data: new Float32Array(15) } }), "ValueError", count);
    const rows = (G: number, came: number) => `expected weight_ih_l0 with ${G}·hidden_size rows, got: ${came}`;
    refused(lstm({ weight_ih_l0: zeros(18, 3) }), "ValueError", `LSTM: ${rows(4, 18)}`);
    refused(lstm({ weight_ih_l0: zeros(0, 3) }), "ValueError", `LSTM: ${rows(4, 0)}`);
    refused(() => new GRU(named(new nn.LSTM(3, 4))), "ValueError", `GRU: ${rows(3, 16)}`);
    // Sixteen rows are one gate of sixteen units, too; but then the other weight does not fit.
    const message = "RNN: expected weight_hh_l0 of size [16, 16], got [16, 4]";
    refused(() => new RNN(named(new nn.LSTM(3, 4))), "ValueError", message);
  });

  it("weights whose memory has gone elsewhere since", () => {
    const weights = named(new nn.GRU(2, 3));
    const layer = new GRU(weights);
    const stream = layer.stream();
    structuredClone(null, { transfer: [(weights.get("weight_hh_l0") as NamedWeight).data.buffer as ArrayBuffer] });
    const sentence = "GRU: expected its weights, but their memory was transferred elsewhere";
    expectError(() => layer.stream(), "RuntimeError", sentence);
    expectError(() => stream.refresh(), "RuntimeError", sentence);
  });

  it("a projection to nothing, to as many or to more", () => {
    for (const P of [0, 4, 5]) {
      const weights = {
        ...{ weight_ih_l0: zeros(16, 3), weight_hh_l0: zeros(16, P), weight_hr_l0: zeros(P, 4) },
        ...{ bias_ih_l0: zeros(16), bias_hh_l0: zeros(16) },
      };
      const message = `LSTM: expected weight_hr_l0 with fewer rows than hidden_size=4, but at least one, got: ${P}`;
      refused(() => new LSTM(weights), "ValueError", message);
    }
  });
});

it("streams what a file holds, in one line", async () => {
  const lstm = new nn.LSTM(3, 4, { numLayers: 2 });
  const own = lstm.stream();
  const input = Float32Array.of(1, -2, 0.5);
  const once = (stream: { step(x: Float32Array, y: Float32Array): unknown }): Float32Array => {
    const output = new Float32Array(4);
    stream.step(input, output);
    return output;
  };
  const expected = once(own);
  const whole = encodeTorch({ epoch: 3, model: lstm.stateDict() });
  expect(once(new LSTM(stateDictOf(await load(whole)).stateDict).stream())).toEqual(expected);
  expect(once(new LSTM(await load(encodeSafetensors(lstm.stateDict()))).stream())).toEqual(expected);
  const prefixed = new Map([...lstm.stateDict()].map(([name, one]) => [`rnn.${name}`, one]));
  const mixed = encodeTorch(new Map<string, CheckpointValue>([...prefixed, ["step", 7]]));
  expect(once(new LSTM(await load(mixed), { prefix: "rnn." }).stream())).toEqual(expected);
});
