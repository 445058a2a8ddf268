/** Tables and verdicts from results made up for it. */

import { describe, expect, it } from "vitest";
import { type Case, grid } from "../../bench/cases.js";
import { details, machineLine, overview, reached, short, time, verdicts } from "../../bench/report.js";
import { results } from "./support.js";

const text = details(results);
const line = (start: string) => text.split("\n").filter((one) => one.startsWith(start));

describe("details", () => {
  it("says of each ratio whether it was asked for and reached", () => {
    expect(line("| lstm-b1-h128-t100")[0]).toBe(
      "| lstm-b1-h128-t100 | 100 µs ± 5 % | 12.5 | 0.50 ✓ | 1.50× ✓ | – | – | **0.90×** (≥ 1×) |",
    );
    expect(line("| gru-b1")).toEqual(["| gru-b1-h128-t100 | 40.0 µs ± 5 % | 12.5 | 1.25 ✓ | – | – | – | 2.50× ✓ |"]);
    expect(line("| lstm-h64")).toEqual(["| lstm-h64-step | 2.50 µs ± 5 % | 12.5 | **0.40** (≥ 0.5) | 500× ✓ |"]);
  });

  it("compares two threads with elman beside them", () => {
    expect(line("|  | elman, one thread | PyTorch |")).toHaveLength(1);
    expect(line("| lstm-b1-h128-t100")[1]).toBe("| lstm-b1-h128-t100 | 200 µs ± 5 % | 0.25× |");
  });

  it("says where even the floor would fall short", () => {
    const rows = results.rows.map((row) => (row.engine === "torch" ? { ...row, medianUs: 40 } : row));
    expect(details({ ...results, rows })).toContain(
      "- lstm-b1-h128-t100 forward against PyTorch: 0.40, asked 1; at the floor it would be 0.80\n",
    );
  });

  it("does not depend on whether one thread was measured before two", () => {
    const [doubled, single] = [2, 1].map((count) => results.rows.filter(({ threads }) => threads === count));
    const turned = { ...results, rows: [...doubled, ...single] };
    expect(details(turned)).toBe(text);
    expect(overview(turned)).toBe(overview(results));
  });

  it("shows two threads where nothing else was asked for", () => {
    const alone = details({ ...results, rows: results.rows.filter(({ threads }) => threads === 2) });
    expect(alone.split("\n").filter((one) => one.startsWith("#"))).toEqual([
      "## Node 24.1.0: 0 of 0 reached",
      "### Forward, two threads",
    ]);
  });

  it("counts and lists what falls short, and why there are dashes: where, unless everywhere", () => {
    expect(line("## ")).toEqual(["## Node 24.1.0: 5 of 7 reached"]);
    expect(line("- ")).toEqual([
      "- lstm-b1-h128-t100 forward against PyTorch: 0.90, asked 1",
      "- lstm-h64-step step against the floor: 0.40, asked 0.5",
      "- – onnxruntime-node: absent",
      "- – TensorFlow.js: cannot (gru-b1-h128-t100 forward)",
    ]);
  });
});

describe("verdicts", () => {
  it("divides the other's time, and the floor, by elman's", () => {
    const one = grid().find(({ name }) => name === "lstm-b1-h128-t100") as Case;
    const found = verdicts(results.rows, one, "forward", "24.1.0");
    expect(found.map(({ against, ratio, asked }) => [against, ratio, asked])).toEqual([
      ["floor", 0.5, 0.5],
      ["ort-web", 1.5, 1.5],
      ["torch", 0.9, 1],
    ]);
    expect(found.map(reached)).toEqual([true, true, false]);
    expect(found.map(({ atFloor }) => atFloor)).toEqual([1, 3, 1.8]);
    expect(verdicts(results.rows, one, "forward", "20.0.0")).toEqual([]);
  });
});

describe("overview", () => {
  it("keeps ragged batches apart from full ones", () => {
    const ragged = results.rows.map((row) => ({ ...row, case: row.case.replace("b1-h128", "ragged-b32-h128") }));
    expect(overview({ ...results, rows: [...results.rows, ...ragged] }).split("\n")).toEqual(
      expect.arrayContaining([
        "| LSTM, forward, 1 sequence | – | 1.50× | – | – | – | 0.90× |",
        "| LSTM, forward, 32 ragged sequences | – | 1.50× | – | – | – | 0.90× |",
      ]),
    );
  });

  it("gives the range of each group", () => {
    expect(overview(results).split("\n").slice(2)).toEqual([
      "| LSTM, one step, H 16–64 | – | – | – | 500× | – | – |",
      "| LSTM, forward, 1 sequence | – | 1.50× | – | – | – | 0.90× |",
      "| GRU, forward, 1 sequence | – | – | – | – | – | 2.50× |",
    ]);
  });
});

it("writes numbers and times as people do", () => {
  expect([0.123, 9.99, 12.34, 123.4].map(short)).toEqual(["0.12", "9.99", "12.3", "123"]);
  expect([0.5, 1500, 2.5e6].map(time)).toEqual(["0.50 µs", "1.50 ms", "2.50 s"]);
});

it("says what the machine was", () => {
  expect(machineLine(results.runs[0])).toBe(
    "Node 24.1.0 on Some Processor, one core: 57.0 GFLOP/s of 128-bit SIMD, reading 120 GB/s from 32 KiB, 99.4 GB/s from 1024 KiB.",
  );
});
