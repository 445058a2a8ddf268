import { expect, it } from "vitest";
import type { Device, Unary } from "../../../src/device/device.js";
import { elements, wrap } from "../../../src/device/value.js";
import { createWasm } from "../../../src/device/wasm/index.js";
import { withOps } from "../../../src/device/wasm/ops.js";
import { unaries, worstOp } from "./activations.js";

const device = withOps(createWasm("plain") as Device);

it("computes long values piece by piece, to the last element", () => {
  const length = 3 * 8192 + 5;
  const x = Float32Array.from({ length }, (_, i) => i / length);
  const y = elements(device.unary("tanh", wrap("float32", x, [length])));
  expect(y.length).toBe(length);
  for (let i = 0; i < length; i += 1237) expect(y[i]).toBeCloseTo(Math.tanh(i / length), 6);
  expect(y[length - 1]).toBeCloseTo(Math.tanh((length - 1) / length), 6);
});

it.each(Object.keys(unaries) as Unary[])("%s is within 5 units of the last place, over every 2048th float32", (op) => {
  for (let high = 0; high < 32; high++) {
    const bits = Uint32Array.from({ length: 65536 }, (_, i) => high * 2 ** 27 + i * 2048 + ((i * 37) % 2048));
    const { error, at } = worstOp(device, op, bits);
    expect(error, `${op}(${at})`).toBeLessThanOrEqual(5);
  }
});

it("keeps signs of zero, denormal numbers, the ends, and NaN", () => {
  const x = wrap("float32", Float32Array.of(0, -0, Infinity, -Infinity, NaN, 1e-40, -1e-40, -95, 95, 1), [10]);
  const of = (op: Unary) => [...elements(device.unary(op, x))];
  const float = (list: number[]) => list.map(Math.fround);
  expect(of("exp").slice(0, 7)).toEqual([1, 1, Infinity, 0, NaN, 1, 1]);
  expect(of("exp")[7]).toBeCloseTo(Math.exp(-95), 44);
  expect(of("exp")[8]).toBe(Infinity);
  expect(of("log").slice(0, 5)).toEqual([-Infinity, -Infinity, Infinity, NaN, NaN]);
  expect(of("log")[5]).toBeCloseTo(Math.log(Math.fround(1e-40)), 4);
  expect(of("log").slice(6, 8)).toEqual([NaN, NaN]);
  expect(of("log")[9]).toBe(0);
  expect(of("sqrt").slice(0, 5)).toEqual([0, -0, Infinity, NaN, NaN]);
  expect(of("tanh").slice(0, 7)).toEqual(float([0, -0, 1, -1, NaN, 1e-40, -1e-40]));
  expect(of("sigmoid").slice(0, 5)).toEqual([0.5, 0.5, 1, 0, NaN]);
  expect(of("sigmoid")[7]).toBeGreaterThan(5e-42);
  expect(of("logSigmoid").slice(2, 5)).toEqual([0, -Infinity, NaN]);
  expect(of("logSigmoid").slice(7, 9)).toEqual(float([-95, -Math.exp(-95)]));
  expect(of("relu").slice(0, 7)).toEqual(float([0, 0, Infinity, 0, NaN, 1e-40, 0]));
  expect(of("sign")).toEqual([0, 0, 1, -1, 0, 1, -1, -1, 1, 1]);
  expect(of("abs").slice(0, 7)).toEqual(float([0, 0, Infinity, Infinity, NaN, 1e-40, 1e-40]));
  expect(of("neg").slice(0, 7)).toEqual(float([-0, 0, -Infinity, Infinity, NaN, -1e-40, 1e-40]));
});
