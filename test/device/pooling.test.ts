/** Pooling: windows with gaps, NaN, ties, and windows that have no element. */

import { describe, expect, it } from "vitest";
import { avgPool, avgPoolBackward, maxPool, maxPoolBackward, type Windows } from "../../src/device/pooling.js";
import { elements, fresh, type Value } from "../../src/device/value.js";
import { value } from "./conformance.js";

const all = (size: number): Windows => ({ first: [0], end: [size], step: 1 });
const numbers = (x: Value) => [...elements(x)];
const { NaN: nan } = Number;

describe("maxPool", () => {
  it("finds the greatest, the first of equals, the last NaN, and their places", () => {
    const plane = value("float64", [1, 5, 5, 2, nan, 3, nan, 9, -Infinity, -Infinity, -Infinity, -Infinity], [3, 2, 2]);
    const { values, indices } = maxPool(plane, all(2), all(2));
    expect(numbers(values)).toEqual([5, nan, -Infinity]);
    expect(numbers(indices)).toEqual([1, 2, 0]);
    expect([values.shape, values.dtype, indices.dtype]).toEqual([[3, 1, 1], "float64", "int32"]);
  });

  it("steps over elements between, and sums the gradients of windows that overlap", () => {
    const x = value("float32", [1, 7, 2, 8, 3], [1, 1, 5]);
    const columns: Windows = { first: [0, 1, 2], end: [3, 4, 5], step: 2 };
    const { values, indices } = maxPool(x, all(1), columns);
    expect([numbers(values), numbers(indices)]).toEqual([
      [2, 8, 3],
      [2, 3, 4],
    ]);
    const dx = fresh("float32", [1, 1, 5]);
    maxPoolBackward(dx, value("float32", [1, 10, 100], [1, 1, 3]), value("int32", [2, 2, 4], [1, 1, 3]));
    expect(numbers(dx)).toEqual([0, 0, 11, 0, 100]);
  });

  it("has no place, and no gradient, for a window without an element", () => {
    const { values, indices } = maxPool(value("float32", [3], [1, 1, 1]), all(1), { first: [1], end: [1], step: 1 });
    expect([numbers(values), numbers(indices)]).toEqual([[-Infinity], [-1]]);
    const dx = fresh("float32", [1, 1, 1]);
    maxPoolBackward(dx, value("float32", [5], [1, 1, 1]), indices);
    expect(numbers(dx)).toEqual([0]);
  });
});

it("avgPool divides sums, and shares gradients out", () => {
  const columns: Windows = { first: [0, 1], end: [2, 3], step: 1 };
  const y = avgPool(value("float64", [1, 2, 4, 10, 20, 40], [2, 1, 3]), all(1), columns, [2, 4]);
  expect([y.shape, numbers(y)]).toEqual([
    [2, 1, 2],
    [1.5, 1.5, 15, 15],
  ]);
  const dx = value("float64", [1, 0, 0, 0, 0, 0], [2, 1, 3]);
  avgPoolBackward(dx, value("float64", [2, 4, 6, 8], [2, 1, 2]), all(1), columns, [2, 4]);
  expect(numbers(dx)).toEqual([2, 2, 1, 3, 5, 2]);
});
