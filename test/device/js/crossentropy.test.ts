import { expect, it } from "vitest";
import { crossEntropy, crossEntropyBackward } from "../../../src/device/js/crossentropy.js";
import { elements } from "../../../src/device/value.js";
import { expectClose, float64 } from "../../support/tolerance.js";
import { value } from "../conformance.js";

it("keeps the greatest of each row and the sum beside it, and goes back from them", () => {
  const x = value("float64", [0, Math.log(3), 5, 5], [2, 2]);
  const target = value("int32", [0, 1], [2]);
  const { losses, sums } = crossEntropy(x, target);
  expectClose(elements(losses), [Math.log(4), Math.log(2)], float64);
  expectClose(elements(sums), [Math.log(3), 4 / 3, 5, 2], float64);
  const dx = crossEntropyBackward(value("float64", [1, 2], [2]), x, target, sums);
  expectClose(elements(dx), [-0.75, 0.75, 1, -1], float64);
  expect(dx.shape).toEqual([2, 2]);
});
