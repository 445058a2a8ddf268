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

/** Everything that a run and its way back give, as one list of values. */
function results(device: Device, sequence: Sequence, d: Return["d"]): Value[] {
  const [run] = device.forward([sequence], true);
  const [{ output, final }] = device.forward([sequence], false);
  const [back] = device.backward([{ sequence, run, d, needs: { input: true, weights: true } }]);
  const { ih, hh, hr, biasIh, biasHh } = back.weights as NonNullable<typeof back.weights>;
  const all = [run.output, ...run.final, output, ...final, back.input, ...back.initial, ih, hh, hr, biasIh, biasHh];
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

if (native === null || binding === null) describe("native is not built", () => it("has nothing to test", () => {}));
else {
  const device = native;
  const { threads } = binding;
  it.each(cases)("$mode $dtype $H to $P, steps $steps, reverse $reverse", ({ mode, dtype, H, P, steps, reverse }) => {
    const cell = cells[mode];
    const GH = cell.gates * H;
    const [N, C, R] = [steps[0] + 1, 61, steps.reduce((sum, n) => sum + n)];
    const sequence: Sequence = {
      ...{ cell, steps, reverse, input: drawn(dtype, [R, C]) },
      initial: cell.states === 2 ? [drawn(dtype, [N, P]), drawn(dtype, [N, H])] : [drawn(dtype, [N, P])],
      weights: {
        ...{ ih: drawn(dtype, [GH, C], 0.4), hh: drawn(dtype, [GH, P], 0.2) },
        ...{ biasIh: drawn(dtype, [GH]), biasHh: drawn(dtype, [GH]), hr: P === H ? null : drawn(dtype, [P, H], 0.2) },
      },
    };
    const d = { output: drawn(dtype, [R, P]), final: sequence.initial.map(({ shape }) => drawn(dtype, shape)) };
    const expected = results(js, sequence, d);
    const before = threads(0);
    try {
      const found = [1, 2, 3, 7].map((count) => {
        threads(count);
        return results(device, sequence, d);
      });
      found[0].forEach((value, i) => {
        const size = (elements(expected[i]) as Float64Array).reduce((most, x) => Math.max(most, Math.abs(x)), 1);
        const { absolute, relative } = tolerances[dtype];
        expectClose(elements(value), elements(expected[i]), { absolute: absolute * size, relative }, `result ${i}`);
        for (const other of found.slice(1)) expect(elements(other[i])).toEqual(elements(value));
      });
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
