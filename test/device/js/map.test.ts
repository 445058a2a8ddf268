/** A function of JavaScript's, one element at a time. */

import { expect, it } from "vitest";
import { map } from "../../../src/device/js/map.js";
import { wrap } from "../../../src/device/value.js";

it("calls it for each element of a view, and rounds once", () => {
  const x = wrap("float32", Float32Array.of(1, 2, 3, 4), [2, 2]);
  const y = map((a) => a / 3, x.at({ shape: [2, 2], strides: [1, 2], offset: 0 }));
  expect(y.storage.data).toEqual(Float32Array.of(1 / 3, 1, 2 / 3, 4 / 3));
  expect([y.dtype, y.shape]).toEqual(["float32", [2, 2]]);
  expect(map((a) => a, wrap("float64", new Float64Array(0), [0])).shape).toEqual([0]);
});
