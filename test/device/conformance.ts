/**
 * What every device must do, as a function of the device: each kernel, the runs over time and the stacks that move
 * step by step, beside expected values.
 *
 * Kernels are tried in float32 and float64, on views that are transposed, stretched and sliced. Runs are compared with
 * the loop in `reference.ts`, which knows one sequence, one row and plain numbers.
 */

import { describe, expect, it } from "vitest";
import { expandView, narrowView, permuteView, selectView } from "../../src/base/shape.js";
import type { Cell } from "../../src/device/cell.js";
import { cells } from "../../src/device/cells/index.js";
import type { Binary, Device, Sequence, Unary } from "../../src/device/device.js";
import { js } from "../../src/device/js/index.js";
import { allocate, type DType, elements, type FloatDType, fresh, Value, wrap } from "../../src/device/value.js";
import { expectClose, tolerances } from "../support/tolerance.js";
import { ofMany } from "./conformance_ops.js";
import { ofConvolutions } from "./convolutions.js";
import { ofFused } from "./fused.js";
import { ofNets } from "./nets.js";
import { backward, forward } from "./one.js";
import { otherCells } from "./other_cells.js";
import { draws, gradients, outputs, recurrentShape } from "./reference.js";
import { ofSteppers } from "./steppers.js";

/** A row-major value of the numbers given. */
export function value(dtype: DType, data: readonly number[], shape: readonly number[] = [data.length]): Value {
  const array = allocate(dtype, data.length);
  array.set(data);
  return wrap(dtype, array, shape);
}

/** [[1, 2, 3], [4, 5, 6]] as a view of its transpose, which starts after two elements that do not belong to it. */
function turned(dtype: DType): Value {
  const { storage } = value(dtype, [99, 99, 1, 4, 2, 5, 3, 6]);
  return new Value(storage, permuteView({ shape: [3, 2], strides: [2, 1], offset: 2 }, [1, 0]));
}

const { NaN: nan } = Number;
const unaries: Record<Unary, (x: number) => number> = {
  neg: (x) => -x,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  abs: Math.abs,
  sign: (x) => (Number.isNaN(x) ? 0 : Math.sign(x)),
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  logSigmoid: (x) => (x < -30 ? x : -Math.log1p(Math.exp(-x))),
  relu: (x) => Math.max(x, 0),
  isnan: (x) => Number(Number.isNaN(x)),
  logicalNot: (x) => Number(x === 0),
};
const points = [-50, -2.5, -1, -0.25, 0, 0.5, 1, 3, 40, nan, Infinity, -Infinity];

const pairs: [number, number][] = [
  [2, 3],
  [-1, 0.5],
  [0, 0],
  [4, -2],
  [1, nan],
  [1, Infinity],
  [-1, -Infinity],
  [nan, 1],
];
const binaries: Record<Binary, readonly number[]> = {
  add: [5, -0.5, 0, 2, nan, Infinity, -Infinity, nan],
  sub: [-1, -1.5, 0, 6, nan, -Infinity, Infinity, nan],
  mul: [6, -0.5, 0, -8, nan, Infinity, Infinity, nan],
  div: [2 / 3, -2, nan, -2, nan, 0, 0, nan],
  pow: [8, nan, 1, 0.0625, 1, 1, 1, nan],
  maximum: [3, 0.5, 0, 4, nan, Infinity, -1, nan],
  minimum: [2, -1, 0, -2, nan, 1, -Infinity, nan],
  eq: [0, 0, 1, 0, 0, 0, 0, 0],
  ne: [1, 1, 0, 1, 1, 1, 1, 1],
  lt: [1, 1, 0, 0, 0, 1, 0, 0],
  le: [1, 1, 1, 0, 0, 1, 0, 0],
  gt: [0, 0, 0, 1, 0, 0, 1, 0],
  ge: [0, 0, 1, 1, 0, 0, 1, 0],
  logicalAnd: [1, 1, 0, 1, 1, 1, 1, 1],
  logicalOr: [1, 1, 0, 1, 1, 1, 1, 1],
};
const comparisons = ["eq", "ne", "lt", "le", "gt", "ge", "logicalAnd", "logicalOr"];

