/** What stands between a wrong result and a number, and who takes part in a round. */

import { describe, expect, it } from "vitest";
import { difference, takesTurn } from "../../bench/measure.js";

const floats = (...values: number[]) => Float32Array.from(values);

describe("difference", () => {
  it("is the greatest error of any array, as a share of that array's greatest magnitude", () => {
    expect(difference(floats(100, 0, 1, 0.5), floats(100, 1, 1, 0), [2, 2])).toBe(0.5);
    expect(difference(floats(1, 2), floats(1, 2), [2])).toBe(0);
  });

  it("accepts neither what is no number nor what has another length", () => {
    expect(difference(floats(Number.NaN, 1), floats(1, 1), [2])).toBe(Number.POSITIVE_INFINITY);
    expect(difference(floats(1), floats(1, 1), [2])).toBe(Number.POSITIVE_INFINITY);
    expect(difference(floats(1, 1), floats(1, 1), [1])).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("takesTurn", () => {
  it("spreads few turns over all rounds", () => {
    const turns = (times: number) => Array.from({ length: 6 }, (_, round) => (takesTurn(round, 6, times) ? 1 : 0));
    expect(turns(6)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(turns(3)).toEqual([0, 1, 0, 1, 0, 1]);
    expect(turns(1)).toEqual([0, 0, 0, 0, 0, 1]);
  });
});
