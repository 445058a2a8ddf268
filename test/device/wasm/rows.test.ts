import { expect, it } from "vitest";
import { wrap } from "../../../src/device/value.js";
import { Memory } from "../../../src/device/wasm/memory.js";
import { instantiate, type Kernels } from "../../../src/device/wasm/module.js";
import { doubles, floatsOf, Rows } from "../../../src/device/wasm/rows.js";

const memory = new Memory(instantiate("plain") as Kernels);

it("has as many rows a piece as are few floats, one at least, and visits them all", () => {
  const pieces = (R: number, C: number) => {
    const seen: number[][] = [];
    new Rows(memory, R, C).each((first, count) => seen.push([first, count]));
    return seen;
  };
  expect(pieces(5, 2)).toEqual([[0, 5]]);
  expect(pieces(5, 4096)).toEqual([
    [0, 2],
    [2, 2],
    [4, 1],
  ]);
  expect(pieces(2, 100_000)).toEqual([
    [0, 1],
    [1, 1],
  ]);
});

it("copies a piece in and out, a row that is not there filled", () => {
  memory.reset();
  const rows = new Rows(memory, 3, 2);
  const at = rows.take();
  const data = Float32Array.from([1, 2, 3, 4, 5, 6]);
  rows.load(data, 1, 2, at);
  const out = new Float32Array(6);
  rows.store(at, 1, 2, out);
  expect([...out]).toEqual([0, 0, 3, 4, 5, 6]);
  const [one, given] = [rows.parameter(null, 7), rows.parameter(wrap("float32", data.slice(0, 2), [2]), 7)];
  expect([...memory.floats.subarray(one / 4, one / 4 + 2)]).toEqual([7, 7]);
  expect([...memory.floats.subarray(given / 4, given / 4 + 2)]).toEqual([1, 2]);
  doubles(memory, at, 2).set([0.1, 0.2]);
  expect([...doubles(memory, at, 2)]).toEqual([0.1, 0.2]);
  expect(floatsOf(wrap("float32", data, [2, 3])).length).toBe(6);
});