function same(actual: Value, dtype: DType, shape: readonly number[], data: readonly number[]): void {
  expect(actual.dtype).toBe(dtype);
  expect(actual.shape).toEqual(shape);
  // −0 and 0 are one number here.
  expectClose(
    Array.from(elements(actual), (x) => x + 0),
    data.map((x) => x + 0),
    tolerances[dtype],
  );
}

export function conformance(device: Device): void {
  for (const dtype of ["float32", "float64"] as const) describe(dtype, () => ofFloats(device, dtype));
  for (const dtype of ["float32", "float64"] as const) describe(`fused, ${dtype}`, () => ofFused(device, dtype));
  for (const dtype of ["float32", "float64"] as const) {
    describe(`convolution, ${dtype}`, () => ofConvolutions(device, dtype));
  }
  describe("whole numbers and bools", () => ofWhole(device));
  ofMany(device);
  for (const dtype of ["float32", "float64"] as const) {
    for (const cell of Object.values(cells)) {
      describe(`${cell.name} in ${dtype}`, () => {
        ofRuns(device, cell, dtype);
        ofInfinity(device, cell, dtype);
      });
    }
    // Most of these no device knows by name.
    for (const cell of otherCells) describe(`${cell.name} in ${dtype}`, () => ofRuns(device, cell, dtype));
  }
  for (const cell of [...Object.values(cells), ...otherCells]) {
    describe(`${cell.name} step by step`, () => ofSteppers(device, cell));
  }
  describe("nets step by step", () => ofNets(device));
  for (const cell of [...Object.values(cells), ...otherCells]) describe(cell.name, () => ofDirections(device, cell));
}

