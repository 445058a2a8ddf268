/**
 * What every device must do to many numbers at once, as a function of the device: lengths that are cut into pieces,
 * operands stretched in every way, folds and softmax along any dimension, beside plain loops over doubles.
 */

import { describe, expect, it } from "vitest";
import { expandView, permuteView, rowMajor, type Shape } from "../../src/base/shape.js";
import type { Binary, Device, Reduction, Slope } from "../../src/device/device.js";
import { elements, type FloatDType, type Value, wrap } from "../../src/device/value.js";
import { expectClose, tolerances } from "../support/tolerance.js";

const { NaN: nan } = Number;
const size = (shape: Shape) => shape.reduce((n, d) => n * d, 1);

const of = (dtype: FloatDType, data: ArrayLike<number>, shape: Shape = [data.length]): Value =>
  wrap(dtype, dtype === "float32" ? Float32Array.from(data) : Float64Array.from(data), shape);

/** Numbers from −3 to 3, none of them like its neighbours. */
function numbers(dtype: FloatDType, shape: Shape, seed = 1): Value {
  let state = 4711 * seed;
  const data = Array.from({ length: size(shape) }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return (state / 2_147_483_647) * 6 - 3;
  });
  return of(dtype, data, shape);
}

/** The element at an index of the stretched value. */
function at(x: Value, shape: Shape, index: readonly number[]): number {
  const { offset, strides } = expandView(x, shape);
  return x.storage.data[index.reduce((sum, i, dim) => sum + i * strides[dim], offset)];
}

/** Every index of a shape, in order. */
function indices(shape: Shape): number[][] {
  return shape.reduce<number[][]>(
    (all, length) => all.flatMap((index) => Array.from({ length }, (_, i) => [...index, i])),
    [[]],
  );
}

function close(actual: Value, shape: Shape, expected: ArrayLike<number>, label = ""): void {
  expect(actual.shape).toEqual(shape);
  expectClose(elements(actual), expected, tolerances[actual.dtype], label);
}

export function ofMany(device: Device): void {
  for (const dtype of ["float32", "float64"] as const) {
    describe(`many numbers in ${dtype}`, () => {
      ofStretching(device, dtype);
      ofSlopes(device, dtype);
      ofFolds(device, dtype);
      ofSoftmax(device, dtype);
    });
  }
}

/** Shapes of two operands: equal, a number, rows, columns, both, what fits no pattern, and what takes several pieces. */
const stretched: [Shape, Shape][] = [
  [
    [7, 9],
    [7, 9],
  ],
  [[5, 8], []],
  [[], [101]],
  [[9, 5], [5]],
  [
    [9, 5],
    [9, 1],
  ],
  [
    [1, 13],
    [11, 1],
  ],
  [
    [3, 4, 5],
    [3, 1, 5],
  ],
  [
    [6, 1, 7],
    [1, 4, 1],
  ],
  [[20_001], [20_001]],
  [[3, 9001], [9001]],
  [
    [2, 9001],
    [2, 1],
  ],
  [[2501, 7], [7]],
];

