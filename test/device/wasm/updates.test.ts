import { expect, it } from "vitest";
import type { Device } from "../../../src/device/device.js";
import { js } from "../../../src/device/js/index.js";
import { elements, fresh, wrap } from "../../../src/device/value.js";
import { createWasm } from "../../../src/device/wasm/index.js";
import { withOps } from "../../../src/device/wasm/ops.js";
import { draws } from "../reference.js";

const device = withOps(createWasm("plain") as Device);

/** Values that js and the kernels each update, of which both make the same bits. */
function sameBits(
  name: "sgd" | "adam" | "rmsprop",
  count: number,
  running: number,
  numbers: Record<string, number>,
): void {
  const next = draws(count);
  const data = Array.from({ length: 2 + running }, () => next(count).map(Math.abs));
  if (numbers.centered === 1) data[3].fill(0);
  const [mine, theirs] = [device, js].map((one) => {
    const [p, g, ...more] = data.map((list) => wrap("float32", Float32Array.from(list), [count]));
    for (let step = 0; step < 3; step++) one.updates[name](p, g, more, numbers);
    return [p, g, ...more].map((value) => [...elements(value)]);
  });
  expect(mine).toEqual(theirs);
}

it.each([31, 32, 3 * 4096 + 5])("the bits of js, of %d elements", (count) => {
  const adam = { shrink: 1, weightDecay: 0.1, beta1: 0.9, beta2: 0.999, eps: 1e-8, pace: 0.1, spread: 0.5 };
  sameBits("adam", count, 2, adam);
  sameBits("adam", count, 3, adam);
  const sgd = { lr: 0.1, weightDecay: 0.1, momentum: 0.9, taken: 0.7, ahead: 0 };
  sameBits("sgd", count, 0, sgd);
  sameBits("sgd", count, 1, sgd);
  sameBits("sgd", count, 1, { ...sgd, ahead: 1 });
  const rmsprop = { lr: 0.1, alpha: 0.9, eps: 1e-8, weightDecay: 0.1, momentum: 0, centered: 0 };
  sameBits("rmsprop", count, 1, rmsprop);
  sameBits("rmsprop", count, 2, { ...rmsprop, momentum: 0.9 });
  sameBits("rmsprop", count, 2, { ...rmsprop, centered: 1 });
  sameBits("rmsprop", count, 3, { ...rmsprop, centered: 1, momentum: 0.9 });
});

it("NaN stays NaN in the greatest mean square", () => {
  const values = Array.from({ length: 5 }, () => fresh("float32", [40]));
  elements(values[1]).fill(NaN, 0, 1);
  device.updates.adam(values[0], values[1], values.slice(2), {
    ...{ shrink: 1, weightDecay: 0, beta1: 0.9, beta2: 0.9, eps: 1, pace: 1, spread: 1 },
  });
  expect(values.map((value) => elements(value).filter(Number.isNaN).length)).toEqual([1, 1, 1, 1, 1]);
});

it("running means without a gradient end as zeros, not as denormal numbers", () => {
  const fill = (x: number) => wrap("float32", new Float32Array(40).fill(x), [40]);
  const [p, g, m, v, b] = [1, 0, 1.2e-38, 1, -1.2e-38].map(fill);
  device.updates.adam(p, g, [m, v], { shrink: 1, weightDecay: 0, beta1: 0.9, beta2: 0.5, eps: 1, pace: 1, spread: 1 });
  device.updates.sgd(p, g, [b], { lr: 1, weightDecay: 0, momentum: 0.9, taken: 1, ahead: 0 });
  expect([m, v, b, p].map((value) => elements(value)[39] + 0)).toEqual([0, 0.5, 0, 1]);
  const [still, next] = [fill(1.4e-38), fill(1)];
  device.updates.adam(p, g, [still, next], {
    shrink: 1,
    weightDecay: 0,
    beta1: 0.9,
    beta2: 0.5,
    eps: 1,
    pace: 1,
    spread: 1,
  });
  expect(elements(still)[0]).toBe(Math.fround(0.9 * Math.fround(1.4e-38)));
});
