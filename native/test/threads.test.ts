/** Calls that are great enough for threads and for every shape of tile: js's numbers, and the same bits on any number. */

import { describe, expect, it } from "vitest";
import { cells, type Mode } from "../../src/device/cells/index.js";
import type { Device, Return, Sequence } from "../../src/device/device.js";
import { js } from "../../src/device/js/index.js";
import { allocate, elements, type FloatDType, fresh, type Value, wrap } from "../../src/device/value.js";
import { draws } from "../../test/device/reference.js";
import { expectClose, tolerances } from "../../test/support/tolerance.js";
import { native } from "../src/index.js";
import { binding } from "../src/load.js";

const next = draws(3);

function drawn(dtype: FloatDType, shape: readonly number[], size = 1): Value {
  const data = allocate(
    dtype,
    shape.reduce((product, n) => product * n, 1),
  );
  data.set(next(data.length).map((x) => Math.fround(x * size)));
  return wrap(dtype, data, shape);
}

/** Everything that the directions of a layer and their way back give, as one list of values. */
function results(device: Device, directions: readonly Sequence[], d: Return["d"]): Value[] {
  const runs = device.forward(directions, true);
  const unkept = device.forward(directions, false);
  const needs = { input: true, weights: true };
  const back = device.backward(runs.map((run, i) => ({ sequence: directions[i], run, d, needs })));
  const left = back.flatMap(({ input, initial, weights }) => {
    const { ih, hh, hr, biasIh, biasHh } = weights as NonNullable<typeof weights>;
    return [input, ...initial, ih, hh, hr, biasIh, biasHh];
  });
  const all = [...[...runs, ...unkept].flatMap(({ output, final }) => [output, ...final]), ...left];
  return all.filter((value) => value !== null);
}

const ragged = [9, 9, 8, 7, 7, 7, 4, 3, 2, 2, 1];
const cases: { mode: Mode; dtype: FloatDType; H: number; P: number; steps: number[]; reverse: boolean }[] = [];
for (const mode of ["LSTM", "GRU", "RNN_TANH", "RNN_RELU"] as const) {
  for (const dtype of ["float32", "float64"] as const) {
    cases.push({ mode, dtype, H: 133, P: 133, steps: ragged, reverse: mode !== "GRU" });
    cases.push({ mode, dtype, H: 200, P: 200, steps: [1, 1, 1], reverse: mode === "GRU" });
  }
}
cases.push({ mode: "LSTM", dtype: "float32", H: 140, P: 77, steps: ragged, reverse: false });
cases.push({ mode: "LSTM", dtype: "float64", H: 140, P: 77, steps: ragged, reverse: true });
cases.push({ mode: "LSTM", dtype: "float32", H: 64, P: 64, steps: [130, 130], reverse: false });
// Steps too small to be shared, and enough of them for the directions to run side by side.
cases.push({ mode: "LSTM", dtype: "float32", H: 40, P: 23, steps: [...Array(40).fill(9), ...ragged], reverse: true });
cases.push({ mode: "GRU", dtype: "float64", H: 40, P: 40, steps: [...Array(40).fill(5), 3, 1], reverse: false });
cases.push({ mode: "RNN_TANH", dtype: "float32", H: 64, P: 64, steps: Array(90).fill(4), reverse: false });

