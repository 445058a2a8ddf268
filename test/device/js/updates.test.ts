import { expect, it } from "vitest";
import { updates } from "../../../src/device/js/updates.js";
import { elements } from "../../../src/device/value.js";
import { value } from "../conformance.js";

it("sgd goes against the gradient, and with a running value against that", () => {
  const [p, g, b] = [1, 2, 3].map((n) => value("float64", [n], [1]));
  updates.sgd(p, g, [], { lr: 0.5, weightDecay: 2, momentum: 0, taken: 1, ahead: 0 });
  expect(elements(p)[0]).toBe(-1);
  updates.sgd(p, g, [b], { lr: 0.5, weightDecay: 0, momentum: 0.5, taken: 1, ahead: 0 });
  expect([elements(b)[0], elements(p)[0]]).toEqual([3.5, -2.75]);
  updates.sgd(p, g, [b], { lr: 1, weightDecay: 0, momentum: 1, taken: 0.5, ahead: 1 });
  expect([elements(b)[0], elements(p)[0]]).toEqual([4.5, -9.25]);
});

it("adam divides the mean by the root of the mean square, or of the greatest", () => {
  const [p, g, m, v, greatest] = [1, 4, 0, 0, 64].map((n) => value("float64", [n], [1]));
  const numbers = { shrink: 1, pace: 1, spread: 1, eps: 0, weightDecay: 0, beta1: 0.5, beta2: 0.75 };
  updates.adam(p, g, [m, v], numbers);
  expect([p, m, v].map((x) => elements(x)[0])).toEqual([0, 2, 4]);
  updates.adam(p, g, [m, v, greatest], numbers);
  expect([p, m, v, greatest].map((x) => elements(x)[0])).toEqual([-0.375, 3, 7, 64]);
});

it("adam shrinks the parameter before its step", () => {
  const [p, g, m, v] = [8, 4, 0, 0].map((n) => value("float64", [n], [1]));
  updates.adam(p, g, [m, v], { shrink: 0.5, pace: 1, spread: 1, eps: 0, weightDecay: 0, beta1: 0.5, beta2: 0.75 });
  expect(elements(p)[0]).toBe(3);
});

it("rmsprop divides by the root of the mean square, or by the deviation, and may keep the direction", () => {
  const [p, g, v, m, b] = [1, 4, 0, 0, 2].map((n) => value("float64", [n], [1]));
  const numbers = { lr: 1, alpha: 0.75, eps: 0, weightDecay: 0, momentum: 0, centered: 0 };
  updates.rmsprop(p, g, [v], numbers);
  expect([p, v].map((x) => elements(x)[0])).toEqual([-1, 4]);
  updates.rmsprop(p, g, [v, b], { ...numbers, momentum: 0.5, alpha: 1 });
  expect([p, v, b].map((x) => elements(x)[0])).toEqual([-4, 4, 3]);
  updates.rmsprop(p, g, [v, m], { ...numbers, alpha: 0.5, centered: 1 });
  expect([v, m].map((x) => elements(x)[0])).toEqual([10, 2]);
  expect(elements(p)[0]).toBe(-4 - 4 / Math.sqrt(6));
});