function ofFloats(device: Device, dtype: FloatDType): void {
  it.each(Object.entries(unaries))("unary %s", (op, expected) => {
    const type = op === "isnan" || op === "logicalNot" ? "bool" : dtype;
    same(device.unary(op as Unary, value(dtype, points)), type, [points.length], points.map(expected));
    const six = [1, 2, 3, 4, 5, 6];
    same(device.unary(op as Unary, turned(dtype)), type, [2, 3], six.map(expected));
    expect(device.unary(op as Unary, value(dtype, [], [0, 3])).shape).toEqual([0, 3]);
  });

  it.each(Object.entries(binaries))("binary %s", (op, expected) => {
    const [a, b] = [0, 1].map((side) =>
      value(
        dtype,
        pairs.map((pair) => pair[side]),
      ),
    );
    const type = comparisons.includes(op) ? "bool" : dtype;
    same(device.binary(op as Binary, a, b, type), type, [pairs.length], expected);
  });

  it("binary stretches its operands, views included", () => {
    const sum = device.binary("add", turned(dtype), value(dtype, [10, 20], [2, 1]), dtype);
    same(sum, dtype, [2, 3], [11, 12, 13, 24, 25, 26]);
    same(device.binary("mul", value(dtype, [2], []), turned(dtype), dtype), dtype, [2, 3], [2, 4, 6, 8, 10, 12]);
    expect(device.binary("add", value(dtype, [], [0, 1]), value(dtype, [1, 2]), dtype).shape).toEqual([0, 2]);
  });

  it("where", () => {
    const chosen = device.where(value("bool", [1, 0], [2, 1]), turned(dtype), value(dtype, [nan], []));
    same(chosen, dtype, [2, 3], [1, 2, 3, nan, nan, nan]);
  });

  it("copy stretches, converts and writes through a view", () => {
    const to = fresh(dtype, [3, 2]);
    device.copy(turned(dtype), to.at(permuteView(to, [1, 0])));
    same(to, dtype, [3, 2], [1, 4, 2, 5, 3, 6]);
    device.copy(value("int32", [7], [1]), to.at(narrowView(to, 0, 1, 2)));
    same(to, dtype, [3, 2], [1, 4, 7, 7, 7, 7]);
    const flags = fresh("bool", [3]);
    device.copy(value(dtype, [0, 0.5, nan]), flags);
    same(flags, "bool", [3], [0, 1, 1]);
    const whole = fresh("int32", [2]);
    device.copy(value(dtype, [2.75, -2.75]), whole);
    same(whole, "int32", [2], [2, -2]);
  });

  it("copy of a value over itself reads before it writes", () => {
    const x = value(dtype, [1, 2, 3, 4]);
    device.copy(x.at(narrowView(x, 0, 0, 3)), x.at(narrowView(x, 0, 1, 3)));
    same(x, dtype, [4], [1, 1, 2, 3]);
    const square = value(dtype, [1, 2, 3, 4], [2, 2]);
    device.copy(square.at(permuteView(square, [1, 0])), square);
    same(square, dtype, [2, 2], [1, 3, 2, 4]);
  });

  it("accumulate stretches, adds and writes through a view", () => {
    const to = value(dtype, [1, 2, 3, 4, 5, 6], [2, 3]);
    device.accumulate(value(dtype, [10, 20, 30]), to);
    same(to, dtype, [2, 3], [11, 22, 33, 14, 25, 36]);
    device.accumulate(value(dtype, [100, 200]), to.at(selectView(to, 1, 1)));
    same(to, dtype, [2, 3], [11, 122, 33, 14, 225, 36]);
    device.accumulate(turned(dtype), to);
    same(to, dtype, [2, 3], [12, 124, 36, 18, 230, 42]);
  });

  it("reduce", () => {
    same(device.reduce("sum", turned(dtype), [0]), dtype, [3], [5, 7, 9]);
    same(device.reduce("sum", turned(dtype), [1]), dtype, [2], [6, 15]);
    same(device.reduce("sum", turned(dtype), [0, 1]), dtype, [], [21]);
    same(device.reduce("sum", turned(dtype), []), dtype, [2, 3], [1, 2, 3, 4, 5, 6]);
    same(device.reduce("max", turned(dtype), [1]), dtype, [2], [3, 6]);
    same(device.reduce("min", turned(dtype), [1, 0]), dtype, [], [1]);
    same(device.reduce("max", value(dtype, [1, nan, 3]), [0]), dtype, [], [nan]);
    same(device.reduce("sum", value(dtype, [], [0, 2]), [0]), dtype, [2], [0, 0]);
    same(device.reduce("max", value(dtype, [], [0]), [0]), dtype, [], [-Infinity]);
  });

  it("sums in double precision and rounds once", () => {
    const many = value(dtype, [1, ...Array(4096).fill(2 ** -24)]);
    same(device.reduce("sum", many, [0]), dtype, [], [1 + 2 ** -12]);
  });

  it("extremum takes the first of equals, and NaN before all", () => {
    const x = value(dtype, [1, 3, 3, nan, 0, nan], [2, 3]);
    const most = device.extremum("max", x, 1);
    same(most.values, dtype, [2], [3, nan]);
    same(most.indices, "int32", [2], [1, 0]);
    const least = device.extremum("min", turned(dtype), 0);
    same(least.values, dtype, [3], [1, 2, 3]);
    same(least.indices, "int32", [3], [0, 0, 0]);
  });

  it("cumsum", () => {
    same(device.cumsum(turned(dtype), 1), dtype, [2, 3], [1, 3, 6, 4, 9, 15]);
    same(device.cumsum(turned(dtype), 0), dtype, [2, 3], [1, 2, 3, 5, 7, 9]);
  });

  it("argsort is stable, with NaN the greatest", () => {
    const x = value(dtype, [2, nan, 1, 2, -Infinity, nan]);
    same(device.argsort(x, 0, false), "int32", [6], [4, 2, 0, 3, 1, 5]);
    same(device.argsort(x, 0, true), "int32", [6], [1, 5, 0, 3, 2, 4]);
    same(device.argsort(turned(dtype), 0, true), "int32", [2, 3], [1, 1, 1, 0, 0, 0]);
  });

  it("gather and scatterAdd", () => {
    const index = value("int32", [2, 0, 0, 1], [2, 2]);
    same(device.gather(turned(dtype), 1, index), dtype, [2, 2], [3, 1, 4, 5]);
    const into = value(dtype, [0, 0, 10, 0, 0, 0], [2, 3]);
    device.scatterAdd(into, 1, value("int32", [2, 2, 0, 1], [2, 2]), value(dtype, [1, 2, 3, 4], [2, 2]));
    same(into, dtype, [2, 3], [0, 0, 13, 3, 4, 0]);
    const row = value("int32", [1], [1, 1]);
    same(device.gather(turned(dtype), 0, row.at(expandView(row, [1, 3]))), dtype, [1, 3], [4, 5, 6]);
  });

  it.each([
    [1, 1, 1],
    [2, 3, 5],
    [4, 8, 4],
    [3, 0, 2],
    [0, 2, 3],
    [5, 7, 9],
    [17, 33, 18],
  ])("gemm %d × %d × %d, of every layout, onto what is there", (M, K, N) => {
    const next = draws(M * 100 + K * 10 + N);
    const a = next(M * K);
    const b = next(K * N);
    const before = next(M * N);
    const product = before.map((start, i) => {
      const [m, n] = [Math.floor(i / N), i % N];
      return a.slice(m * K, (m + 1) * K).reduce((sum, x, k) => sum + x * b[k * N + n], start);
    });
    const flipped = (data: number[], rows: number, columns: number): Value => {
      const columnwise = data.map((_, i) => data[(i % rows) * columns + Math.floor(i / rows)]);
      const x = value(dtype, columnwise, [columns, rows]);
      return x.at(permuteView(x, [1, 0]));
    };
    for (const left of [value(dtype, a, [M, K]), flipped(a, M, K)]) {
      for (const right of [value(dtype, b, [K, N]), flipped(b, K, N)]) {
        const out = value(dtype, before, [M, N]);
        device.gemm(left, right, out, true);
        same(out, dtype, [M, N], product);
        device.gemm(left, right, out, false);
        same(
          out,
          dtype,
          [M, N],
          product.map((sum, i) => sum - before[i]),
        );
      }
    }
  });

  it("gemm of a batch, one side stretched over it", () => {
    const a = value(dtype, [1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]);
    const b = value(dtype, [1, 0, 0, 10], [1, 2, 2]);
    const out = fresh(dtype, [2, 2, 2]);
    device.gemm(a, b.at(expandView(b, [2, 2, 2])), out, false);
    same(out, dtype, [2, 2, 2], [1, 20, 3, 40, 5, 60, 7, 80]);
  });
}

