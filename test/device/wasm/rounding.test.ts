/** Sums are cut after 32 products, of one row as of many: rounding errors stay small, and a row's bits its own. */

import { describe, expect, it } from "vitest";
import { cells } from "../../../src/device/cells/index.js";
import { lstm } from "../../../src/device/cells/lstm.js";
import type { Device, Sequence } from "../../../src/device/device.js";
import { js } from "../../../src/device/js/index.js";
import { elements, type FloatDType, type Value, wrap } from "../../../src/device/value.js";
import { createWasm } from "../../../src/device/wasm/index.js";
import { expectClose, float32 } from "../../support/tolerance.js";
import { sequence } from "./sequence.js";

/** One step of one sequence with weights as large as training makes them: those float32 numbers, in either dtype. */
function trained(seed: number): (dtype: FloatDType) => Sequence {
  const H = 128;
  let state = seed * 7919;
  const uniform = () => {
    state = (state * 48_271) % 2_147_483_647;
    return (state / 2_147_483_647) * 2 - 1;
  };
  const sum = () => uniform() + uniform() + uniform();
  const draw = (shape: number[], next: () => number) => ({
    shape,
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, next),
  });
  const [ih, hh] = [draw([4 * H, H], () => sum() * 0.5), draw([4 * H, H], () => sum() * 0.5)];
  const [biasIh, biasHh] = [draw([4 * H], () => sum() * 0.3), draw([4 * H], () => sum() * 0.3)];
  const [input, h, c] = [draw([1, H], sum), draw([1, H], uniform), draw([1, H], () => sum() * 1.5)];
  return (dtype) => {
    const value = ({ shape, data }: typeof ih) =>
      wrap(dtype, dtype === "float64" ? Float64Array.from(data) : data, shape);
    return {
      ...{ cell: lstm, steps: [1], reverse: false, input: value(input), initial: [value(h), value(c)] },
      weights: { ih: value(ih), hh: value(hh), biasIh: value(biasIh), biasHh: value(biasHh), hr: null },
    };
  };
}

const run = (device: Device, s: Sequence) => device.forward([s], false)[0];
const list = (x: Value) => [...elements(x)];
const devices = (["plain", "relaxed"] as const).flatMap((build) => createWasm(build) ?? []);

describe.each(devices.map((device) => [device.name, device] as const))("%s", (_, device) => {
  it("keeps a step of one row with large weights within the tolerance", () => {
    for (const seed of [15, 40, 42, 46]) {
      const given = trained(seed);
      const [mine, exact] = [run(device, given("float32")), run(js, given("float64"))];
      mine.final.forEach((state, i) => {
        expectClose(list(state), list(exact.final[i]), float32, `seed ${seed}`);
      });
    }
  });

  it.each(Object.keys(cells) as (keyof typeof cells)[])("%s: a row alone has the bits it has in a batch", (mode) => {
    const [T, N, C, H] = [3, 7, 70, 45];
    const s = sequence(cells[mode], "float32", { T, N, C, H });
    const output = elements(run(device, s).output);
    const rows = (x: Value, first: number, step: number, count: number, width: number) => {
      const part = (k: number) => elements(x).subarray((first + k * step) * width, (first + k * step + 1) * width);
      return Array.from({ length: count }, (_, k) => [...part(k)]).flat();
    };
    for (let n = 0; n < N; n++) {
      const one = (x: Value, step: number, count: number, width: number) =>
        wrap("float32", Float32Array.from(rows(x, n, step, count, width)), [count, width]);
      const initial = s.initial.map((x) => one(x, 1, 1, H));
      const alone = run(device, { ...s, steps: [1, 1, 1], input: one(s.input, N, T, C), initial });
      expect(list(alone.output), `row ${n}`).toEqual(rows(wrap("float32", output, [T * N, H]), n, N, T, H));
    }
  });
});
