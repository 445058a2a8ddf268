import { expect, it } from "vitest";
import { tensor } from "../../../src/index.js";
import { reduced } from "../../../src/nn/functional/reduction.js";

it("mean, sum and none, and a mean over another count", () => {
  const x = tensor([1, 2, 6]);
  expect(reduced(x).item()).toBe(3);
  expect(reduced(x, "sum").item()).toBe(9);
  expect(reduced(x, "none")).toBe(x);
  expect(reduced(x, "mean", 2).item()).toBe(4.5);
  expect(reduced(x, "mean", tensor(4.5)).item()).toBe(2);
  expect(() => reduced(x, "avg" as never)).toThrow("avg is not a valid value for reduction");
});
