import { js } from "elman-nn/device";
import { describe, expect, it } from "vitest";
import { expectClose, tolerances } from "../../test/support/tolerance.js";
import { device, floats, numbers } from "./device.js";

const sgd = { lr: 0.1, weightDecay: 0.01, momentum: 0.9, taken: 0.8, ahead: 0 };
const adam = { shrink: 0.999, pace: 0.01, spread: 0.5, eps: 1e-8, weightDecay: 0.02, beta1: 0.9, beta2: 0.99 };
const rmsprop = { lr: 0.01, alpha: 0.9, eps: 1e-8, weightDecay: 0.01, momentum: 0, centered: 0 };
/** A rule, its numbers, and how many running values it has. */
const cases: [string, Record<string, number>, number][] = [
  ["sgd", { ...sgd, momentum: 0 }, 0],
  ["sgd", sgd, 1],
  ["sgd", { ...sgd, ahead: 1 }, 1],
  ["adam", adam, 2],
  ["adam", adam, 3],
  ["rmsprop", rmsprop, 1],
  ["rmsprop", { ...rmsprop, centered: 1 }, 2],
  ["rmsprop", { ...rmsprop, momentum: 0.9 }, 2],
  ["rmsprop", { ...rmsprop, momentum: 0.9, centered: 1 }, 3],
];

describe.each(floats)("%s", (dtype) => {
  it.each(cases)("%s with %j is js's, of few numbers and of many", (rule, given, count) => {
    for (const size of [5, 31, 33, 1003]) {
      const make = () => {
        const running = Array.from({ length: count }, (_, i) => numbers(dtype, [size], 10 + i, true));
        // Means of squares are none below 0, and no less than the square of the mean.
        for (const value of running)
          value.storage.data.forEach((x, i, all) => {
            all[i] = Math.abs(x) / 8;
          });
        if (rule === "rmsprop")
          running[0].storage.data.forEach((x, i, all) => {
            all[i] = x + 4;
          });
        return [numbers(dtype, [size], 1, true), running] as const;
      };
      const gradient = numbers(dtype, [size], 2, true);
      const [[p, r], [q, s]] = [make(), make()];
      for (let step = 0; step < 3; step++) {
        device.updates[rule](p, gradient, r, given);
        js.updates[rule](q, gradient, s, given);
      }
      [p, ...r].forEach((value, i) => {
        expectClose(value.storage.data, [q, ...s][i].storage.data, tolerances[dtype], `${size}, ${i}`);
      });
    }
  });

  it("running means end in 0, and do not stay denormal", () => {
    const [p, d, m] = [numbers(dtype, [100], 1, true), numbers(dtype, [100], 2, true), numbers(dtype, [100], 3, true)];
    d.storage.data.fill(0);
    m.storage.data.fill(dtype === "float32" ? 1.2e-38 : 2.3e-308);
    device.updates.sgd(p, d, [m], { ...sgd, weightDecay: 0 });
    expect([...m.storage.data]).toEqual(Array(100).fill(0));
  });
});
