/** Layers around recurrent ones from named weights: what is taken, and every sentence with which others are refused. */

import { describe, expect, it } from "vitest";
import { nn } from "../../src/index.js";
import {
  BatchNorm1d,
  Conv1d,
  LayerNorm,
  Linear,
  type NamedWeight,
  ReLU,
  Sequential,
  type Stream,
} from "../../src/stream/index.js";
import { expectError, wrong } from "../support/recurrent.js";

const weight = (shape: number[], ...data: number[]): NamedWeight => ({ shape, data: Float32Array.from(data) });

/** The outputs of a stream of one sequence, step by step. */
function outputs(stream: Stream, ...inputs: number[][]): number[][] {
  return inputs.map((input) => {
    const output = new Float32Array(stream.outputSize);
    stream.step(Float32Array.from(input), output);
    return [...output];
  });
}

describe("a layer alone", () => {
  it("Linear: y = x·Wᵀ + b", () => {
    const weights = { weight: weight([2, 3], 1, 2, 3, 4, 5, 6), bias: weight([2], 10, 20) };
    expect(outputs(new Linear(weights).stream(), [1, 0, 1], [0, 1, 0])).toEqual([
      [14, 30],
      [12, 25],
    ]);
    const bare = { "fc.weight": weights.weight, weight: weight([9], ...Array(9).fill(0)) };
    expect(outputs(new Linear(bare, { prefix: "fc." }).stream(), [1, 0, 1])).toEqual([[4, 10]]);
  });

  it("Conv1d: the last tap is now, others are before", () => {
    const weights = { weight: weight([1, 2, 2], 1, 10, 2, 20), bias: weight([1], 0.5) };
    const inputs = [
      [1, 0],
      [0, 1],
      [3, 3],
    ];
    expect(outputs(new Conv1d(weights).stream(), ...inputs)).toEqual([[10.5], [21.5], [92.5]]);
    expect(outputs(new Conv1d(weights, { dilation: 2 }).stream(), ...inputs)).toEqual([[10.5], [20.5], [91.5]]);
    const apart = new Conv1d({ weight: weight([2, 1, 2], 1, 10, 2, 20) }, { groups: 2 });
    expect(outputs(apart.stream(), ...inputs)).toEqual([
      [10, 0],
      [1, 20],
      [30, 62],
    ]);
  });

  it("BatchNorm1d: by running statistics", () => {
    const statistics = { running_mean: weight([2], 1, -1), running_var: weight([2], 4, 0.25) };
    const eps = { eps: 0 };
    expect(outputs(new BatchNorm1d(statistics, eps).stream(), [3, 0])).toEqual([[1, 2]]);
    const affine = { ...statistics, weight: weight([2], 10, 1), bias: weight([2], 0, 7) };
    expect(outputs(new BatchNorm1d(affine, eps).stream(), [3, 0])).toEqual([[10, 9]]);
    expect(outputs(new BatchNorm1d(affine, { eps: 96.0 }).stream(), [3, 0])[0][0]).toBeCloseTo(2, 6);
  });

  it("LayerNorm: by the step's own mean and variance", () => {
    const weights = { weight: weight([2], 1, 10) };
    expect(outputs(new LayerNorm(weights, { eps: 0 }).stream(), [1, 5])).toEqual([[-1, 10]]);
    const shifted = { ...weights, bias: weight([2], 3, 4) };
    expect(outputs(new LayerNorm(shifted, { eps: 12 }).stream(), [1, 5])).toEqual([[2.5, 9]]);
  });
});

