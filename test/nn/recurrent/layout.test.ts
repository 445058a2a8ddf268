/** Where rows lie: small enough to be told by hand, and held against its definition for drawn lengths. */

import { describe, expect, it } from "vitest";
import { Generator, tensor } from "../../../src/index.js";
import { checkLengths, layout, lengthsArray, spreadRows } from "../../../src/nn/recurrent/layout.js";
import { raised } from "../../support/nn_fixture.js";

describe("layout", () => {
  it("puts the longest first, and equal ones as they came", () => {
    const { steps, padded, order } = layout([2, 3, 0, 2]);
    expect(steps).toEqual([3, 3, 1]);
    expect([...order]).toEqual([1, 0, 3, 2]);
    expect([...padded]).toEqual([1, 0, 3, 5, 4, 7, 9]);
    expect(layout([])).toEqual({ steps: [], padded: new Int32Array(0), order: new Int32Array(0) });
    expect(layout([0, 0]).steps).toEqual([]);
    expect([...layout([1, 1, 1, 1]).order]).toEqual([0, 1, 2, 3]);
  });

  it("names every step of every sequence once", () => {
    const generator = new Generator(1);
    for (let round = 0; round < 50; round++) {
      const N = 1 + (generator.random() % 6);
      const lengths = Array.from({ length: N }, () => generator.random() % 5);
      const { steps, padded, order } = layout(lengths);
      const all = lengths.flatMap((length, n) => Array.from({ length }, (_, t) => t * N + n));
      expect([...padded].sort((a, b) => a - b)).toEqual(all.sort((a, b) => a - b));
      expect(steps).toEqual(
        Array.from({ length: Math.max(...lengths) }, (_, t) => lengths.filter((n) => n > t).length),
      );
      let row = 0;
      steps.forEach((alive, t) => {
        for (let i = 0; i < alive; i++) expect(padded[row++]).toBe(t * N + order[i]);
      });
    }
  });
});

describe("spreadRows", () => {
  it("is the way back", () => {
    const rows = tensor([[1], [2], [3]]);
    const spread = spreadRows(rows, layout([1, 2]), 3, 2, -1);
    expect(spread.toNested()).toEqual([[2], [1], [-1], [3], [-1], [-1]]);
  });
});

describe("lengths", () => {
  it("are whole numbers", () => {
    expect(lengthsArray("f()", Int32Array.of(1, 2))).toEqual([1, 2]);
    expect(lengthsArray("f()", tensor(Int32Array.of(3, 0)))).toEqual([3, 0]);
    expect(lengthsArray("f()", [-1])).toEqual([-1]);
    expect(raised(() => lengthsArray("f()", [1, 0.5]))).toEqual({
      kind: "TypeError",
      message: "f() expected whole numbers as lengths, got: 0.5",
    });
    // biome-ignore lint/suspicious/noSparseArray: a hole is what is tested
    expect(raised(() => lengthsArray("f()", [1, , 2] as never)).kind).toBe("TypeError");
    expect(raised(() => lengthsArray("f()", tensor([1]))).kind).toBe("RuntimeError");
  });

  it("belong to the batch", () => {
    expect(checkLengths([0, 3], 3, 2)).toBeUndefined();
    expect(raised(() => checkLengths([1], 3, 2)).message).toContain("got 1 (batch_size=2)");
    expect(raised(() => checkLengths([1, 4], 3, 2)).message).toContain("got 4 in [1, 4]");
  });
});
