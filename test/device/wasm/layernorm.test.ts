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
])("%d rows of %d go through in pieces, forward and back", (R, C) => {
  const [x, dy, w, b] = [matrix(R, C, 1), matrix(R, C, 2), matrix(1, C, 3), matrix(1, C, 4)];
  const [run, expected] = [device, js].map((one) => one.layerNorm(x, w, b, 1e-5));
  expectClose(elements(run.y), elements(expected.y), float32, "y");
  const [back, wanted] = [device, js].map((one) => one.layerNormBackward(dy, x, w, run.moments));
  expectClose(elements(back.dx), elements(wanted.dx), float32, "dx");
  expectClose(elements(back.dWeight), elements(wanted.dWeight), float32, "dweight");
  expectClose(elements(back.dBias), elements(wanted.dBias), float32, "dbias");
});

it("takes off the mean in more digits than a float has", () => {
  const x = wrap("float32", new Float32Array([1e7, 1e7 + 1, 1e7 + 2, 1e7 + 4]), [1, 4]);
  const [y, expected] = [device, js].map((one) => elements(one.layerNorm(x, null, null, 0).y));
  expect(expected[0]).toBeCloseTo(-1.1832, 4);
  expectClose(y, expected, float32);
});
