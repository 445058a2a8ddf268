import { type Binary, expandView, js, permuteView, type Slope, type Unary, type Value, wrap } from "elman-nn/device";
import { describe, expect, it, vi } from "vitest";
import { exact, expectClose, tolerances } from "../../test/support/tolerance.js";
import { binding, device, floats, numbers } from "./device.js";

const unaries = [
  "neg",
  "abs",
  "sign",
  "sqrt",
  "relu",
  "isnan",
  "logicalNot",
  "exp",
  "log",
  "tanh",
  "sigmoid",
  "logSigmoid",
];
const binaries = [
  ["add", "sub", "mul", "div", "maximum", "minimum", "pow"],
  ["eq", "ne", "lt", "le", "gt", "ge", "logicalAnd", "logicalOr"],
];
const slopes = ["exp", "log", "sqrt", "root", "abs", "tanh", "sigmoid", "logSigmoid", "relu"];
/** What is not to the last bit what JavaScript computes in double precision. */
const rounded = ["exp", "log", "tanh", "sigmoid", "logSigmoid", "pow"];

function same(actual: Value, expected: Value, label: string, near = false): void {
  expect([actual.dtype, actual.shape], label).toEqual([expected.dtype, expected.shape]);
  const zero = (x: number) => x + 0;
  const [got, want] = [actual, expected].map(({ storage }) => Array.from(storage.data as Float32Array, zero));
  expectClose(got, want, near ? tolerances[actual.dtype] : exact, label);
}

describe.each(floats)("%s", (dtype) => {
  const x = numbers(dtype, [41, 50], 1);
  const y = numbers(dtype, [41, 50], 2);
  const turned = (value: Value) => value.at(permuteView(value, [1, 0]));

  it.each(unaries)("%s of numbers that are hard", (op) => {
    for (const from of [x, turned(x)])
      same(device.unary(op as Unary, from), js.unary(op as Unary, from), op, rounded.includes(op));
  });

  it.each(binaries.flat())("%s of numbers that are hard", (op) => {
    const type = binaries[1].includes(op) ? "bool" : dtype;
    for (const [a, b] of [
      [x, y],
      [turned(x), turned(y)],
      [x, y.at({ shape: [50], strides: [1], offset: 3 })],
    ]) {
      same(device.binary(op as Binary, a, b, type), js.binary(op as Binary, a, b, type), op, rounded.includes(op));
    }
  });

  it.each(slopes)("the slope of %s at numbers that are tame", (op) => {
    const [d, saved] = [numbers(dtype, [41, 50], 3, true), numbers(dtype, [41, 50], 4, true)];
    same(device.slope(op as Slope, d, turned(turned(saved))), js.slope(op as Slope, d, saved), op, true);
  });

  it("chooses, copies and adds, whatever the strides", () => {
    const condition = wrap(
      "bool",
      Uint8Array.from({ length: 50 }, (_, i) => Number(i % 3 === 0) * 7),
      [50],
    );
    same(device.where(condition, x, turned(turned(y))), js.where(condition, x, y), "where");
    const column = y.at({ shape: [41, 1], strides: [50, 1], offset: 7 });
    const [to, expected] = [0, 0].map(() => numbers(dtype, [43, 50], 5, true));
    const inner = (value: Value) => value.at({ shape: [41, 50], strides: [50, 1], offset: 50 });
    for (const from of [column, turned(numbers(dtype, [50, 41], 6)), x]) {
      device.copy(from, inner(to));
      js.copy(from, inner(expected));
      same(to, expected, "copy");
      device.accumulate(from, inner(to));
      js.accumulate(from, inner(expected));
      same(to, expected, "accumulate");
    }
  });

  it("reads before it writes where both lie in one storage", () => {
    const [one, other] = [0, 0].map(() => numbers(dtype, [10, 10], 7, true));
    device.copy(turned(one), one);
    js.copy(turned(other), other);
    same(one, other, "copy");
    device.accumulate(turned(one), one);
    js.accumulate(turned(other), other);
    same(one, other, "accumulate");
  });

  it("goes to the kernels from 64 elements on, and up to 16 dimensions", () => {
    const kernel = vi.spyOn(binding, "elementwise");
    const asked = (shape: number[]) => {
      kernel.mockClear();
      const given = numbers(dtype, shape, 8, true);
      same(device.unary("neg", given), js.unary("neg", given), `${shape}`);
      return kernel.mock.calls.length;
    };
    try {
      expect([[63], [64], [65], [0], Array(16).fill(2), [...Array(16).fill(1), 70]].map(asked)).toEqual([
        0, 1, 1, 0, 1, 0,
      ]);
    } finally {
      kernel.mockRestore();
    }
  });

  it("leaves two dtypes, and another than theirs, to the js device", () => {
    const other = numbers(dtype === "float32" ? "float64" : "float32", [41, 50], 9, true);
    same(device.binary("add", x, other, "float64"), js.binary("add", x, other, "float64"), "two dtypes");
    const bools = device.binary("add", x, y, "bool");
    same(bools, js.binary("add", x, y, "bool"), "bool");
    const one = wrap("int32", Int32Array.of(2), []);
    const wide = one.at(expandView(one, [9, 9]));
    same(device.binary("mul", wide, wide, "int32"), js.binary("mul", wide, wide, "int32"), "int32");
  });
});