function ofWhole(device: Device): void {
  it("arithmetic of int32 wraps around", () => {
    const x = value("int32", [2147483647, 65537, -3]);
    same(device.binary("add", x, value("int32", [1]), "int32"), "int32", [3], [-2147483648, 65538, -2]);
    same(device.binary("mul", x, x, "int32"), "int32", [3], [1, 131073, 9]);
    same(device.binary("pow", x, value("int32", [3, 3, 3]), "int32"), "int32", [3], [2147483647, 196609, -27]);
  });

  it("whole numbers divide as floats", () => {
    same(
      device.binary("div", value("int32", [1, 1]), value("int32", [4, 0]), "float32"),
      "float32",
      [2],
      [0.25, Infinity],
    );
  });

  it("bools add up to true, count in int32, and fold to any and all", () => {
    const x = value("bool", [1, 1, 0, 1], [2, 2]);
    same(device.binary("add", x, x, "bool"), "bool", [2, 2], [1, 1, 0, 1]);
    same(device.reduce("sum", x, [0, 1]), "int32", [], [3]);
    same(device.cumsum(x, 1), "int32", [2, 2], [1, 2, 0, 1]);
    same(device.reduce("max", x, [0]), "bool", [2], [1, 1]);
    same(device.reduce("min", x, [0]), "bool", [2], [0, 1]);
    same(device.reduce("max", value("bool", [], [0]), [0]), "bool", [], [0]);
    same(device.reduce("min", value("bool", [], [0]), [0]), "bool", [], [1]);
  });

  it("a sum that int32 cannot hold is refused", () => {
    const x = value("int32", [2147483647, 1]);
    expect(() => device.reduce("sum", x, [0])).toThrow("the sum 2147483648 does not fit in int32");
    expect(() => device.cumsum(x, 0)).toThrow("the sum 2147483648 does not fit in int32");
    same(device.reduce("sum", value("int32", [2147483647, 1, -1]), [0]), "int32", [], [2147483647]);
  });
}

