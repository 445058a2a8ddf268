/**
 * golden.json: forward and backward in float64 of every kind of layer, in closed formulas, and the numbers that torch's
 * CPU generator gives to weights and dropout masks. The conventions stand beside the formulas here.
 */

import { describe, expect, it } from "vitest";
import { manualSeed, nn, noGrad, ones, type Tensor, tensor } from "../../../src/index.js";
import { fixture, gradients, type Layer, run, stateCount, stateShapes } from "../../support/recurrent.js";
import { expectClose, float32, float64 } from "../../support/tolerance.js";

interface Numbers {
  shape: number[];
  data: number[];
}
interface GoldenCase {
  kind: "RNN_TANH" | "RNN_RELU" | "GRU" | "LSTM" | "LSTM_PROJ";
  bidirectional: boolean;
  bias: boolean;
  packed: boolean;
  loss: number;
  output: Numbers;
  h_n: Numbers;
  c_n: Numbers | null;
  grads: Record<string, Numbers>;
}
interface Golden {
  T: number;
  B: number;
  I: number;
  H: number;
  P: number;
  num_layers: number;
  cases: GoldenCase[];
  init: { seed: number; ctor: string; args: number[]; dtype: "float32"; params: Record<string, number[]> }[];
  dropout: { seed: number; p: number; shape: number[]; keep: number[] };
  dropout_lstm: { seed: number; p: number; output: number[] };
}

const golden = fixture<Golden>("golden.json");
const { T, B, I, H, P, num_layers: numLayers } = golden;
const lengths = [2, 4, 3];
const { packPaddedSequence, padPackedSequence } = nn.utils.rnn;

/** Element j is ((j·a + b) mod m)/m − 1/2. */
function seq(shape: number[], a: number, b: number, m: number, dtype: "float32" | "float64" = "float64"): Tensor {
  const count = shape.reduce((x, y) => x * y, 1);
  const data = Float64Array.from({ length: count }, (_, j) => ((j * a + b) % m) / m - 0.5);
  return tensor(data, shape, { dtype });
}

/** Parameter number k is seq(37, 101·k + 17, 97). */
function fill(module: nn.Module): void {
  noGrad(() => {
    module.parameters().forEach((parameter, k) => {
      parameter.copy_(seq(parameter.shape, 37, k * 101 + 17, 97));
    });
  });
}

function layerOf({ kind, bidirectional, bias }: GoldenCase): Layer {
  const options = { numLayers, bidirectional, bias, dtype: "float64" } as const;
  if (kind === "GRU") return new nn.GRU(I, H, options);
  if (kind === "LSTM") return new nn.LSTM(I, H, options);
  if (kind === "LSTM_PROJ") return new nn.LSTM(I, H, { ...options, projSize: P });
  return new nn.RNN(I, H, { ...options, nonlinearity: kind === "RNN_RELU" ? "relu" : "tanh" });
}

/** The output of a case, packed or by lengths where it says so, and the final states. */
function results(one: GoldenCase, layer: Layer, input: Tensor, states: Tensor[], form: "packed" | "lengths") {
  if (!one.packed) return run(layer, input, states);
  if (form === "lengths") return run(layer, input, states, { lengths });
  const packed = run(layer, packPaddedSequence(input, lengths, { enforceSorted: false }), states);
  const [output] = padPackedSequence(packed.output, { totalLength: T });
  return { output, states: packed.states };
}

const forms = golden.cases.flatMap((one) =>
  (one.packed ? (["packed", "lengths"] as const) : (["packed"] as const)).map((form) => {
    const set = [one.bidirectional && "bidirectional", one.bias && "bias", one.packed && form].filter(Boolean);
    return { one, form, title: [one.kind, ...set].join(" ") };
  }),
);

