import { expect, it } from "vitest";
import { sigmoid } from "../../src/device/cell.js";
import { expectClose, float64 } from "../support/tolerance.js";

it("sigmoid at its ends", () => {
  expectClose([-1000, -1, 0, 1, 1000].map(sigmoid), [0, 1 / (1 + Math.E), 0.5, Math.E / (1 + Math.E), 1], float64);
  expect(sigmoid(Number.NaN)).toBeNaN();
});
