/**
 * The part of the conformance suite about what is fused: rows of tables, layer normalisation, cross-entropy and the
 * updates of optimisers, beside formulas in plain double precision.
 */

import { expect, it } from "vitest";
import { expandView, permuteView } from "../../src/base/shape.js";
import type { Device } from "../../src/device/device.js";
import { js } from "../../src/device/js/index.js";
import { allocate, elements, type FloatDType, type Value, wrap } from "../../src/device/value.js";
import { expectClose, float64, tolerances } from "../support/tolerance.js";
import { draws } from "./reference.js";

const value = (dtype: FloatDType | "int32", data: readonly number[], shape: readonly number[]): Value => {
  const array = allocate(dtype, data.length);
  array.set(data);
  return wrap(dtype, array, shape);
};

/** The same numbers, lying in memory the other way round. */
function turned(x: Value): Value {
  const [R, C] = x.shape;
  const data = elements(x);
  const columns = Array.from({ length: R * C }, (_, i) => data[(i % R) * C + Math.floor(i / R)]);
  const other = value(x.dtype as FloatDType, columns, [C, R]);
  return other.at(permuteView(other, [1, 0]));
}

const numbers = (x: Value): number[] => Array.from(elements(x));
const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
const rowsOf = (list: readonly number[], R: number, C: number): number[][] =>
  Array.from({ length: R }, (_, r) => list.slice(r * C, (r + 1) * C));