describe("golden layers", () => {
  it("are all there", () => {
    expect(golden.cases.length).toBe(40);
    expect(forms.length).toBe(60);
    expect(new Set(forms.map(({ title }) => title)).size).toBe(60);
  });

  it.each(forms)("$title", ({ one, form }) => {
    const layer = layerOf(one);
    fill(layer);
    const input = seq([T, B, I], 53, 29, 89).requiresGrad_();
    const initial = stateShapes(layer, B).map((shape, i) =>
      (i === 0 ? seq(shape, 31, 7, 83) : seq(shape, 41, 11, 79)).requiresGrad_(),
    );
    const { output, states } = results(one, layer, input, initial, form);
    expectClose(output, one.output, float64, "output");
    expectClose(states[0], one.h_n, float64, "h_n");
    expect(states.length).toBe(one.c_n === null ? 1 : 2);
    if (one.c_n !== null) expectClose(states[1], one.c_n, float64, "c_n");

    let loss = output.mul(seq(output.shape, 23, 3, 71)).sum();
    loss = loss.add(states[0].mul(seq(states[0].shape, 19, 5, 67)).sum());
    if (stateCount(layer) === 2) loss = loss.add(states[1].mul(seq(states[1].shape, 13, 1, 61)).sum());
    expectClose([loss.item()], [one.loss], float64, "loss");
    loss.backward();
    const names = ["h0", "c0"].map((name, i) => [name, initial[i]] as const).slice(0, initial.length);
    const found = gradients([["input", input], ...names, ...layer.namedParameters()]);
    expect([...found.keys()]).toEqual(Object.keys(one.grads));
    for (const [name, gradient] of found) expectClose(gradient, one.grads[name], float64, `gradient of ${name}`);
  });
});

describe("golden weights", () => {
  it("are all there", () => {
    expect(golden.init.length).toBe(4);
  });

  it.each(golden.init)("$ctor($args) after manualSeed($seed)", ({ seed, ctor, args, params }) => {
    const [inputs, hidden, layers = 1] = args;
    const makers: Record<string, () => nn.Module> = {
      RNN: () => new nn.RNN(inputs, hidden, { numLayers: layers }),
      GRU: () => new nn.GRU(inputs, hidden, { numLayers: layers }),
      LSTM: () => new nn.LSTM(inputs, hidden, { numLayers: layers }),
      LSTMCell: () => new nn.LSTMCell(inputs, hidden),
    };
    manualSeed(seed);
    const drawn = [...makers[ctor]().namedParameters()].map(([name, p]) => [name, p.toArray()]);
    expect(drawn).toEqual(Object.entries(params).map(([name, data]) => [name, Float32Array.from(data)]));
  });
});

describe("golden masks", () => {
  it("nn.functional.dropout", () => {
    const { seed, p, shape, keep } = golden.dropout;
    manualSeed(seed);
    const dropped = nn.functional.dropout(ones(shape), p);
    expect(dropped.shape).toEqual(shape);
    expect(dropped.toArray()).toEqual(Float32Array.from(keep, (kept) => kept / (1 - p)));
  });

  const { seed, p, output: expected } = golden.dropout_lstm;
  it.each(["float32", "float64"] as const)("an LSTM with dropout, %s", (dtype) => {
    const lstm = new nn.LSTM(I, H, { numLayers, bidirectional: true, dropout: p, dtype });
    fill(lstm);
    const input = seq([T, B, I], 53, 29, 89, dtype);
    manualSeed(seed);
    const [output] = lstm.forward(input);
    const exact = fixture<{ dropout_lstm: number[] }>("numeric_torch.json").dropout_lstm;
    expect(exact.length).toBe(expected.length);
    if (dtype === "float64") expectClose(output.toArray(), exact, float64);
    else expectClose(output.toArray(), expected, float32);

    // The mask is drawn in memory order, [T, N, D·H], whatever the layout of the batch.
    const batchFirst = new nn.LSTM(I, H, { numLayers, bidirectional: true, dropout: p, dtype, batchFirst: true });
    fill(batchFirst);
    manualSeed(seed);
    expect(batchFirst.forward(input.transpose(0, 1))[0].transpose(0, 1).toArray()).toEqual(output.toArray());
  });
});