describe("layers in a row", () => {
  const linear = new Linear({ weight: weight([1, 1], -2) });

  it("each on what the one before gave, sequences within too", () => {
    expect(outputs(new Sequential(linear, new ReLU(), new Sequential(linear)).stream(), [3], [-3])).toEqual([
      [0],
      [-12],
    ]);
  });

  it("read weights when the stream is made, and again at refresh()", () => {
    const given = weight([1, 1], 2);
    const stream = new Sequential(new Linear({ weight: given }), new ReLU()).stream();
    given.data[0] = 3;
    expect(outputs(stream, [1])).toEqual([[2]]);
    stream.refresh();
    expect(outputs(stream, [1])).toEqual([[3]]);
    structuredClone(null, { transfer: [given.data.buffer as ArrayBuffer] });
    const gone = "Linear: expected its weights, but their memory was transferred elsewhere";
    expectError(() => stream.refresh(), "RuntimeError", gone);
    expect(outputs(stream, [1])).toEqual([[3]]);
  });

  it("refuse what does not fit, and what is no layer", () => {
    const two = new Linear({ weight: weight([1, 2], 1, 1) });
    const message = "Sequential.stream() expected a layer that takes the 1 features of the one before it, got one of 2";
    expectError(() => new Sequential(linear, two).stream(), "ValueError", message);
    const none =
      "Sequential.stream() expected a layer that says how many features a step has, such as Linear, got none";
    expectError(() => new Sequential(new ReLU()).stream(), "ValueError", none);
    expectError(() => new ReLU().stream(), "ValueError", none.replace("Sequential", "ReLU"));
    const layer = "Sequential expected layers of elman-nn/stream, got: Linear";
    expectError(() => new Sequential(wrong(new nn.Linear(1, 1))), "TypeError", layer);
    const batch = "Sequential.stream() expected batch as a whole number, at least 1, got: 0";
    expectError(() => new Sequential(linear).stream({ batch: 0 }), "ValueError", batch);
  });
});

describe("refused", () => {
  it("weights that are missing, or of other sizes", () => {
    const missing = "Linear: expected a weight named fc.weight, got: weight";
    expectError(() => new Linear({ weight: weight([1, 1], 1) }, { prefix: "fc." }), "ValueError", missing);
    const sizes = "with 2 sizes, each at least 1, got:";
    expectError(() => new Linear({ weight: weight([1], 1) }), "ValueError", `Linear: expected weight ${sizes} [1]`);
    expectError(() => new Linear({ weight: weight([0, 2]) }), "ValueError", `Linear: expected weight ${sizes} [0, 2]`);
    const bias = "Conv1d: expected bias of size [2], got [1]";
    expectError(() => new Conv1d({ weight: weight([2, 1, 1], 1, 1), bias: weight([1], 1) }), "ValueError", bias);
    const mean = weight([2], 1, 1);
    const variance = "BatchNorm1d: expected a weight named running_var, which is missing";
    expectError(() => new BatchNorm1d({ running_mean: mean }), "ValueError", variance);
    const none = "LayerNorm: expected a weight named weight, got: bias";
    expectError(() => new LayerNorm({ bias: mean }), "ValueError", none);
  });

  it("options that make no sense", () => {
    const weights = { weight: weight([2, 1, 1], 1, 1) };
    const whole = (name: string, came: string) => `Conv1d expected ${name} as a whole number, at least 1, got: ${came}`;
    expectError(() => new Conv1d(weights, { dilation: 0 }), "ValueError", whole("dilation", "0"));
    expectError(() => new Conv1d(weights, { groups: wrong("2") }), "ValueError", whole("groups", "2"));
    expectError(() => new Conv1d(weights, { groups: 3 }), "ValueError", "out_channels must be divisible by groups");
    const unknown = (name: string, option: string) => `${name} got an unexpected keyword argument '${option}'`;
    expectError(() => new Conv1d(weights, wrong({ padding: 1 })), "TypeError", unknown("Conv1d", "padding"));
    expectError(() => new Linear(weights, wrong({ bias: true })), "TypeError", unknown("Linear", "bias"));
    expectError(() => new LayerNorm(weights, wrong({ epsilon: 1 })), "TypeError", unknown("LayerNorm", "epsilon"));
    const eps = "eps should be of type float, got: string";
    expectError(() => new BatchNorm1d(weights, { eps: wrong("1") }), "TypeError", eps);
  });
});
