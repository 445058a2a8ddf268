import { expect, it } from "vitest";
import type { Device } from "../../../src/device/device.js";
import { wrap } from "../../../src/device/value.js";
import { createWasm, machines } from "../../../src/device/wasm/index.js";
import type { Memory } from "../../../src/device/wasm/memory.js";
import type { Kernels } from "../../../src/device/wasm/module.js";
import { chunk, operand } from "../../../src/device/wasm/operands.js";
import { linkOps, type OpsKernels } from "../../../src/device/wasm/ops_module.js";

const { kernels: first, memory } = machines.get(createWasm("plain") as Device) as { kernels: Kernels; memory: Memory };
const kernels = linkOps(first.memory) as OpsKernels;
const value = (shape: number[]) =>
  wrap(
    "float32",
    Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => i + 1),
    shape,
  );

/** What stands in memory for `count` elements from `start` on. */
function loaded(from: number[], shape: number[], start: number, count: number) {
  memory.reset();
  const { at, step, period, load } = operand(
    { kernels, memory },
    value(from),
    shape,
    shape.reduce((n, d) => n * d, 1),
  );
  load(start, count);
  return { step, period, data: [...memory.floats.subarray(at / 4, at / 4 + count)] };
}

it("puts a number there once", () => {
  expect(loaded([1, 1], [3, 4], 0, 4)).toEqual({ step: 0, period: 1, data: [1, 1, 1, 1] });
});

it("repeats a row as often as a piece holds it", () => {
  expect(loaded([3], [5, 3], 0, 6)).toEqual({ step: 16, period: 3, data: [1, 2, 3, 1, 2, 3] });
});

it("spreads a column, from the middle of a row on", () => {
  expect(loaded([3, 1], [3, 5], 3, 8)).toEqual({ step: 16, period: 1, data: [1, 1, 2, 2, 2, 2, 2, 3] });
});

it("takes what lies in order, and lays out what does not", () => {
  expect(loaded([2, 3], [2, 3], 2, 3)).toEqual({ step: 16, period: 1, data: [3, 4, 5] });
  expect(loaded([2, 1, 2], [2, 2, 2], 2, 4)).toEqual({ step: 16, period: 1, data: [1, 2, 3, 4] });
  expect(loaded([chunk + 1], [2, chunk + 1], chunk, 2)).toEqual({ step: 16, period: 1, data: [chunk + 1, 1] });
});
