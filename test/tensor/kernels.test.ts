import { expect, it } from "vitest";
import { elements, type Value } from "../../src/device/value.js";
import * as kernels from "../../src/tensor/kernels.js";
import { value } from "../device/conformance.js";

const list = (x: Value) => [...elements(kernels.rowMajor(x))];
const x = value("float64", [1, 2, 3, 4, 5, 6], [2, 3]);

it("a number beside a value takes its dtype", () => {
  expect(kernels.add(x, 0.5).dtype).toBe("float64");
  expect(list(kernels.sub(1, x))).toEqual([0, -1, -2, -3, -4, -5]);
  expect(kernels.compare("gt", x, 3).dtype).toBe("bool");
  expect(list(kernels.where(kernels.compare("gt", x, 3), x, 0))).toEqual([0, 0, 0, 4, 5, 6]);
});

it("scalar and checkWhole refuse what int32 cannot hold", () => {
  expect(list(kernels.scalar(2.7, "int32"))).toEqual([2]);
  expect(list(kernels.scalar(2, "bool"))).toEqual([1]);
  expect(list(kernels.scalar(NaN, "float32"))).toEqual([NaN]);
  for (const bad of [2 ** 31, -(2 ** 31) - 1, NaN, -Infinity]) {
    expect(() => kernels.scalar(bad, "int32")).toThrow("value cannot be converted to type int without overflow");
  }
  expect(() => kernels.checkWhole([1, 2 ** 40], "int32")).toThrow("type int32 without");
});

it("copies only where it must", () => {
  expect(kernels.rowMajor(x)).toBe(x);
  expect(kernels.convert(x, "float64")).toBe(x);
  expect(kernels.copy(x).storage).not.toBe(x.storage);
  expect(kernels.reshape(x, [3, 2]).storage).toBe(x.storage);
  expect(kernels.reshape(kernels.transpose(x), [6]).storage).not.toBe(x.storage);
  expect(list(kernels.reshape(kernels.transpose(x), [6]))).toEqual([1, 4, 2, 5, 3, 6]);
});

it("sumTo undoes a stretch", () => {
  expect(kernels.sumTo(x, [2, 3])).toBe(x);
  expect([kernels.sumTo(x, [3]).shape, list(kernels.sumTo(x, [3]))]).toEqual([[3], [5, 7, 9]]);
  expect([kernels.sumTo(x, [2, 1]).shape, list(kernels.sumTo(x, [2, 1]))]).toEqual([
    [2, 1],
    [6, 15],
  ]);
  expect(list(kernels.sumTo(x, []))).toEqual([21]);
  expect(kernels.sumTo(value("float64", [], [0, 3]), [1, 3]).shape).toEqual([1, 3]);
});

it("reduce keeps folded dimensions if asked", () => {
  expect(kernels.sum(x, [1], true).shape).toEqual([2, 1]);
  expect(kernels.reduce("max", x, [0]).shape).toEqual([3]);
});

it("flip, gemm, zeros", () => {
  expect(list(kernels.flip(x, 1))).toEqual([3, 2, 1, 6, 5, 4]);
  expect(list(kernels.flip(kernels.scalar(7, "float64"), 0))).toEqual([7]);
  expect(list(kernels.gemm(x, kernels.transpose(x)))).toEqual([14, 32, 32, 77]);
  expect([kernels.zeros(x).shape, kernels.zeros(x, [2]).dtype]).toEqual([[2, 3], "float64"]);
});

it("inMemoryOrder lays what was drawn where the memory of another value has it", () => {
  const like = kernels.transpose(x);
  const drawn = kernels.inMemoryOrder(like, "int32", Int32Array.of(0, 1, 2, 3, 4, 5));
  expect([drawn.shape, list(drawn)]).toEqual([like.shape, [0, 3, 1, 4, 2, 5]]);
});
