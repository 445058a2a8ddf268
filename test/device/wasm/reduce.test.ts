import { expect, it } from "vitest";
import type { Device } from "../../../src/device/device.js";
import { elements, wrap } from "../../../src/device/value.js";
import { createWasm } from "../../../src/device/wasm/index.js";
import { withOps } from "../../../src/device/wasm/ops.js";
import { expectClose, float32 } from "../../support/tolerance.js";

const base = createWasm("plain") as Device;
const device = withOps(base);
const ones = (shape: number[], x: number) => wrap("float32", new Float32Array(shape[0] * shape[1]).fill(x), shape);

it("sums a million floats in double precision, along rows and down columns", () => {
  expect([...elements(device.reduce("sum", ones([1, 1_000_001], 0.1), [0, 1]))]).toEqual([
    Math.fround(1_000_001 * Math.fround(0.1)),
  ]);
  const rows = elements(device.reduce("sum", ones([2, 500_000], 0.1), [1]));
  const columns = elements(device.reduce("sum", ones([500_000, 2], 0.1), [0]));
  expect([...rows, ...columns]).toEqual(Array(4).fill(Math.fround(500_000 * Math.fround(0.1))));
});

it("gives shares that are normal numbers or 0", () => {
  const x = wrap("float32", Float32Array.of(0, -86, -88, -100), [1, 4]);
  const [, small, ...none] = elements(device.softmax(x, 1, false));
  expect(small).toBeGreaterThan(1.1e-38);
  expect(none).toEqual([0, 0]);
  expect([...elements(device.softmax(x, 1, true))].map(Math.round)).toEqual([0, -86, -88, -100]);
});

it.each(["sum", "squares", "max", "min"] as const)("folds by %s dimensions that lie apart", (op) => {
  const shape = [6, 7, 8, 9];
  const x = wrap(
    "float32",
    Float32Array.from({ length: 3024 }, (_, i) => Math.sin(i) + i / 3024),
    shape,
  );
  for (const dims of [
    [0, 2],
    [3, 1],
    [0, 1, 3],
    [0, 3],
    [0, 2, 3],
  ]) {
    const [found, expected] = [device.reduce(op, x, dims), base.reduce(op, x, dims)];
    expect([found.dtype, found.shape]).toEqual(["float32", expected.shape]);
    expectClose(elements(found), elements(expected), float32, `${op} over ${dims}`);
  }
});

it("leaves whole numbers to the device below", () => {
  const whole = wrap("int32", Int32Array.of(1, 2, 3), [3]);
  expect(device.reduce("sum", whole, [0]).dtype).toBe("int32");
});

it.each([24, 48])("softmax down columns of %d elements is as along rows", (count) => {
  const x = wrap(
    "float32",
    Float32Array.from({ length: count }, (_, i) => Math.sin(i)),
    [count / 4, 4],
  );
  const turned = x.at({ shape: [4, count / 4], strides: [1, 4], offset: 0 });
  for (const log of [false, true]) {
    const [down, along] = [device.softmax(x, 0, log), device.softmax(turned, 1, log)];
    const d = [device.softmaxBackward(x, down, 0, log), device.softmaxBackward(turned, along, 1, log)];
    for (const [a, b] of [[down, along], d]) {
      const expected = Array.from({ length: count }, (_, i) => elements(b)[(i % 4) * (count / 4) + Math.floor(i / 4)]);
      expectClose(elements(a), expected, float32, "softmax");
    }
  }
});