export function ofFused(device: Device, dtype: FloatDType): void {
  const close = (actual: Value, data: readonly number[], shape: readonly number[], label = "") => {
    expect([actual.dtype, actual.shape], label).toEqual([dtype, shape]);
    expectClose(elements(actual), data, tolerances[dtype], label);
  };

  it.each([0, 1, 3, 64, 70])("rows of %d numbers are picked and added to", (D) => {
    const table = Array.from({ length: 4 * D }, (_, i) => i);
    const index = value("int32", [2, 0, 2, 3], [4]);
    const picked = [2, 0, 2, 3].flatMap((row) => table.slice(row * D, (row + 1) * D));
    const x = value(dtype, table, [4, D]);
    close(device.takeRows(x, index), picked, [4, D]);
    close(device.takeRows(turned(x), index), picked, [4, D]);
    const ones = value(dtype, [1], [1, 1]);
    for (const skip of [null, 0]) {
      const into = value(dtype, table, [4, D]);
      device.scatterAddRows(into, index, ones.at(expandView(ones, [4, D])), skip);
      const added = [skip === 0 ? 0 : 1, 0, 2, 1];
      close(
        into,
        table.map((n, i) => n + added[Math.floor(i / D)]),
        [4, D],
      );
    }
  });

  it.each([
    [1, 1],
    [3, 4],
    [5, 7],
    [2, 67],
    [40, 130],
    [3, 0],
    [0, 3],
  ])("layerNorm of %d rows of %d", (R, C) => {
    const next = draws(R * 100 + C);
    const [x, dy] = [value(dtype, next(R * C), [R, C]), value(dtype, next(R * C), [R, C])];
    const [weight, bias] = [value(dtype, next(C), [C]), value(dtype, next(C), [C])];
    for (const [w, b] of [
      [weight, bias],
      [weight, null],
      [null, bias],
      [null, null],
    ]) {
      const factor = w === null ? Array(C).fill(1) : numbers(w);
      const summand = b === null ? Array(C).fill(0) : numbers(b);
      const xs = rowsOf(numbers(x), R, C);
      const moments = xs.map((row) => {
        const mean = sum(row) / C;
        return [mean, 1 / Math.sqrt(sum(row.map((n) => (n - mean) ** 2)) / C + 1e-2)];
      });
      const n = xs.map((row, r) => row.map((a) => (a - moments[r][0]) * moments[r][1]));
      const d = rowsOf(numbers(dy), R, C);
      const dn = d.map((row) => row.map((a, j) => a * factor[j]));
      const dx = dn.map((row, r) => {
        const [mean, along] = [sum(row) / C, sum(row.map((a, j) => a * n[r][j])) / C];
        return row.map((a, j) => moments[r][1] * (a - mean - n[r][j] * along));
      });
      for (const [input, arriving] of [
        [x, dy],
        [turned(x), turned(dy)],
      ]) {
        const run = device.layerNorm(input, w, b, 1e-2);
        close(
          run.y,
          n.flatMap((row) => row.map((a, j) => a * factor[j] + summand[j])),
          [R, C],
          "y",
        );
        expect([run.moments.dtype, run.moments.shape]).toEqual(["float64", [R, 2]]);
        // What one device kept, another can go on with.
        for (const kept of [run.moments, js.layerNorm(input, w, b, 1e-2).moments]) {
          const back = device.layerNormBackward(arriving, input, w, kept);
          close(back.dx, dx.flat(), [R, C], "dx");
          const column = (list: number[][]) => factor.map((_, j) => sum(list.map((row) => row[j])));
          close(back.dWeight, column(d.map((row, r) => row.map((a, j) => a * n[r][j]))), [C], "dweight");
          close(back.dBias, column(d), [C], "dbias");
        }
      }
    }
  });

  it("layerNorm far from zero, and of what is not finite", () => {
    const far = value(dtype, [4096, 4097, 4098, 4099, 1, NaN, 3, 4, 1, Infinity, 3, 4, 7, 7, 7, 7], [4, 4]);
    const { y } = device.layerNorm(far, null, null, 0);
    const nan = Array(4).fill(NaN);
    const [a, b] = [1.5 / Math.sqrt(1.25), 0.5 / Math.sqrt(1.25)];
    close(y, [-a, -b, b, a, ...nan, ...nan, ...nan], [4, 4]);
  });

  it.each([
    [1, 1],
    [3, 4],
    [5, 7],
    [2, 67],
    [40, 130],
    [0, 3],
  ])("crossEntropy of %d rows of %d classes", (R, C) => {
    const next = draws(R * 100 + C);
    const x = value(
      dtype,
      next(R * C).map((n) => 20 * n),
      [R, C],
    );
    const classes = Array.from({ length: R }, (_, r) => (r * 7) % C);
    const target = value("int32", classes, [R]);
    const d = value(dtype, next(R), [R]);
    const rows = rowsOf(numbers(x), R, C);
    const total = rows.map((row) => sum(row.map(Math.exp)));
    const dx = rows.flatMap((row, r) =>
      row.map((a, j) => elements(d)[r] * (Math.exp(a) / total[r] - (j === classes[r] ? 1 : 0))),
    );
    for (const input of [x, turned(x)]) {
      const { losses, sums } = device.crossEntropy(input, target);
      close(
        losses,
        rows.map((row, r) => Math.log(total[r]) - row[classes[r]]),
        [R],
      );
      expect([sums.dtype, sums.shape]).toEqual(["float64", [R, 2]]);
      for (const kept of [sums, js.crossEntropy(input, target).sums]) {
        close(device.crossEntropyBackward(d, input, target, kept), dx, [R, C]);
      }
    }
    const one = value(dtype, [0.5], [1]);
    const same = device.crossEntropyBackward(one.at(expandView(one, [R])), x, target, js.crossEntropy(x, target).sums);
    expect(elements(same).length).toBe(R * C);
  });

  it("crossEntropy of the large, the infinite and NaN", () => {
    const rows = [
      [1e38, -1e38, 0, 0],
      [0, -Infinity, -Infinity, -Infinity],
      [0, -Infinity, -Infinity, -Infinity],
      [1, NaN, 0, 0],
      [1, Infinity, 0, 0],
      [-Infinity, -Infinity, -Infinity, -Infinity],
      [1000, 1000, 1000, 1000],
    ];
    const x = value(dtype, rows.flat(), [7, 4]);
    const target = value("int32", [0, 0, 1, 0, 0, 0, 0], [7]);
    const { losses, sums } = device.crossEntropy(x, target);
    close(losses, [0, 0, Infinity, NaN, NaN, NaN, Math.log(4)], [7]);
    const d = value(dtype, Array(7).fill(1), [7]);
    const dx = numbers(device.crossEntropyBackward(d, x, target, sums));
    expectClose(dx.slice(0, 12), [0, 0, 0, 0, 0, 0, 0, 0, 1, -1, 0, 0], tolerances[dtype]);
    expectClose(dx.slice(24), [-0.75, 0.25, 0.25, 0.25], tolerances[dtype]);
    expect(dx.slice(12, 24).every(Number.isNaN)).toBe(true);
  });

  it("sums over many classes in double precision", () => {
    const C = 200_000;
    const x = value(dtype, Array(C).fill(1), [1, C]);
    const target = value("int32", [0], [1]);
    const { losses, sums } = device.crossEntropy(x, target);
    expectClose(elements(losses), [Math.log(C)], tolerances[dtype]);
    expectClose(elements(sums), [1, C], float64);
  });

  const settings: Record<string, [count: number, numbers: Record<string, number>][]> = {
    sgd: [
      [0, { lr: 0.1, weightDecay: 0.2, momentum: 0, taken: 1, ahead: 0 }],
      [1, { lr: 0.1, weightDecay: 0, momentum: 0.9, taken: 0.7, ahead: 0 }],
      [1, { lr: 0.1, weightDecay: 0.2, momentum: 0.8, taken: 1, ahead: 1 }],
    ],
    adam: [
      [2, { shrink: 0.9, pace: 0.2, spread: 0.3, eps: 1e-8, weightDecay: 0, beta1: 0.9, beta2: 0.999 }],
      [2, { shrink: 0.9, pace: 0.2, spread: 0.3, eps: 0.01, weightDecay: 0.1, beta1: 0, beta2: 0.5 }],
      [3, { shrink: 0.9, pace: 0.2, spread: 0.3, eps: 1e-8, weightDecay: 0.1, beta1: 0.9, beta2: 0.9 }],
    ],
    rmsprop: [
      [1, { lr: 0.1, alpha: 0.9, eps: 1e-8, weightDecay: 0.1, momentum: 0, centered: 0 }],
      [2, { lr: 0.1, alpha: 0.9, eps: 1e-8, weightDecay: 0, momentum: 0.9, centered: 0 }],
      [2, { lr: 0.1, alpha: 0.9, eps: 0.1, weightDecay: 0, momentum: 0, centered: 1 }],
      [3, { lr: 0.1, alpha: 0.9, eps: 0.1, weightDecay: 0, momentum: 0.9, centered: 1 }],
    ],
  };
  for (const [name, cases] of Object.entries(settings)) {
    // A device need not have it: the formula of the optimiser's rule stands for it.
    it.skipIf(device.updates[name] === undefined).each(cases)(
      `the update ${name} with %d running values, %j`,
      (count, given) => {
        for (const size of [0, 1, 5, 64, 1001]) {
          const next = draws(size);
          const make = () => value(dtype, next(size).map(Math.abs), [size]);
          const [p, g, ...running] = Array.from({ length: 2 + count }, make);
          // A mean that did not begin as zero may be greater than the root of the mean square.
          if ("centered" in given && given.centered === 1) running[1] = value(dtype, Array(size).fill(0), [size]);
          const copies = [p, g, ...running].map((x) => value(dtype, numbers(x), [size]));
          device.updates[name](p, g, running, given);
          const [q, h, ...others] = copies.map((x) => value("float64", numbers(x), [size]));
          js.updates[name](q, h, others, given);
          [p, g, ...running].forEach((x, i) => {
            close(x, numbers([q, h, ...others][i]), [size], `${i}`);
          });
        }
      },
    );
  }
}