function ofStretching(device: Device, dtype: FloatDType): void {
  const pairs: Partial<Record<Binary, (a: number, b: number) => number>> = {
    add: (a, b) => a + b,
    sub: (a, b) => a - b,
    mul: (a, b) => a * b,
    div: (a, b) => a / b,
    maximum: Math.max,
    minimum: Math.min,
    eq: (a, b) => Number(a === b),
    ne: (a, b) => Number(a !== b),
    lt: (a, b) => Number(a < b),
    le: (a, b) => Number(a <= b),
    gt: (a, b) => Number(a > b),
    ge: (a, b) => Number(a >= b),
  };

  it.each(stretched)("binary over %j and %j", (left, right) => {
    const [a, b] = [numbers(dtype, left), numbers(dtype, right, 2)];
    const n = Math.max(left.length, right.length);
    const dim = (shape: Shape, i: number) => shape[shape.length - n + i] ?? 1;
    const shape = Array.from({ length: n }, (_, i) => Math.max(dim(left, i), dim(right, i)));
    const all = indices(shape);
    for (const [op, f] of Object.entries(pairs)) {
      const type = /^(eq|ne|[lg][te])$/.test(op) ? "bool" : dtype;
      const got = device.binary(op as Binary, a, b, type);
      expect(got.dtype).toBe(type);
      const expected = all.map((index) => f(at(a, shape, index), at(b, shape, index)));
      close(got, shape, expected, op);
    }
    const condition = device.binary("lt", a, b, "bool");
    const expected = all.map((index) => Math.min(at(a, shape, index), at(b, shape, index)));
    close(device.where(condition, a, b), shape, expected, "where");
  });

  it("binary over a turned, a stretched and a sliced view", () => {
    const square = numbers(dtype, [40, 30]);
    const turned = square.at(permuteView(square, [1, 0]));
    const row = numbers(dtype, [50], 3);
    const part = row.at({ shape: [40], strides: [1], offset: 7 });
    const columns = row.at({ shape: [30, 40], strides: [1, 0], offset: 3 });
    for (const b of [part, columns]) {
      const expected = indices([30, 40]).map((i) => at(turned, [30, 40], i) - at(b, [30, 40], i));
      close(device.binary("sub", turned, b, dtype), [30, 40], expected);
    }
  });

  it("comparisons and choices keep NaN, and infinities, apart", () => {
    const line = [nan, Infinity, -Infinity, 0, -0, 1, nan, 2];
    const long = Array.from({ length: 40 }, (_, i) => line[i % 8]);
    const a = of(dtype, long);
    const b = of(
      dtype,
      long.map((_, i) => long[(i + 1) % 40]),
    );
    close(
      device.binary("eq", a, b, "bool"),
      [40],
      long.map((x, i) => Number(x === long[(i + 1) % 40])),
    );
    close(
      device.binary("maximum", a, b, dtype),
      [40],
      long.map((x, i) => Math.max(x, long[(i + 1) % 40]) + 0),
    );
  });
}

function ofSlopes(device: Device, dtype: FloatDType): void {
  /** Each op's derivative, of x, y what it gives. */
  const sigma = (x: number) => 1 / (1 + Math.exp(-x));
  const slopes: Record<Slope, { saved: (x: number) => number; slope: (x: number) => number }> = {
    exp: { saved: Math.exp, slope: Math.exp },
    log: { saved: (x) => x, slope: (x) => 1 / x },
    sqrt: { saved: (x) => Math.sqrt(Math.abs(x)), slope: (x) => 1 / (2 * Math.sqrt(Math.abs(x))) },
    root: { saved: (x) => Math.max(x, 0), slope: (x) => (x > 0 ? 1 / (2 * x) : 0) },
    abs: { saved: (x) => x, slope: Math.sign },
    tanh: { saved: Math.tanh, slope: (x) => 1 - Math.tanh(x) ** 2 },
    sigmoid: { saved: sigma, slope: (x) => sigma(x) * sigma(-x) },
    logSigmoid: { saved: (x) => x, slope: (x) => sigma(-x) },
    relu: { saved: (x) => Math.max(x, 0), slope: (x) => Number(x > 0) },
  };

  it.each(Object.entries(slopes))("the slope of %s", (op, { saved, slope }) => {
    const shape = [3, 3001];
    const x = numbers(dtype, shape);
    const d = numbers(dtype, shape, 2);
    const kept = wrap(dtype, elements(x).map(saved), shape);
    const expected = elements(x).map((v, i) => slope(v) * elements(d)[i]);
    const got = device.slope(op as Slope, d, kept);
    const { absolute, relative } = tolerances[dtype];
    expectClose(elements(got), expected, { absolute: absolute * 4, relative: relative * 4 });
    // A gradient that is one number everywhere, as a sum's is.
    const one = wrap(dtype, elements(d).slice(0, 1), [1, 1]);
    const same = device.slope(op as Slope, one.at(expandView(one, shape)), kept);
    const factor = elements(one)[0];
    expectClose(
      elements(same),
      elements(x).map((v) => slope(v) * factor),
      { absolute: absolute * 4, relative: relative * 4 },
    );
  });

  it("slopes where there is none, and of NaN", () => {
    const saved = of(dtype, [0, nan, 4]);
    const d = of(dtype, [2, 2, 2]);
    const slope = (op: Slope) => elements(device.slope(op, d, saved));
    expect([...slope("root")]).toEqual([0, nan, 0.25]);
    expect([...slope("sqrt")]).toEqual([Infinity, nan, 0.25]);
    expect([...slope("relu")]).toEqual([0, 2, 2]);
    expect([...slope("log")]).toEqual([Infinity, nan, 0.5]);
    expect([...slope("abs")]).toEqual([0, 0, 2]);
  });
}

