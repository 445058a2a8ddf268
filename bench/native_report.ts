/**
 * The native device beside the others, on as many threads as they have: ratios of their time over its own, and what it is
 * to reach. `npm run bench -- --native` measures it.
 */

import { type Case, grid, type Mode, type Pass } from "./cases.js";
import { engines } from "./engines.js";
import type { OpRow } from "./ops_measure.js";
import { machineLine, marked, own, table } from "./report.js";
import { find, type Results, type Row } from "./results.js";

/** What it stands beside; `alone` is itself on one thread. */
const others = ["ort-node", "torch", "elman", "alone"] as const;
type Other = (typeof others)[number];

const each = (LSTM: number, GRU: number): Record<Mode, number> => ({ LSTM, GRU, RNN: GRU });
const batches = each(0.95, 1.3);

/** The ratio to reach, or null. */
export function asked(against: Other, { mode, N, H, lengths }: Case, pass: Pass): number | null {
  if (against === "elman") return pass === "step" ? (H <= 64 ? 1 : 1.5) : null;
  if (against === "alone") return pass !== "step" && N > 1 ? 1.7 : null;
  if (pass === "step") return null;
  if (against === "ort-node") {
    if (pass === "train") return null;
    return lengths !== null ? 1.5 : N > 1 ? 1 : H >= 512 ? 1 : 1.2;
  }
  if (N > 1) return batches[mode];
  return pass === "forward" && H >= 512 ? 1.1 : 1.5;
}

const titles: Record<Pass, string> = {
  forward: "Forward",
  train: "Forward and backward",
  step: "One step of a stream",
};
const columns: Record<Other, string> = {
  "ort-node": engines["ort-node"].title,
  torch: engines.torch.title,
  elman: "elman, WASM",
  alone: "itself, one thread",
};

/** The share of the floor of its own vectors, on one thread. */
const shareOfFloor = (H: number, threads: number) => (H >= 128 && threads === 1 ? 0.8 : null);

/** How many ratios were asked for, and how many reached. */
interface Score {
  asked: number;
  reached: number;
}

/** A time over the native device's, and whether it is what was asked for. */
function judged(time: number | null, mine: number | null, aim: number | null, unit: string, score: Score): string {
  if (time === null || mine === null) return "–";
  const ratio = time / mine;
  if (aim !== null) score.asked++;
  if (aim !== null && ratio >= aim) score.reached++;
  return marked(ratio, aim, unit);
}

/** A table of one pass on so many threads; null where nothing was measured. */
function chapter(rows: readonly Row[], pass: Pass, threads: number, score: Score): string | null {
  const cases = grid().filter(({ name }) => find(rows, { case: name, pass, threads, engine: "native" }) !== undefined);
  const shown = others.filter((name) => name !== "alone" || threads > 1);
  const body = cases.map((one) => {
    const of = (engine: Row["engine"], count = threads) => find(rows, { case: one.name, pass, threads: count, engine });
    const mine = of("native");
    const beside = (time: number | null, aim: number | null, unit: string) =>
      judged(time, mine?.medianUs ?? null, aim, unit, score);
    const cells = shown.map((name) => {
      const other = name === "alone" ? of("native", 1) : of(name);
      return beside(other?.medianUs ?? null, asked(name, one, pass), "×");
    });
    const efficiency = beside(mine?.floorUs ?? null, shareOfFloor(one.H, threads), "");
    return [one.name, mine ? own(mine) : "–", ...(threads === 1 ? [efficiency] : []), ...cells];
  });
  if (body.length === 0) return null;
  const head = ["", "native", ...(threads === 1 ? ["efficiency"] : []), ...shown.map((name) => columns[name])];
  return `### ${titles[pass]}, ${threads === 1 ? "one thread" : `${threads} threads`}\n\n${table(head, body)}`;
}

/** Whole steps of training, of the examples: their times over the native device's. */
function wholeSteps(steps: readonly OpRow[], score: Score): string[] {
  const mine = steps.filter(({ by }) => by === "native");
  const body = mine.map((row) => {
    const ratios = (["torch", "elman"] as const).map((by) => {
      const other = steps.find((one) => one.case === row.case && one.by === by)?.medianUs ?? null;
      return judged(other, row.medianUs, by === "torch" ? 1 : null, "×", score);
    });
    return [row.case, own(row), ...ratios];
  });
  const head = ["", "native", columns.torch, columns.elman];
  return body.length === 0 ? [] : [`### Whole steps of training, of the examples, one thread\n\n${table(head, body)}`];
}

/** How the tables are read. */
export const legend = [
  "`npm run bench -- --native` measures it. Below a name stands its time over the native device's, on as many threads: above",
  "1× the native device is faster. ✓ reaches what is aimed at ([native_report.ts](../bench/native_report.ts)); bold falls",
  "short of what stands behind it. Efficiency is the share of the floor ([floor.ts](../bench/floor.ts)), which loops in C++",
  "with the same vectors gave in the same minutes. Each sample is of calls in a row, 20 ms at least, and 100 ms of whole steps.",
].join("\n");

/** Every chapter, and how much of what is asked is reached. */
export function nativeReport({ runs, rows, steps = [] }: Results): string {
  const score: Score = { asked: 0, reached: 0 };
  const chapters = [1, 2].flatMap((threads) =>
    (["forward", "train", "step"] as const).flatMap((pass) => chapter(rows, pass, threads, score) ?? []),
  );
  chapters.push(...wholeSteps(steps, score));
  return [`## ${score.reached} of ${score.asked} reached`, ...runs.map(machineLine), ...chapters].join("\n\n");
}
