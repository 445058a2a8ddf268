import { expect, it } from "vitest";
import { argsort, cumsum, extremum, gather, reduce, scatterAdd } from "../../../src/device/js/reduce.js";
import { elements, type Value } from "../../../src/device/value.js";
import { value } from "../conformance.js";

const list = (x: Value) => [...elements(x)];
const cube = value("float64", [...Array(24).keys()], [2, 3, 4]);

it("folds the dimension in the middle, the outer ones, and all", () => {
  expect(list(reduce("sum", cube, [1]))).toEqual([12, 15, 18, 21, 48, 51, 54, 57]);
  expect(list(reduce("sum", cube, [2, 0]))).toEqual([60, 92, 124]);
  expect(list(reduce("max", cube, [0, 1, 2]))).toEqual([23]);
  expect(list(reduce("min", cube, [0, 2]))).toEqual([0, 4, 8]);
});

it("walks the dimension in the middle", () => {
  expect(list(extremum("max", cube, 1).indices)).toEqual(Array(8).fill(2));
  expect(list(cumsum(cube, 1)).slice(0, 12)).toEqual([0, 1, 2, 3, 4, 6, 8, 10, 12, 15, 18, 21]);
  expect(list(argsort(cube, 1, true)).slice(0, 12)).toEqual([2, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0]);
});

it("picks and adds along the dimension in the middle", () => {
  const index = value("int32", [2, 0, 1, 0, 0, 0, 0, 0], [2, 1, 4]);
  expect(list(gather(cube, 1, index))).toEqual([8, 1, 6, 3, 12, 13, 14, 15]);
  const into = value("float64", Array(24).fill(0), [2, 3, 4]);
  scatterAdd(into, 1, index, value("float64", [1, 2, 3, 4, 5, 6, 7, 8], [2, 1, 4]));
  expect(list(into)).toEqual([0, 2, 0, 4, 0, 0, 3, 0, 1, 0, 0, 0, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0]);
});

it("a running sum in float32 is rounded at every element but summed in double precision", () => {
  const tiny = 2 ** -25;
  expect(list(cumsum(value("float32", [1, tiny, tiny, tiny, tiny]), 0)).at(-1)).toBe(1 + 4 * tiny);
});

it("int32 sums are refused where they do not fit, below as above", () => {
  const text = "the sum -2147483649 does not fit in int32: convert to float64 before summing";
  expect(() => reduce("sum", value("int32", [-2147483648, -1]), [0])).toThrow(text);
  expect(list(reduce("sum", value("int32", [-2147483648, -1, 1]), [0]))).toEqual([-2147483648]);
});
