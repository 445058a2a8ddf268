import { expect, it } from "vitest";
import { narrowView, permuteView } from "../../../src/base/shape.js";
import { around, copy, laidOut } from "../../../src/device/js/elementwise.js";
import { wrap } from "../../../src/device/value.js";
import { value } from "../conformance.js";

it("laidOut gives a row-major value in place and anything else as a copy", () => {
  const x = value("float64", [1, 2, 3, 4, 5, 6], [2, 3]);
  expect(laidOut(x)).toBe(x.storage.data);
  const row = laidOut(x.at(narrowView(x, 0, 1, 1)));
  expect([row.buffer === x.storage.data.buffer, ...row]).toEqual([true, 4, 5, 6]);
  expect([...laidOut(x.at(permuteView(x, [1, 0])))]).toEqual([1, 4, 2, 5, 3, 6]);
  expect([...laidOut(value("int32", [1, 2], [2, 1]), [2, 3])]).toEqual([1, 1, 1, 2, 2, 2]);
  expect([...laidOut(value("bool", [1], []), [2])]).toEqual([1, 1]);
});

it("around sees a shape as before, along and after one dimension", () => {
  expect(around([2, 3, 4, 5], 1)).toEqual({ before: 2, along: 3, after: 20 });
  expect(around([2, 3], 1)).toEqual({ before: 2, along: 3, after: 1 });
  expect(around([], 0)).toEqual({ before: 1, along: 1, after: 1 });
  expect(around([0, 3], 1)).toEqual({ before: 0, along: 3, after: 1 });
});

it("copy moves long rows of a view, and converts them", () => {
  const data = Float64Array.from({ length: 3 * 50 }, (_, i) => i + 0.25);
  const from = wrap("float64", data, [3, 50]);
  const to = wrap("int32", new Int32Array(3 * 60), [3, 60]);
  copy(from.at(narrowView(from, 1, 5, 40)), to.at(narrowView(to, 1, 10, 40)));
  const expected = Int32Array.from({ length: 3 * 60 }, (_, i) => {
    const j = (i % 60) - 10;
    return j < 0 || j >= 40 ? 0 : Math.floor(i / 60) * 50 + j + 5;
  });
  expect(to.storage.data).toEqual(expected);
});
