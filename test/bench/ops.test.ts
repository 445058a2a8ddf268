/** The operations' cases by sizes and first values, and their table from rows made up for it. */

import { describe, expect, it } from "vitest";
import { affordable } from "../../bench/measure.js";
import { asked, inputNumbers, type OpCase, opsGrid } from "../../bench/ops.js";
import type { OpRow } from "../../bench/ops_measure.js";
import { opsTable } from "../../bench/ops_report.js";

const named = (name: string) => opsGrid().find((one) => one.name === name) as OpCase;

describe("the operations", () => {
  it("are thirteen at 10⁵ and 10⁶ floats, losses, updates, loops, a convolution and a net", () => {
    const names = opsGrid().map(({ name }) => name);
    expect(new Set(names).size).toBe(40);
    const floats = (count: number) =>
      opsGrid().filter(({ inputs: [first] }) => first?.shape.join() === `${count},1000`);
    expect(floats(100).map(({ op }) => op)).toEqual(floats(1000).map(({ op }) => op));
    expect(floats(1000)).toHaveLength(13);
    expect(names.slice(26)).toEqual([
      "crossEntropy-64x50",
      "crossEntropy-512x20000",
      "adam-1000000",
      "sgd-1000000",
      "embedding-loop-1000",
      "at-loop-1000",
      "at-loop-2000",
      "at-loop-4000",
      "conv1d-n32-c64-t256-k5",
      "conv1d-n32-c64-t256-k5-train",
      "net-stream-48khz-t4800",
      "tagger-step",
      "forecast-step",
      "text-step",
    ]);
  });

  it("are all tried at a tiny size", () => {
    const ops = (tiny: boolean) => [...new Set(opsGrid(tiny).map(({ op }) => op))].sort();
    expect(ops(true)).toEqual(ops(false));
  });

  it("answer with arrays as long as the gradients and results that are compared", () => {
    expect(named("layerNorm-100x1000").answers).toEqual([100_000, 100_000, 1000, 1000]);
    expect(named("sumOfRows-100x1000").answers).toEqual([100]);
    expect(named("sumOfColumns-100x1000").answers).toEqual([1000]);
    expect(named("crossEntropy-64x50").answers).toEqual([1, 3200]);
    expect(named("at-loop-2000").answers).toEqual([4096, 4096, 128, 128]);
    expect(named("conv1d-n32-c64-t256-k5-train").answers).toEqual([524_288, 524_288, 20_480, 64]);
  });
});

describe("numbers", () => {
  const one: OpCase = {
    ...named("add-100x1000"),
    inputs: [{ shape: [2, 50] }, { shape: [100], scale: 0.1 }, { shape: [200], below: 3 }],
  };

  it("are the generator's, within each input's range, always the same", () => {
    const all = inputNumbers(one);
    expect(all).toHaveLength(400);
    expect(all).toEqual(inputNumbers(one));
    expect(all[0]).toBe(Math.fround((((20_130_000 * 48_271) % 2_147_483_647) / 2_147_483_647) * 4 - 2));
    const largest = (part: Float32Array) => Math.max(...part.map(Math.abs));
    expect(largest(all.subarray(0, 100))).toBeGreaterThan(1.8);
    expect(largest(all.subarray(100, 200))).toBeLessThanOrEqual(Math.fround(0.1));
    expect(new Set(all.subarray(200))).toEqual(new Set([0, 1, 2]));
  });
});

it("asks of what computes the engines, of what moves copying, of a loop PyTorch, of a convolution the peak", () => {
  const of = (name: string) =>
    (["torch", "tfjs", "jax-js", "copies", "peak"] as const).map((by) => asked(by, named(name)));
  expect(of("tanh-100x1000")).toEqual([0.25, 1, 1, null, null]);
  expect(of("add-100x1000")).toEqual([null, null, null, 0.6, null]);
  expect(of("tagger-step")).toEqual(of("text-step").map(() => null));
  expect(of("at-loop-1000")).toEqual([0.5, null, null, null, null]);
  expect(of("conv1d-n32-c64-t256-k5")).toEqual([0.25, 1, 1, null, 0.6]);
});

it("takes as many samples as two seconds hold, three at least, and one of what takes more", () => {
  expect([affordable(10, 200, 15), affordable(4e5, 1, 15), affordable(1.5e6, 1, 15), affordable(3e6, 1, 15)]).toEqual([
    15, 5, 3, 1,
  ]);
});

describe("the table", () => {
  const row = (name: string, by: OpRow["by"], medianUs: number): OpRow => ({
    case: name,
    by,
    medianUs,
    spreadUs: medianUs / 10,
  });
  const rows: OpRow[] = [
    row("tanh-100x1000", "elman", 100),
    row("tanh-100x1000", "torch", 20),
    row("tanh-100x1000", "tfjs", 150),
    row("add-100x1000", "elman", 50),
    row("add-100x1000", "torch", 20),
    row("add-100x1000", "copies", 30),
    row("conv1d-n32-c64-t256-k5", "elman", 1e4),
    row("conv1d-n32-c64-t256-k5", "peak", 5e3),
    row("at-loop-1000", "elman", 2e5),
    row("at-loop-1000", "torch", 1e5),
    ...["at-loop-1000", "at-loop-2000"].map(
      (name): OpRow => ({ case: name, by: "tfjs", medianUs: null, spreadUs: null, reason: "cannot" }),
    ),
  ];
  const cases = ["tanh-100x1000", "add-100x1000", "at-loop-1000", "conv1d-n32-c64-t256-k5"].map(named);

  it("says of each ratio whether it was asked for and reached, and why there are dashes", () => {
    expect(opsTable(rows, cases).split("\n")).toEqual([
      "## Operations: 3 of 5 reached",
      "",
      "|  | elman | PyTorch | TensorFlow.js | share of copying | share of the peak |",
      "| --- | --: | --: | --: | --: | --: |",
      "| tanh-100x1000 | 100 µs ± 5 % | **0.20×** (≥ 0.25×) | 1.50× ✓ | – | – |",
      "| add-100x1000 | 50.0 µs ± 5 % | 0.40× | – | 0.60 ✓ | – |",
      "| at-loop-1000 | 200 ms ± 5 % | 0.50× ✓ | – | – | – |",
      "| conv1d-n32-c64-t256-k5 | 10.0 ms ± 5 % | – | – | – | **0.50** (≥ 0.6) |",
      "",
      "- – TensorFlow.js: cannot (at-loop-1000, at-loop-2000)",
    ]);
  });

  it("is not made without elman's times", () => {
    expect(() => opsTable(rows.slice(1), cases)).toThrow("tanh-100x1000 has no time of elman's");
  });
});