/** Shapes and dimensions: long rows, many rows, columns, the middle, several, and widths around the kernels' four. */
const lines: [Shape, number[]][] = [
  [[20_001], [0]],
  [[3, 9001], [1]],
  [[4001, 3], [1]],
  [[4001, 3], [0]],
  [[2, 9001], [0]],
  [[7, 13], [0]],
  [[7, 13], [1]],
  [
    [5, 6, 7],
    [1, 2],
  ],
  [
    [5, 6, 7],
    [0, 1],
  ],
  [
    [5, 6, 7],
    [0, 2],
  ],
  [[5, 6, 7], [1]],
  [[3, 5, 4], [1]],
  [[2, 1, 3], [1]],
];

function ofFolds(device: Device, dtype: FloatDType): void {
  it.each(lines)("reduce of %j over %j", (shape, dims) => {
    const x = numbers(dtype, shape);
    const rest = shape.filter((_, dim) => !dims.includes(dim));
    const strides = rowMajor(rest);
    const lists = Array.from({ length: size(rest) }, () => [] as number[]);
    indices(shape).forEach((index, i) => {
      const place = index.filter((_, dim) => !dims.includes(dim)).reduce((sum, k, dim) => sum + k * strides[dim], 0);
      lists[place].push(elements(x)[i]);
    });
    const folds: Record<Reduction, (list: number[]) => number> = {
      sum: (list) => list.reduce((a, b) => a + b),
      squares: (list) => list.reduce((a, b) => a + b * b, 0),
      max: (list) => list.reduce((a, b) => Math.max(a, b)),
      min: (list) => list.reduce((a, b) => Math.min(a, b)),
    };
    for (const [op, f] of Object.entries(folds)) close(device.reduce(op as Reduction, x, dims), rest, lists.map(f), op);
  });

  it("NaN wins wherever it stands, and infinities are no numbers like others", () => {
    for (const place of [0, 5, 8192, 8200]) {
      for (const dim of [0, 1]) {
        const x = numbers(dtype, dim === 0 ? [8201, 3] : [3, 8201]);
        const data = elements(x);
        data[dim === 0 ? place * 3 + 1 : 8201 + place] = nan;
        for (const op of ["sum", "max", "min"] as const) {
          const got = [...elements(device.reduce(op, x, [dim]))];
          expect(got.map(Number.isNaN)).toEqual([false, true, false]);
        }
      }
    }
    const x = numbers(dtype, [9]);
    elements(x).set([Infinity, -Infinity, Infinity]);
    expect(["sum", "max", "min"].map((op) => elements(device.reduce(op as Reduction, x, [0]))[0])).toEqual([
      nan,
      Infinity,
      -Infinity,
    ]);
  });
}

