import { expect, it } from "vitest";
import { narrowView, permuteView } from "../../../src/base/shape.js";
import { accumulate } from "../../../src/device/js/accumulate.js";
import { elements, wrap } from "../../../src/device/value.js";

it("writes nothing beside the part it is given", () => {
  const to = wrap("float32", Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
  accumulate(wrap("float32", Float32Array.of(10, 20), [2, 1]), to.at(narrowView(to, 1, 1, 1)));
  expect([...elements(to)]).toEqual([1, 12, 3, 4, 25, 6]);
  accumulate(wrap("float32", Float32Array.of(1), [1]), to.at(narrowView(to, 0, 1, 1)));
  expect([...elements(to)]).toEqual([1, 12, 3, 5, 26, 7]);
});

it("reads a transposed source in its order, and rounds a sum once", () => {
  const to = wrap("float32", Float32Array.of(2 ** 24, 0, 0, 0), [2, 2]);
  const from = wrap("float32", Float32Array.of(1, 2, 3, 4), [2, 2]);
  accumulate(from.at(permuteView(from, [1, 0])), to);
  expect([...elements(to)]).toEqual([2 ** 24, 3, 2, 4]);
});
