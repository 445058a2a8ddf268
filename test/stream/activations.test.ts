/** Activations for inference beside those of nn, also where they bend, overflow or are given no number. */

import { afterEach, describe, it } from "vitest";
import { nn, setDefaultDevice, type Tensor, tensor } from "../../src/index.js";
import * as stream from "../../src/stream/index.js";
import { expectError, wrong } from "../support/recurrent.js";
import { expectClose, float32 } from "../support/tolerance.js";

const points = [-Infinity, -120, -20, -3, -1, -0.5, -1e-3, 0, 1e-3, 0.25, 0.5, 1, 2, 9, 21, 120, Infinity, Number.NaN];
const slope = { weight: { shape: [1], data: Float32Array.of(-0.5) } };
/** A layer that changes nothing, and says how many features there are. */
const norm = new stream.BatchNorm1d(
  {
    running_mean: { shape: [points.length], data: new Float32Array(points.length) },
    running_var: { shape: [points.length], data: new Float32Array(points.length).fill(1) },
  },
  { eps: 0 },
);

const pairs: [string, stream.StreamLayer, { forward(x: Tensor): Tensor }][] = [
  ["ReLU", new stream.ReLU(), new nn.ReLU()],
  ["Tanh", new stream.Tanh(), new nn.Tanh()],
  ["Sigmoid", new stream.Sigmoid(), new nn.Sigmoid()],
  ["SiLU", new stream.SiLU(), new nn.SiLU()],
  ["GELU", new stream.GELU(), new nn.GELU()],
  ["GELU by tanh", new stream.GELU("tanh"), new nn.GELU("tanh")],
  ["ELU", new stream.ELU(), new nn.ELU()],
  ["ELU of 2", new stream.ELU(2), new nn.ELU(2)],
  ["LeakyReLU", new stream.LeakyReLU(), new nn.LeakyReLU()],
  ["LeakyReLU of -2", new stream.LeakyReLU(-2), new nn.LeakyReLU(-2)],
  ["PReLU", new stream.PReLU(slope), new nn.PReLU(1, { init: -0.5 })],
  ["Softplus", new stream.Softplus(), new nn.Softplus()],
  ["Softplus of 3", new stream.Softplus({ beta: 3, threshold: 1 }), new nn.Softplus({ beta: 3, threshold: 1 })],
  ["Hardtanh", new stream.Hardtanh(), new nn.Hardtanh()],
  ["Hardtanh of 0 to 6", new stream.Hardtanh({ minVal: 0, maxVal: 6 }), new nn.Hardtanh({ minVal: 0, maxVal: 6 })],
];

afterEach(() => setDefaultDevice("js"));

describe.each(["js", "wasm"] as const)("on %s", (device) => {
  it.each(pairs)("%s", (_, layer, module) => {
    setDefaultDevice(device);
    const output = new Float32Array(points.length);
    new stream.Sequential(norm, layer).stream().step(Float32Array.from(points), output);
    setDefaultDevice("js");
    expectClose(output, module.forward(tensor(points)).toArray(), float32);
  });
});

it("numbers that are none, and options that do not exist, are refused", () => {
  expectError(() => new stream.ELU(wrong("1")), "TypeError", "alpha should be of type float, got: string");
  const slopes = "negative_slope should be of type float, got: null";
  expectError(() => new stream.LeakyReLU(wrong(null)), "TypeError", slopes);
  const approximate = "approximate argument must be either none or tanh.";
  expectError(() => new stream.GELU(wrong("erf")), "RuntimeError", approximate);
  const limits = "max_val (0) must be greater than min_val (1)";
  expectError(() => new stream.Hardtanh({ minVal: 1, maxVal: 0 }), "ValueError", limits);
  const option = "Softplus got an unexpected keyword argument 'alpha'";
  expectError(() => new stream.Softplus(wrong({ alpha: 1 })), "TypeError", option);
  const weight = { shape: [1, 1], data: Float32Array.of(1) };
  const sizes = "PReLU: expected weight with one size, at least 1, got: 1";
  expectError(() => new stream.PReLU({ weight }), "ValueError", sizes);
});
