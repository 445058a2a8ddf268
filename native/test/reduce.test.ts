import { js, permuteView, type Reduction, type Value } from "elman-nn/device";
import { describe, expect, it } from "vitest";
import { expectClose, tolerances } from "../../test/support/tolerance.js";
import { device, floats, numbers } from "./device.js";

const folds: Reduction[] = ["sum", "squares", "max", "min"];
const subsets = [[0], [1], [2], [3], [0, 1], [0, 2], [1, 3], [2, 3], [0, 1, 2], [1, 2, 3], [0, 1, 2, 3], []];

describe.each(floats)("%s", (dtype) => {
  it.each(folds)("%s over any dimensions, whatever the strides", (op) => {
    const x = numbers(dtype, [3, 5, 7, 70], 1, true);
    const sliced = numbers(dtype, [3, 5, 7, 140], 2, true).at({
      shape: [3, 5, 7, 70],
      strides: [4900, 980, 140, 2],
      offset: 1,
    });
    const stretched = x.at({ shape: [3, 5, 7, 70], strides: [2450, 0, 70, 1], offset: 0 });
    for (const from of [x, x.at(permuteView(x, [3, 1, 0, 2])), sliced, stretched]) {
      for (const dims of subsets) {
        const [got, want] = [device, js].map((one) => one.reduce(op, from, dims));
        expect([got.dtype, got.shape]).toEqual([want.dtype, want.shape]);
        expectClose(got.storage.data, want.storage.data, tolerances[dtype], `${op} over ${dims}`);
      }
    }
  });

  it("NaN and infinities come through, wherever they stand", () => {
    const x = numbers(dtype, [60, 61], 3, true);
    const none = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = 0; i < x.numel; i += 97) x.storage.data[i] = none[i % 3];
    const bits = (value: Value) => Array.from(value.storage.data as Float32Array, (n) => (Number.isFinite(n) ? 0 : n));
    for (const op of folds)
      for (const dims of [[0], [1], [0, 1]]) {
        expect(bits(device.reduce(op, x, dims)), `${op} over ${dims}`).toEqual(bits(js.reduce(op, x, dims)));
      }
  });

  it("of nothing is what a fold begins with", () => {
    const x = numbers(dtype, [64, 0, 3], 4);
    for (const op of folds) {
      expect([...device.reduce(op, x, [1]).storage.data]).toEqual([...js.reduce(op, x, [1]).storage.data]);
    }
  });
});
