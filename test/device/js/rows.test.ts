import { expect, it } from "vitest";
import { scatterAddRows, takeRows } from "../../../src/device/js/rows.js";
import { elements } from "../../../src/device/value.js";
import { value } from "../conformance.js";

it("rows of int32 and bools are copied, too", () => {
  const index = value("int32", [1, 1], [2]);
  for (const dtype of ["int32", "bool"] as const) {
    const picked = takeRows(value(dtype, [1, 0, 0, 1], [2, 2]), index);
    expect([picked.dtype, picked.shape, [...elements(picked)]]).toEqual([dtype, [2, 2], [0, 1, 0, 1]]);
  }
});

it("a row named twice gets both", () => {
  const into = value("float64", [1, 2, 3, 4], [2, 2]);
  scatterAddRows(into, value("int32", [0, 0], [2]), value("float64", [10, 20, 30, 40], [2, 2]), null);
  expect([...elements(into)]).toEqual([41, 62, 3, 4]);
});
