import { expect, it } from "vitest";
import { layerNorm, layerNormBackward } from "../../../src/device/js/layernorm.js";
import { elements } from "../../../src/device/value.js";
import { value } from "../conformance.js";

it("keeps the mean and 1 / σ of each row, and normalises with them", () => {
  const x = value("float64", [1, 3, 10, 14], [2, 2]);
  const { y, moments } = layerNorm(x, value("float64", [1, 10], [2]), value("float64", [0, 5], [2]), 0);
  expect([...elements(moments)]).toEqual([2, 1, 12, 0.5]);
  expect([...elements(y)]).toEqual([-1, 15, -1, 15]);
});

it("a gradient that all elements share goes nowhere but to the bias", () => {
  const x = value("float64", [1, 3, 10, 14], [2, 2]);
  const { moments } = layerNorm(x, null, null, 0);
  const { dx, dWeight, dBias } = layerNormBackward(value("float64", [1, 1, 1, 1], [2, 2]), x, null, moments);
  expect([dx, dWeight, dBias].map((d) => [...elements(d)])).toEqual([
    [0, 0, 0, 0],
    [-2, 2],
    [2, 2],
  ]);
});
