/** What the native device is to reach, and its table, from results made up for it. */

import { describe, expect, it } from "vitest";
import { type Case, grid, type Pass } from "../../bench/cases.js";
import { asked, nativeReport } from "../../bench/native_report.js";
import { results } from "./support.js";

describe("asked", () => {
  const others = ["ort-node", "torch", "elman", "alone"] as const;

  it.each([
    ["lstm-b1-h256-t100", "forward", [1.2, 1.5, null, null]],
    ["lstm-b1-h512-t100", "forward", [1, 1.1, null, null]],
    ["lstm-b1-h512-t100", "train", [null, 1.5, null, null]],
    ["lstm-b32-h256-t100", "forward", [1, 0.95, null, 1.7]],
    ["gru-b32-h256-t100", "train", [null, 1.3, null, 1.7]],
    ["rnn-ragged-b32-h128-t100", "forward", [1.5, 1.3, null, 1.7]],
    ["gru-h64-step", "step", [null, null, 1, null]],
    ["gru-h128-step", "step", [null, null, 1.5, null]],
  ] as const)("of %s, %s", (name, pass, ratios) => {
    const one = grid().find((candidate) => candidate.name === name) as Case;
    expect(others.map((other) => asked(other, one, pass as Pass))).toEqual(ratios);
  });
});

describe("nativeReport", () => {
  const timed = (engine: "native" | "ort-node" | "torch" | "elman", medianUs: number, threads = 1) => ({
    ...results.rows[0],
    ...{ case: "lstm-b32-h256-t100", engine, medianUs, spreadUs: medianUs / 10, threads },
  });
  const rows = [
    timed("native", 100),
    timed("ort-node", 90),
    timed("torch", 95),
    timed("elman", 250),
    timed("native", 50, 2),
    timed("torch", 60, 2),
  ];
  const text = nativeReport({ ...results, rows });

  it("sets its time beside theirs on the same threads", () => {
    expect(text).toContain(
      "| lstm-b32-h256-t100 | 100 µs ± 5 % | **0.50** (≥ 0.8) | **0.90×** (≥ 1×) | 0.95× ✓ | 2.50× |",
    );
    expect(text).toContain("| lstm-b32-h256-t100 | 50.0 µs ± 5 % | – | 1.20× ✓ | – | 2.00× ✓ |");
  });

  it("has the whole steps of the examples", () => {
    const step = (by: "native" | "torch" | "elman", medianUs: number) => ({
      case: "text-step",
      by,
      medianUs,
      spreadUs: 10,
    });
    const steps = [step("elman", 300), step("native", 100), step("torch", 90)];
    expect(nativeReport({ ...results, rows: [], steps })).toContain(
      "### Whole steps of training, of the examples, one thread\n\n|  | native | PyTorch | elman, WASM |\n" +
        "| --- | --: | --: | --: |\n| text-step | 100 µs ± 5 % | **0.90×** (≥ 1×) | 3.00× |",
    );
  });

  it("counts what is reached, and leaves out what nobody measured", () => {
    expect(text).toContain("## 3 of 5 reached");
    expect(text.match(/^### .*$/gm)).toEqual(["### Forward, one thread", "### Forward, 2 threads"]);
  });
});
