/** The floor against the arithmetic it stands for, done by hand on a machine of round numbers. */

import { describe, expect, it } from "vitest";
import { type Case, grid } from "../../bench/cases.js";
import { floor, readSizes } from "../../bench/floor.js";
import { expectClose, float64 } from "../support/tolerance.js";

/** 16 flops a cycle at 1 GHz: a cycle is a nanosecond. Reading is free up to 1 MB - 1, then 1 byte a nanosecond. */
const machine = {
  bits: 128,
  peak: 16,
  levels: [
    { bytes: (1 << 20) - 1, bandwidth: 1e9 },
    { bytes: 1 << 30, bandwidth: 1 },
  ],
};
const named = (name: string) => grid().find((one) => one.name === name) as Case;

describe("floor", () => {
  it("is products at 8 a cycle and pointwise arithmetic", () => {
    expectClose([floor(named("lstm-h64-step"), "step", machine)], [(256 * 128) / 8 / 1e3 + 0.64], float64);
    expectClose([floor(named("gru-h64-step"), "step", machine)], [(192 * 128) / 8 / 1e3 + 0.416], float64);
    expectClose([floor(named("rnn-h64-step"), "step", machine)], [(64 * 128) / 8 / 1e3 + 0.128], float64);
  });

  it("is reading where weights are more than what is read fast", () => {
    expectClose([floor(named("lstm-h256-step"), "step", machine)], [(4 * 1024 * 512) / 1e3], float64);
    const forward = 100 * ((4 * 1024 * 256) / 1e3) + (100 * 1024 * 256) / 8 / 1e3;
    expectClose([floor(named("lstm-b1-h256-t100"), "forward", machine)], [forward], float64);
  });

  it("counts the input's product once for all steps, and what training adds, the input's gradient in upper layers alone", () => {
    const product = (256 * 64) / 8 / 1e3;
    const one = named("lstm-b1-h64-t100");
    expectClose([floor(one, "forward", machine)], [100 * (2 * product + 0.64)], float64);
    expectClose([floor(one, "train", machine)], [100 * (5 * product + 0.64 + 0.384)], float64);
    const two = floor({ ...one, L: 2 }, "train", machine);
    expectClose([two], [100 * (11 * product + 2 * (0.64 + 0.384))], float64);
  });

  it("follows a ragged batch down", () => {
    const one = { ...named("rnn-b1-h64-t100"), T: 2, N: 3, lengths: [2, 2, 1] };
    expectClose([floor(one, "forward", machine)], [(5 * (64 * 128)) / 8 / 1e3 + 5 * 0.128], float64);
  });

  it("adds layers and directions", () => {
    const one = { ...named("rnn-2layer-bi-b16-h256-t64"), T: 1, N: 1, C: 8, H: 8 };
    const products = (2 * 8 * (8 + 8) + 2 * 8 * (16 + 8)) / 8;
    expectClose([floor(one, "forward", machine)], [(products + 4 * 8 * 2) / 1e3], float64);
  });

  it("asks for the bandwidth of the weights of a step, once each", () => {
    expect(readSizes(named("lstm-h256-step"), "step")).toEqual([4 * 1024 * 512]);
    expect(readSizes(named("lstm-b1-h256-t100"), "train")).toEqual([4 * 1024 * 256]);
    expect(readSizes({ ...named("gru-h64-step"), L: 2 }, "step")).toEqual([4 * 192 * 128]);
    expect(readSizes(named("gru-2layer-bi-b16-h256-t64"), "step")).toEqual([4 * 768 * 320, 4 * 768 * 768]);
  });

  it("shrinks as the machine grows faster", () => {
    const one = named("gru-b32-h128-t100");
    expectClose([floor(one, "train", { ...machine, peak: 32 })], [floor(one, "train", machine) / 2], float64);
  });
});