/** What is infinite stays with its own unit and sequence, whatever the widths that a device prefers. */
function ofInfinity(device: Device, cell: Cell, dtype: FloatDType): void {
  it.each([undefined, ...(cell === cells.LSTM ? [3] : [])])("one infinite input and gradient, projected to %s", (P) => {
    const [N, C, H, T] = [2, 3, 5, 4];
    const next = draws(7);
    const { gates, states } = cell;
    const size = P ?? H;
    const make = (...shape: number[]) => value(dtype, next(shape.reduce((a, b) => a * b, 1)), shape);
    const sequence: Sequence = {
      cell,
      steps: Array<number>(T).fill(N),
      reverse: false,
      input: make(T * N, C),
      initial: Array.from({ length: states }, (_, s) => make(N, s === 0 ? size : H)),
      weights: {
        ...{ ih: make(gates * H, C), hh: make(gates * H, size), biasIh: make(gates * H), biasHh: make(gates * H) },
        hr: P === undefined ? null : make(P, H),
      },
    };
    const calm = forward(device, sequence, true);
    const d = { output: make(T * N, size), final: sequence.initial.map(() => null) };
    elements(d.output)[2 * N * size] = Infinity;
    const needs = { input: true, weights: true };
    const leaving = backward(device, sequence, calm, d, needs);
    const wanted = backward(js, sequence, forward(js, sequence, true), d, needs);
    for (const [i, gradient] of [leaving.input, ...leaving.initial].entries()) {
      const want = [wanted.input, ...wanted.initial][i];
      expectClose(elements(gradient as Value), elements(want as Value), { absolute: 1e-5, relative: 1e-5 }, `${i}`);
    }

    elements(sequence.input)[N * C] = -Infinity;
    const expected = outputs(sequence);
    const run = forward(device, sequence, false);
    same(run.output, dtype, [T * N, size], expected.output);
    expect(expected.output.some((y) => Number.isFinite(y))).toBe(true);
  });
}

/** Directions that are run in one call are what they are alone. */
function ofDirections(device: Device, cell: Cell): void {
  it("runs directions in one call as one by one", () => {
    const [N, C, H, T] = [3, 4, 9, 5];
    const next = draws(12);
    const make = (...shape: number[]) => value("float32", next(shape.reduce((a, b) => a * b, 1)), shape);
    const { gates, states } = cell;
    const hhShape = recurrentShape(cell, H);
    const input = make(T * N, C);
    const directions = [false, true].map((reverse): Sequence => {
      const initial = Array.from({ length: states }, () => make(N, H));
      const own = Object.fromEntries(Object.entries(cell.own?.(H) ?? {}).map(([key, shape]) => [key, make(...shape)]));
      const weights = {
        ih: make(gates * H, C),
        hh: hhShape && make(...hhShape),
        biasIh: null,
        biasHh: null,
        hr: null,
        own,
      };
      return { cell, steps: Array<number>(T).fill(N), reverse, input, initial, weights };
    });
    const runs = device.forward(directions, true);
    const needs = { input: true, weights: true };
    const returns = directions.map((sequence, i) => {
      const d = { output: runs[i].output, final: runs[i].final.map(() => null) };
      return { sequence, run: runs[i], d, needs };
    });
    const leaving = device.backward(returns);
    const numbers = (x: Value | null) => x && [...elements(x)];
    directions.forEach((sequence, i) => {
      const alone = forward(device, sequence, true);
      expect([alone.output, ...alone.final].map(numbers)).toEqual([runs[i].output, ...runs[i].final].map(numbers));
      const { input, initial, weights } = backward(device, sequence, alone, returns[i].d);
      expect([input, ...initial].map(numbers)).toEqual([leaving[i].input, ...leaving[i].initial].map(numbers));
      expect(numbers(weights?.ih ?? null)).toEqual(numbers(leaving[i].weights?.ih ?? null));
      expect(runs[i].device).toBe(runs[0].device);
    });
    expect(device.forward([], true)).toEqual([]);
    expect(device.backward([])).toEqual([]);
  });
}

/** One run: its sizes, whether it has no biases, and whether h is masked. */
interface Setup extends Record<"N" | "C" | "H", number> {
  readonly name: string;
  readonly steps: number[];
  readonly P?: number;
  readonly bare?: boolean;
  readonly masked?: boolean;
}

