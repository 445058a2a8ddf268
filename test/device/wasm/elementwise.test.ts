import { expect, it } from "vitest";
import type { Device } from "../../../src/device/device.js";
import { elements, wrap } from "../../../src/device/value.js";
import { createWasm } from "../../../src/device/wasm/index.js";
import { withOps } from "../../../src/device/wasm/ops.js";

const device = withOps(createWasm("plain") as Device);

it("computes long values piece by piece, to the last element", () => {
  const length = 3 * 8192 + 5;
  const x = Float32Array.from({ length }, (_, i) => i / length);
  const y = elements(device.unary("tanh", wrap("float32", x, [length])));
  expect(y.length).toBe(length);
  for (let i = 0; i < length; i += 1237) expect(y[i]).toBeCloseTo(Math.tanh(i / length), 6);
  expect(y[length - 1]).toBeCloseTo(Math.tanh((length - 1) / length), 6);
});
