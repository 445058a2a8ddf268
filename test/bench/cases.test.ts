/** The grid by its names and sizes, its arithmetic by hand, its numbers by the generator's first values. */

import { describe, expect, it } from "vitest";
import {
  alive,
  answerLengths,
  type Case,
  flops,
  grid,
  inputWidths,
  numbers,
  spreadLengths,
} from "../../bench/cases.js";

const named = (name: string, tiny = false) => grid(tiny).find((one) => one.name === name) as Case;

describe("the grid", () => {
  it("has thirteen cases a mode, and two whose numbers die away", () => {
    expect(grid().length).toBe(41);
    expect(
      grid()
        .slice(0, 13)
        .map(({ name }) => name),
    ).toEqual([
      "lstm-h16-step",
      "lstm-h64-step",
      "lstm-h128-step",
      "lstm-h256-step",
      "lstm-b1-h64-t100",
      "lstm-b1-h128-t100",
      "lstm-b1-h256-t100",
      "lstm-b1-h512-t100",
      "lstm-b32-h128-t100",
      "lstm-b32-h256-t100",
      "lstm-b64-h512-t50",
      "lstm-2layer-bi-b16-h256-t64",
      "lstm-ragged-b32-h128-t100",
    ]);
    expect(new Set(grid().map(({ name }) => name)).size).toBe(41);
    expect(named("lstm-b32-h128-t300-last")).toMatchObject({ passes: ["train"], T: 300, N: 32, H: 128, dying: "last" });
    expect(named("gru-h128-silence")).toMatchObject({ passes: ["step"], T: 1, H: 128, dying: "silence" });
  });

  it("gives a case the sizes that its name says", () => {
    expect(named("gru-2layer-bi-b16-h256-t64")).toEqual({
      name: "gru-2layer-bi-b16-h256-t64",
      passes: ["forward", "train"],
      mode: "GRU",
      T: 64,
      N: 16,
      C: 64,
      H: 256,
      L: 2,
      D: 2,
      lengths: null,
      dying: null,
    });
    expect(named("rnn-h64-step")).toMatchObject({ passes: ["step"], T: 1, N: 1, C: 64, H: 64 });
  });

  it("is the same at a tiny size, name for name", () => {
    expect(grid(true).map(({ name, passes }) => [name, passes])).toEqual(
      grid().map(({ name, passes }) => [name, passes]),
    );
    expect(named("lstm-ragged-b32-h128-t100", true)).toMatchObject({
      T: 7,
      N: 5,
      C: 9,
      H: 9,
      lengths: [7, 6, 4, 3, 1],
    });
  });

  it("spreads lengths from all steps to one", () => {
    expect(spreadLengths(4, 100)).toEqual([100, 67, 34, 1]);
    expect(alive({ ...named("rnn-h16-step"), T: 3, N: 3, lengths: [3, 1, 1] })).toEqual([3, 1, 1]);
  });
});

describe("arithmetic", () => {
  it("counts a multiplication and an addition, and three times that for training", () => {
    expect(flops(named("lstm-b1-h64-t100"), "forward")).toBe(2 * 100 * 4 * 64 * 128);
    expect(flops(named("lstm-b1-h64-t100"), "train")).toBe(6 * 100 * 4 * 64 * 128);
  });

  it("adds layers and directions, the second layer reading both", () => {
    const one = named("gru-2layer-bi-b16-h256-t64");
    expect(inputWidths(one)).toEqual([64, 64, 512, 512]);
    expect(flops(one, "forward")).toBe(2 * 64 * 16 * 3 * 256 * 2 * (64 + 256 + 512 + 256));
  });

  it("counts the steps that exist in a ragged batch", () => {
    const one = named("rnn-ragged-b32-h128-t100");
    const rows = (one.lengths as number[]).reduce((a, b) => a + b, 0);
    expect(flops(one, "forward")).toBe(2 * rows * 128 * 256);
  });

  it("knows how long an answer is", () => {
    const one = { ...named("gru-2layer-bi-b16-h256-t64"), T: 3, N: 2, C: 5, H: 4 };
    expect(answerLengths(one, "forward")).toEqual([3 * 2 * 2 * 4]);
    expect(answerLengths(one, "step")).toEqual([4, 4, 4, 4]);
    expect(answerLengths(one, "train")).toEqual([60, 48, 12, 12, 60, 48, 12, 12, 96, 48, 12, 12, 96, 48, 12, 12]);
  });
});

describe("numbers", () => {
  it("holds input and weights of any case within their ranges, always the same", () => {
    const one = { ...named("gru-2layer-bi-b16-h256-t64"), T: 3, N: 2, C: 5, H: 4 };
    const all = numbers(one);
    expect(all.length).toBe(30 + answerLengths(one, "train").reduce((a, b) => a + b, 0));
    expect(all).toEqual(numbers(one));
    const seed = 20_130_000 + 3 + 2 + 4;
    expect(all[0]).toBe(Math.fround((((seed * 48_271) % 2_147_483_647) / 2_147_483_647) * 2 - 1));
    const largest = (part: Float32Array) => Math.max(...part.map(Math.abs));
    expect(largest(all.subarray(0, 30))).toBeGreaterThan(0.8);
    expect(largest(all.subarray(30))).toBeLessThanOrEqual(0.5);
    expect(largest(all.subarray(30))).toBeGreaterThan(0.49);
  });

  it("leaves silence zero", () => {
    const all = numbers(named("gru-h128-silence"));
    expect(all.subarray(0, 128).every((x) => x === 0)).toBe(true);
    expect(all.subarray(128).some((x) => x !== 0)).toBe(true);
  });

  it("leaves padding zero", () => {
    const all = numbers({ ...named("rnn-b1-h64-t100"), T: 2, N: 2, C: 3, H: 1, lengths: [2, 1] });
    expect([...all.subarray(9, 12)]).toEqual([0, 0, 0]);
    expect([...all.subarray(0, 9)].every((x) => x !== 0)).toBe(true);
  });
});
