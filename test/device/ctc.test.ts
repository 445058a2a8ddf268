import { expect, it } from "vitest";
import { ctc, ctcBackward } from "../../src/device/ctc.js";
import { elements, wrap } from "../../src/device/value.js";
import { expectClose, float64 } from "../support/tolerance.js";

const targets = wrap("int32", Int32Array.of(1, 1), [1, 2]);
const align = (T: number) => ({ targets, inputLengths: [T], targetLengths: [2], blank: 0 });

it("probabilities far below the smallest float64 keep their digits", () => {
  // The one way: label, blank, label.
  const logs = wrap("float64", Float64Array.of(-1, -1000, -2000, -3, -5000, -400), [3, 1, 2]);
  const { losses, values, powers } = ctc(logs, align(3));
  expectClose(elements(losses), [1000 + 2000 + 400], float64);
  const d = wrap("float64", Float64Array.of(2), [1]);
  const dx = ctcBackward(d, logs, align(3), { values, powers, zeroInfinity: false });
  expectClose(elements(dx), [2 * Math.exp(-1), -2, -2, 2 * Math.exp(-3), 0, -2], float64);
});

it("paths whose probabilities differ by more than a float64 holds are added up", () => {
  const T = 4;
  const logs = wrap("float64", Float64Array.of(0, -900, -800, -700, 0, -600, -500, 0), [T, 1, 2]);
  // label blank label with one step more: a blank before, between or behind, or a repeat.
  const paths = [
    [0, 1, 0, 1],
    [1, 0, 0, 1],
    [1, 0, 1, 0],
    [1, 0, 1, 1],
    [1, 1, 0, 1],
  ].map((path) => path.reduce((sum, c, t) => sum + elements(logs)[2 * t + c], 0));
  const greatest = Math.max(...paths);
  const expected = -(greatest + Math.log(paths.reduce((sum, x) => sum + Math.exp(x - greatest), 0)));
  expectClose(elements(ctc(logs, align(T)).losses), [expected], float64);
});

it("NaN spoils its sequence, and too few steps make an infinite loss", () => {
  const logs = wrap("float64", Float64Array.of(-1, -1, -1, Number.NaN, -1, -1), [3, 1, 2]);
  expect(elements(ctc(logs, align(3)).losses)[0]).toBeNaN();
  expect(elements(ctc(logs, align(1)).losses)[0]).toBe(Infinity);
  expect(elements(ctc(logs, { ...align(0), targetLengths: [2] }).losses)[0]).toBe(Infinity);
});
