import { describe, expect, it } from "vitest";
import { median, quantile } from "../../bench/statistics.js";

describe("statistics", () => {
  it("finds the middle, between two where they are even", () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([10, 2, 4, 100])).toBe(7);
    expect(median([3])).toBe(3);
  });

  it("finds quarters in proportion, and leaves the values in their order", () => {
    const values = [40, 10, 30, 20];
    expect(quantile(values, 0.25)).toBe(17.5);
    expect(quantile(values, 1)).toBe(40);
    expect(values).toEqual([40, 10, 30, 20]);
  });
});