function ofSoftmax(device: Device, dtype: FloatDType): void {
  const single = lines.filter(([, dims]) => dims.length === 1).map(([shape, [dim]]) => [shape, dim] as const);

  /** softmax, by its definition in doubles. */
  function expected(x: Value, dim: number, log: boolean): number[] {
    const data = elements(x);
    const after = size(x.shape.slice(dim + 1));
    const along = x.shape[dim];
    return Array.from(data, (v, i) => {
      const start = Math.floor(i / (along * after)) * along * after + (i % after);
      let most = -Infinity;
      for (let k = 0; k < along; k++) most = Math.max(most, data[start + k * after]);
      let sum = 0;
      for (let k = 0; k < along; k++) sum += Math.exp(data[start + k * after] - most);
      return log ? v - most - Math.log(sum) : Math.exp(v - most) / sum;
    });
  }
  // A row of twenty thousand is not a loop for each of its elements.
  const small = single.filter(([shape]) => size(shape) < 20_000 || Math.min(...shape) === 3);

  it.each(small.filter(([shape, dim]) => shape[dim] < 100))("softmax of %j along %i", (shape, dim) => {
    const x = numbers(dtype, shape);
    for (const log of [false, true]) close(device.softmax(x, dim, log), shape, expected(x, dim, log), `log ${log}`);
  });

  it("calls a function for each element", () => {
    const x = numbers(dtype, [3, 5]);
    const seen = x.at({ shape: [5, 3], strides: [1, 5], offset: 0 });
    const expected = Array.from({ length: 15 }, (_, i) => elements(x)[(i % 3) * 5 + Math.floor(i / 3)] * 3 + 1);
    close(
      device.map((a) => a * 3 + 1, seen),
      [5, 3],
      expected,
    );
  });

  it.each(single)("softmax of %j along %i adds up, and so does its logarithm", (shape, dim) => {
    const x = numbers(dtype, shape);
    const rest = shape.toSpliced(dim, 1);
    const y = device.softmax(x, dim, false);
    close(
      device.reduce("sum", y, [dim]),
      rest,
      Array.from({ length: size(rest) }, () => 1),
    );
    const logs = device.softmax(x, dim, true);
    close(y, shape, elements(device.unary("exp", logs)));
  });

  it.each(single)("the gradient of softmax of %j along %i", (shape, dim) => {
    const x = numbers(dtype, shape);
    const dy = numbers(dtype, shape, 5);
    const after = size(shape.slice(dim + 1));
    const along = shape[dim];
    for (const log of [false, true]) {
      const y = device.softmax(x, dim, log);
      const p = elements(y);
      const d = elements(dy);
      const sums = new Map<number, number>();
      const line = (i: number) => Math.floor(i / (along * after)) * after + (i % after);
      d.forEach((v, i) => {
        sums.set(line(i), (sums.get(line(i)) ?? 0) + (log ? v : v * p[i]));
      });
      const dx = Array.from(p, (v, i) => {
        const sum = sums.get(line(i)) as number;
        return log ? d[i] - Math.exp(v) * sum : v * (d[i] - sum);
      });
      close(device.softmaxBackward(dy, y, dim, log), shape, dx, `log ${log}`);
      const one = wrap(
        dtype,
        elements(dy).slice(0, 1),
        shape.map(() => 1),
      );
      const flat = device.softmaxBackward(one.at(expandView(one, shape)), y, dim, log);
      const whole = wrap(
        dtype,
        elements(dy).map(() => elements(one)[0]),
        shape,
      );
      close(flat, shape, elements(device.softmaxBackward(whole, y, dim, log)));
    }
  });

  it("softmax of what is masked, far apart, infinite and NaN", () => {
    const rows = [
      [-Infinity, 1, 1, -Infinity, -1e30],
      [1e30, 0, -1e30, 88, 100],
      [-Infinity, -Infinity, -Infinity, -Infinity, -Infinity],
      [nan, 0, 0, 0, 0],
      [0, Infinity, 0, 0, 0],
      [-80, 0, -100, -150, -1000],
    ];
    const all = (list: number) => Array(5).fill(list);
    const right = [[0, 0.5, 0.5, 0, 0], [1, 0, 0, 0, 0], all(nan), all(nan), all(nan), [Math.exp(-80), 1, 0, 0, 0]];
    const x = of(dtype, rows.flat(), [6, 5]);
    const turned = of(
      dtype,
      indices([5, 6]).map(([j, i]) => rows[i][j]),
      [5, 6],
    );
    const y = device.softmax(x, 1, false);
    right.forEach((row, i) => {
      expectClose(elements(y).subarray(i * 5, i * 5 + 5), row, tolerances[dtype], `row ${i}`);
    });
    const down = device.softmax(turned, 0, false);
    const back = down.at(permuteView(down, [1, 0]));
    for (const [i, row] of right.entries()) {
      const got = row.map((_, j) => at(back, [6, 5], [i, j]));
      expectClose(got, row, tolerances[dtype], `column ${i}`);
    }
  });
}
