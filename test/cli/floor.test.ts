/** The floor by hand. */

import { describe, expect, it } from "vitest";
import { floor, flops, type Work, weightBytes } from "../../src/cli/floor.js";

/** A thousand cycles a microsecond. */
const peak = 16;
const tiny: Work = { kind: "LSTM", C: 3, H: 8, P: 8, L: 1, D: 1, alive: [2, 1] };

describe("by hand", () => {
  it("of arithmetic", () => {
    const fast = { peak, bandwidth: () => 1e9 };
    // 4·8·8 = 256 recurrent weights and 96 of the input; p is 10 and 6.
    expect(floor(tiny, "step", fast)).toBeCloseTo((2 * (352 / 8) + 2 * 80) / 1000, 12);
    const forward = 3 * 32 + 3 * 80 + 3 * 12;
    expect(floor(tiny, "forward", fast)).toBeCloseTo(forward / 1000, 12);
    expect(floor(tiny, "train", fast)).toBeCloseTo((forward + 3 * 32 + 3 * 48 + 3 * (12 + 32)) / 1000, 12);
  });

  it("of reading", () => {
    const slow = { peak: 1e9, bandwidth: (bytes: number) => bytes / 1000 };
    // One µs for the weights, however many.
    expect(floor(tiny, "step", slow)).toBeCloseTo(1, 6);
    expect(floor(tiny, "forward", slow)).toBeCloseTo(2, 6);
  });

  it("of a projection, layers and directions", () => {
    const work: Work = { kind: "LSTM", C: 3, H: 8, P: 2, L: 2, D: 2, alive: [1] };
    // 4·8·2 + 2·8 = 80 recurrent weights; inputs 3, 3, 4, 4 wide.
    expect(flops(work, "forward")).toBe(2 * (32 * 14 + 4 * 80));
    expect(weightBytes(work)).toEqual([320, 4 * (96 + 80), 4 * (128 + 80)]);
    expect(floor(work, "forward", { peak, bandwidth: () => 1e9 })).toBeCloseTo((4 * (10 + 80) + 448 / 8) / 1000, 12);
  });
});