/** Zeros and twos, of one sign each in `x`. */
function maskOf(x: Value): Value {
  const data = elements(x);
  for (let i = 0; i < data.length; i++) data[i] = data[i] < 0 ? 0 : 2;
  return x;
}

function ofRuns(device: Device, cell: Cell, dtype: FloatDType): void {
  const setups: Setup[] = [
    ...(otherCells.includes(cell) ? [] : [{ name: "dense", steps: [3, 3, 3, 3], N: 3, C: 5, H: 4 }]),
    { name: "one row, one unit", steps: [1, 1], N: 1, C: 1, H: 1 },
    { name: "ragged, with a sequence of length zero", steps: [4, 3, 3, 1], N: 5, C: 2, H: 3 },
    { name: "without biases", steps: [2, 1], N: 2, C: 3, H: 5, bare: true },
    { name: "no step", steps: [], N: 2, C: 3, H: 2 },
    { name: "no unit", steps: [2, 1], N: 2, C: 3, H: 0 },
    { name: "masked", steps: [3, 3, 1], N: 4, C: 3, H: 4, masked: true },
    ...(cell === cells.LSTM
      ? [
          { name: "projected", steps: [3, 2, 2], N: 3, C: 3, H: 4, P: 2 },
          { name: "projected and masked", steps: [3, 2], N: 3, C: 3, H: 4, P: 3, masked: true },
        ]
      : []),
  ];
  for (const { name, steps, N, C, H, P, bare, masked } of setups) {
    it.each([false, true])(`${name}, reverse %j`, (reverse) => {
      const next = draws(steps.length * 10 + H);
      const { gates, states } = cell;
      const size = P ?? H;
      const R = steps.reduce((a, b) => a + b, 0);
      const make = (...shape: number[]) => value(dtype, next(shape.reduce((a, b) => a * b, 1)), shape);
      const bias = () => (bare ? null : make(gates * H));
      const hhShape = recurrentShape(cell, H, size);
      const sequence: Sequence = {
        cell,
        steps,
        reverse,
        input: make(R, C),
        initial: Array.from({ length: states }, (_, s) => make(N, s === 0 ? size : H)),
        weights: {
          ih: make(gates * H, C),
          hh: hhShape && make(...hhShape),
          biasIh: bias(),
          biasHh: bias(),
          hr: P === undefined ? null : make(P, H),
          own: Object.fromEntries(Object.entries(cell.own?.(H) ?? {}).map(([key, shape]) => [key, make(...shape)])),
        },
        mask: masked ? maskOf(make(N, size)) : null,
      };
      const untouched = JSON.stringify(sequence);

      const expected = outputs(sequence);
      for (const keep of [false, true]) {
        const run = forward(device, sequence, keep);
        same(run.output, dtype, [R, size], expected.output);
        run.final.forEach((state, s) => {
          same(state, dtype, sequence.initial[s].shape, expected.final[s]);
        });
      }

      const run = forward(device, sequence, true);
      const d = { output: make(R, size), final: sequence.initial.map((state) => make(...state.shape)) };
      for (const arriving of [
        d,
        { output: null, final: d.final },
        { output: d.output, final: d.final.map(() => null) },
      ]) {
        const leaving = backward(device, sequence, run, arriving, { input: true, weights: true });
        const want = gradients(sequence, arriving);
        // Differences know seven digits at best.
        const near = { absolute: 3e-6, relative: 3e-6 };
        const close = (got: Value | null | undefined, data: readonly number[] | undefined, label: string) => {
          expect(got === null || got === undefined, label).toBe(data === undefined);
          if (got && data) expectClose(elements(got), data, near, label);
        };
        close(leaving.input, want.input, "input");
        leaving.initial.forEach((state, s) => {
          close(state, want.initial[s], `state ${s}`);
        });
        for (const key of ["ih", "hh", "biasIh", "biasHh", "hr"] as const) {
          close(leaving.weights?.[key], want.weights[key], key);
        }
        for (const key of Object.keys(want.own)) close(leaving.weights?.own?.[key], want.own[key], key);
      }
      const neither = backward(device, sequence, run, d, { input: false, weights: false });
      expect([neither.input, neither.weights]).toEqual([null, null]);
      expect(JSON.stringify(sequence)).toBe(untouched);
    });
  }
}
