import { expect, it } from "vitest";
import { narrowView } from "../../../src/base/shape.js";
import { gemm } from "../../../src/device/js/gemm.js";
import { elements, fresh } from "../../../src/device/value.js";
import { value } from "../conformance.js";

it("rounds a float32 product once: the sum runs in double precision", () => {
  const tiny = 2 ** -24;
  const a = value("float32", [1, tiny, tiny], [1, 3]);
  const out = fresh("float32", [1, 1]);
  gemm(a, value("float32", [1, 1, 1], [3, 1]), out, false);
  expect(elements(out)[0]).toBe(1 + 2 * tiny);
});

it("writes into a part of a value and leaves the rest", () => {
  const out = value("float64", Array(12).fill(9), [2, 6]);
  gemm(
    value("float64", [1, 2], [2, 1]),
    value("float64", [1, 2, 3, 4, 5], [1, 5]),
    out.at(narrowView(out, 1, 1, 5)),
    false,
  );
  expect([...elements(out)]).toEqual([9, 1, 2, 3, 4, 5, 9, 2, 4, 6, 8, 10]);
});

it("takes every second column of a value", () => {
  const b = value("float64", [1, 0, 2, 0, 3, 0, 4, 0, 5, 0], [1, 10]);
  const out = fresh("float64", [1, 5]);
  gemm(value("float64", [2], [1, 1]), b.at(narrowView(b, 1, 0, 5, 2)), out, false);
  expect([...elements(out)]).toEqual([2, 4, 6, 8, 10]);
});