if (native === null || binding === null) describe("native is not built", () => it("has nothing to test", () => {}));
else {
  const device = native;
  const { threads } = binding;
  it.each(cases)("$mode $dtype $H to $P, steps $steps, reverse $reverse", ({ mode, dtype, H, P, steps, reverse }) => {
    const cell = cells[mode];
    const GH = cell.gates * H;
    const [N, C, R] = [steps[0] + 1, 61, steps.reduce((sum, n) => sum + n)];
    const states = cell.states === 2 ? [P, H] : [P];
    const direction = (isReverse: boolean): Sequence => ({
      ...{ cell, steps, reverse: isReverse, input: drawn(dtype, [R, C]) },
      initial: states.map((size) => drawn(dtype, [N, size])),
      weights: {
        ...{ ih: drawn(dtype, [GH, C], 0.4), hh: drawn(dtype, [GH, P], 0.2) },
        ...{ biasIh: drawn(dtype, [GH]), biasHh: drawn(dtype, [GH]), hr: P === H ? null : drawn(dtype, [P, H], 0.2) },
      },
    });
    const directions = [direction(reverse), direction(!reverse)];
    const d = { output: drawn(dtype, [R, P]), final: states.map((size) => drawn(dtype, [N, size])) };
    const expected = results(js, directions, d);
    const before = threads(0);
    try {
      const found = [1, 2, 3, 7].map((count) => {
        threads(count);
        return results(device, directions, d);
      });
      found[0].forEach((value, i) => {
        const size = (elements(expected[i]) as Float64Array).reduce((most, x) => Math.max(most, Math.abs(x)), 1);
        const { absolute, relative } = tolerances[dtype];
        expectClose(elements(value), elements(expected[i]), { absolute: absolute * size, relative }, `result ${i}`);
        for (const other of found.slice(1)) expect(elements(other[i])).toEqual(elements(value));
      });
      const one = results(device, [directions[0]], d);
      expect(elements(one[0])).toEqual(elements(found[0][0]));
    } finally {
      threads(before);
    }
  });

  it("directions whose memory is more than a thread keeps between calls", () => {
    const [N, T, C, H] = [230, 300, 4, 64];
    const direction = (reverse: boolean): Sequence => ({
      ...{ cell: cells.LSTM, steps: Array(T).fill(N), reverse, input: drawn("float32", [N * T, C]) },
      initial: [drawn("float32", [N, H]), drawn("float32", [N, H])],
      weights: {
        ...{ ih: drawn("float32", [4 * H, C], 0.4), hh: drawn("float32", [4 * H, H], 0.2) },
        ...{ biasIh: null, biasHh: null, hr: null },
      },
    });
    const directions = [direction(false), direction(true)];
    const d = { output: drawn("float32", [N * T, H]), final: [null, null] };
    const before = threads(0);
    try {
      const [one, ...others] = [1, 2, 3].map((count) => {
        threads(count);
        const runs = device.forward(directions, true);
        const needs = { input: true, weights: true };
        return device.backward(runs.map((run, i) => ({ sequence: directions[i], run, d, needs })));
      });
      for (const other of others) {
        other.forEach(({ input, weights }, i) => {
          expect(elements(input as Value)).toEqual(elements(one[i].input as Value));
          expect(elements(weights?.hh as Value)).toEqual(elements(one[i].weights?.hh as Value));
        });
      }
      expect(elements(one[1].weights?.hh as Value).every(Number.isFinite)).toBe(true);
    } finally {
      threads(before);
    }
  });

  it.each([
    [1, 130, 97, 310],
    [1, 3, 2000, 130],
    [1, 700, 5, 1100],
    [1, 2, 4500, 40],
    [6, 65, 66, 67],
  ])("%i products of %i rows, %i columns, %i between", (count, M, N, K) => {
    for (const dtype of ["float32", "float64"] as const) {
      for (const turned of [false, true]) {
        const view = (rows: number, columns: number): Value => {
          const value = drawn(dtype, turned ? [count, columns, rows] : [count, rows, columns]);
          const [batch, row, column] = value.strides;
          return turned ? value.at({ shape: [count, rows, columns], strides: [batch, column, row], offset: 0 }) : value;
        };
        const [a, b, begin] = [view(M, K), view(K, N), drawn(dtype, [count, M, N])];
        const product = (by: Device) => {
          const out = fresh(dtype, [count, M, N]);
          elements(out).set(elements(begin));
          by.gemm(a, b, out, true);
          return elements(out);
        };
        const expected = product(js);
        const before = threads(0);
        try {
          const [one, ...others] = [1, 2, 5].map((threadCount) => {
            threads(threadCount);
            return product(device);
          });
          const { absolute, relative } = tolerances[dtype];
          expectClose(one, expected, { absolute: absolute * Math.sqrt(K), relative });
          for (const other of others) expect(other).toEqual(one);
        } finally {
          threads(before);
        }
      }
    }
  });
}
