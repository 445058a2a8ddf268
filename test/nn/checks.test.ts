/** What is asked at the door, one by one; the functions and layers that ask are tested beside them. */

import { describe, expect, it } from "vitest";
import { ones, tensor } from "../../src/index.js";
import {
  checkFloat,
  checkProbability,
  checkSameDType,
  checkSizes,
  checkTensor,
  listOf,
  paddingRow,
} from "../../src/nn/checks.js";
import { nonsense, raised } from "../support/nn_fixture.js";

describe("checks", () => {
  it("let pass what fits", () => {
    expect(checkTensor("f()", "x", 1, ones([1]))).toBeUndefined();
    expect(checkFloat("kernel", ones([1]))).toBeUndefined();
    expect(checkSameDType("float64", "float64")).toBeUndefined();
    for (const p of [0, 0.5, 1]) expect(checkProbability(p)).toBeUndefined();
    expect(checkSizes({ a: 0, b: 3 })).toBeUndefined();
    expect([paddingRow(null, 3), paddingRow(2, 3), paddingRow(-3, 3)]).toEqual([null, 2, 0]);
    const x = ones([2]);
    expect([listOf("f()", x), listOf("f()", new Set([1, 2]))]).toEqual([[x], [1, 2]]);
  });

  it("refuse what does not", () => {
    expect(raised(() => checkTensor("f()", "x", 2, [1]))).toEqual({
      kind: "TypeError",
      message: "f(): argument 'x' (position 2) must be Tensor, not Array",
    });
    expect(raised(() => checkSameDType("float32", "float64"))).toEqual({
      kind: "RuntimeError",
      message: "mat1 and mat2 must have the same dtype, but got Float and Double",
    });
    expect(raised(() => checkFloat("kernel", tensor([true])))).toEqual({
      kind: "NotImplementedError",
      message: "\"kernel\" not implemented for 'Bool'",
    });
    for (const p of [-0.1, 1.1, Number.NaN]) {
      expect(raised(() => checkProbability(p)).message).toBe(
        `dropout probability has to be between 0 and 1, but got ${p}`,
      );
    }
    for (const p of ["0.5", ...nonsense]) {
      if (typeof p === "number") continue;
      expect(raised(() => checkProbability(p)).message).toMatch(/^p should be of type float, got: /);
    }
    expect(raised(() => checkSizes({ a: 2.5 })).message).toBe("a should be of type int, got: number");
    expect(raised(() => checkSizes({ a: 2, b: -1 })).message).toBe(
      "Trying to create tensor with negative dimension -1: [2, -1]",
    );
    for (const row of [3, -4, 0.5, Number.NaN]) {
      expect(raised(() => paddingRow(row, 3)).message).toBe("Padding_idx must be within num_embeddings");
    }
    expect(raised(() => listOf("f()", 5)).message).toBe("f() expected an iterable, but got number");
    for (const wrong of [undefined, null, {}]) expect(raised(() => listOf("f()", wrong)).kind).toBe("TypeError");
  });
});
