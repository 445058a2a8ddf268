/** Stages as devices are given them: how weights are laid out, and that they are copies. */

import { expect, it } from "vitest";
import type { Rows } from "../../src/device/device.js";
import { batchNorm, causalConv, layerNorm, linear, prelu, relu, sigmoid, tanh } from "../../src/stream/stages.js";

const applied = (rows: Rows, ...values: number[]) => {
  const x = Float32Array.of(99, ...values, 99);
  rows.take()(x, 1, values.length);
  expect([x[0], x[x.length - 1]]).toEqual([99, 99]);
  return [...x.subarray(1, -1)];
};

it("a linear layer is one tap of its weight", () => {
  const given = { weight: Float32Array.of(1, 2), bias: null };
  const stage = linear(2, 1, () => given);
  expect({ ...stage, take: null }).toEqual({
    ...{ kind: "affine", inputSize: 2, outputSize: 1, taps: 1, dilation: 1, take: null },
  });
  expect(stage.take()).toBe(given);
});

it("a convolution's weight is [outputs, taps, inputs], with zeros for other groups", () => {
  const weight = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const bias = Float32Array.of(9, 9);
  const sizes = { inputSize: 2, outputSize: 2, taps: 2, dilation: 3 };
  const whole = causalConv({ ...sizes, groups: 1 }, () => ({ weight, bias }));
  expect({ ...whole, take: null }).toEqual({ kind: "affine", ...sizes, take: null });
  expect([...whole.take().weight]).toEqual([1, 3, 2, 4, 5, 7, 6, 8]);
  expect(whole.take().bias).toBe(bias);
  const apart = causalConv({ ...sizes, groups: 2 }, () => ({ weight: weight.subarray(0, 4), bias: null }));
  expect([...apart.take().weight]).toEqual([1, 0, 2, 0, 0, 3, 0, 4]);
});

it("functions of rows change those and nothing around, of so many features as they have", () => {
  expect(applied(relu(), -1, 2, -3)).toEqual([0, 2, 0]);
  expect([relu().inputSize, relu().same, tanh().same, sigmoid().same]).toEqual([null, undefined, "tanh", "sigmoid"]);
  const slopes = Float32Array.of(2, 3);
  expect(
    applied(
      prelu(2, () => slopes),
      -1,
      -1,
    ),
  ).toEqual([-2, -3]);
  expect(prelu(2, () => slopes).inputSize).toBe(2);
  expect(prelu(1, () => slopes).inputSize).toBe(null);
  expect(
    applied(
      prelu(1, () => slopes),
      -1,
      -1,
      4,
    ),
  ).toEqual([-2, -2, 4]);
});

it("weights of functions are copies, taken together", () => {
  const numbers = { mean: Float32Array.of(1), variance: Float32Array.of(4), weight: null, bias: Float32Array.of(10) };
  const norm = batchNorm(1, 0, () => numbers);
  const taken = norm.take();
  numbers.bias[0] = 0;
  const x = Float32Array.of(5, 5);
  taken(x, 0, 1);
  norm.take()(x, 1, 1);
  expect([...x]).toEqual([12, 2]);
  const weights = { weight: Float32Array.of(1, 1), bias: Float32Array.of(0, 0) };
  const rows = layerNorm(2, 0, () => weights).take();
  weights.weight.fill(7);
  weights.bias.fill(7);
  const y = Float32Array.of(1, 3);
  rows(y, 0, 2);
  expect([...y]).toEqual([-1, 1]);
});
