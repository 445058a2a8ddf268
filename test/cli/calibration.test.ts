import { expect, it } from "vitest";
import { Calibration, median } from "../../src/cli/calibration.js";

it("takes the middle", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
});

it("measures a machine that can be", () => {
  const sizes = [4, 1 << 14, 1 << 30];
  const calibration = new Calibration(sizes);
  calibration.round();
  const { peak, bandwidth } = calibration.machine();
  expect(peak).toBeGreaterThan(0.1);
  expect(peak).toBeLessThan(1000);
  for (const size of sizes) {
    expect(bandwidth(size)).toBeGreaterThan(0.01);
    expect(bandwidth(size)).toBeLessThan(5000);
  }
});
