/** Products with each shape of recurrent weight, by hand; within runs over time the conformance suite has them. */

import { describe, expect, it } from "vitest";
import { gruResetBefore } from "../../src/device/cells/gru_reset_before.js";
import { minGRU } from "../../src/device/cells/min_gru.js";
import type { Sequence } from "../../src/device/device.js";
import { js } from "../../src/device/js/index.js";
import { multiply, multiplyBack, partsOf, recurrentGradient } from "../../src/device/recurrent_weight.js";
import { elements, type Value } from "../../src/device/value.js";
import { value } from "./conformance.js";
import { indRNN } from "./other_cells.js";

const f64 = (data: number[], ...shape: number[]) => value("float64", data, shape);
const list = (x: Value | null) => x && [...elements(x)];
const of = (cell: Sequence["cell"], hh: Value | null) => ({ cell, weights: { hh } }) as Sequence;

describe("partsOf", () => {
  it("is one part, or the second product's gates apart, or none", () => {
    const shares = (s: Sequence) => partsOf(s).map(({ from, count, weight }) => [from, count, weight.shape]);
    expect(shares(of(indRNN, f64([1, 2], 2)))).toEqual([[0, 2, [2]]]);
    const six = Array.from({ length: 12 }, (_, i) => i);
    expect(shares(of(gruResetBefore, f64(six, 6, 2)))).toEqual([
      [0, 4, [4, 2]],
      [4, 2, [2, 2]],
    ]);
    expect(shares(of(minGRU, null))).toEqual([]);
  });
});

describe("a vector", () => {
  // Two gates of two units.
  const weight = f64([2, 3, 5, 7], 4);
  const part = { from: 0, count: 4, weight };
  const h = f64([1, 10, 100, 1000], 2, 2);

  it("multiplies unit by unit, onto what is there", () => {
    const gates = f64([1, 1, 1, 1, 0, 0, 0, 0], 2, 4);
    multiply(js, part, h, gates);
    expect(list(gates)).toEqual([3, 31, 6, 71, 200, 3000, 500, 7000]);
  });

  it("takes gradients back to both sides", () => {
    const d = f64([1, 2, 3, 4, 0, 1, 0, 1], 2, 4);
    const dh = f64([1, 0, 0, 0], 2, 2);
    multiplyBack(js, part, d, dh);
    expect(list(dh)).toEqual([1 + 2 + 15, 6 + 28, 0, 3 + 7]);
    expect(list(recurrentGradient(js, of(indRNN, weight), [part], d, [h]))).toEqual([1, 1020, 3, 1040]);
  });
});

it("no weight has no gradient", () => {
  expect(recurrentGradient(js, of(minGRU, null), [], f64([1, 1], 1, 2), [])).toBeNull();
});
