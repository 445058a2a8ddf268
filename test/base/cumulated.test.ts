/** The normal distribution beside values of more digits. */

import { expect, it } from "vitest";
import { cumulated } from "../../src/base/cumulated.js";

it("has all the digits of a double in the middle, and of the tails' logarithm", () => {
  expect([cumulated(-Infinity), cumulated(Infinity), cumulated(Number.NaN)]).toEqual([0, 1, Number.NaN]);
  for (const [x, y] of [
    [0, 0.5],
    [1, 0.8413447460685429],
    [-1, 0.15865525393145705],
    [0.1, 0.539827837277029],
    [-5, 2.866515718791939e-7],
    [-30, 4.906713927148187e-198],
  ]) {
    expect(cumulated(x) / y).toBeCloseTo(1, 12);
  }
});
