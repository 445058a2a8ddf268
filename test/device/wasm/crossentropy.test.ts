import { expect, it } from "vitest";
import type { Device } from "../../../src/device/device.js";
import { js } from "../../../src/device/js/index.js";
import { elements, type Value, wrap } from "../../../src/device/value.js";
import { createWasm } from "../../../src/device/wasm/index.js";
import { withOps } from "../../../src/device/wasm/ops.js";
import { expectClose, float32 } from "../../support/tolerance.js";
import { draws } from "../reference.js";

const device = withOps(createWasm("plain") as Device);
const matrix = (R: number, C: number, seed: number): Value => {
  const next = draws(seed);
  return wrap("float32", Float32Array.from(next(R * C)), [R, C]);
};

it.each([
  [3000, 7],
  [3, 9001],
  [1, 20_000],
])("%d rows of %d classes go through in pieces, forward and back", (R, C) => {
  const [x, d] = [matrix(R, C, 1), matrix(1, R, 2)];
  const target = wrap(
    "int32",
    Int32Array.from({ length: R }, (_, r) => (r * 31) % C),
    [R],
  );
  const [run, expected] = [device, js].map((one) => one.crossEntropy(x, target));
  expectClose(elements(run.losses), elements(expected.losses), float32, "losses");
  expectClose(elements(run.sums), elements(expected.sums), float32, "sums");
  const [dx, wanted] = [device, js].map((one) => elements(one.crossEntropyBackward(d, x, target, run.sums)));
  expectClose(dx, wanted, float32, "dx");
});

it("gives 0 for shares below 2⁻¹⁰⁰: denormal numbers would cost their pace", () => {
  const x = wrap("float32", new Float32Array([0, -69, -70, -90]), [1, 4]);
  const target = wrap("int32", new Int32Array(1), [1]);
  const d = wrap("float32", new Float32Array([1]), [1]);
  const dx = elements(device.crossEntropyBackward(d, x, target, device.crossEntropy(x, target).sums));
  expect(dx[1] / Math.exp(-69)).toBeCloseTo(1, 5);
  expect([...dx.slice(2)]).toEqual([0, 0]);
});
