/**
 * Results as Markdown. `details`: every row, each ratio beside what is to be reached. `overview`: the range of the
 * ratios of each group, for docs/speed.md. A ratio is the other's median time over elman's: above 1 elman is faster.
 */

import { type Case, grid, type Mode, type Pass } from "./cases.js";
import { type EngineName, engines } from "./engines.js";
import { required } from "./requirements.js";
import { find, type Results, type Row, type Run } from "./results.js";

const peers = (Object.keys(engines) as EngineName[]).filter((name) => name !== "elman");
const passes: readonly Pass[] = ["forward", "train", "step"];
const titles: Record<Pass, string> = {
  forward: "Forward",
  train: "Forward and backward",
  step: "One step of a stream",
};

/** Three digits, as people write them. */
export function short(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** A time as people say it. */
export function time(us: number): string {
  return us >= 1e6 ? `${short(us / 1e6)} s` : us >= 1e3 ? `${short(us / 1e3)} ms` : `${short(us)} µs`;
}

/** A table of Markdown, its first column to the left. */
export function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? "---" : "--:"))), ...body.map(line)].join("\n");
}

/** One thing to be reached, and what was. */
export interface Verdict {
  readonly case: string;
  readonly pass: Pass;
  readonly against: EngineName | "floor";
  readonly ratio: number;
  /** What the ratio would be if elman took no longer than the floor. */
  readonly atFloor: number;
  /** Null where nothing is asked. */
  readonly asked: number | null;
}

export const reached = ({ ratio, asked }: Verdict) => asked === null || ratio >= asked;

/** elman's efficiency and its ratios on one case, one thread; a peer without a number has no verdict. */
export function verdicts(rows: readonly Row[], one: Case, pass: Pass, node: string): Verdict[] {
  const by = { case: one.name, pass, node, threads: 1 };
  const own = find(rows, { ...by, engine: "elman" });
  if (own?.medianUs == null) return [];
  const { medianUs } = own;
  const verdict = (against: Verdict["against"], ratio: number): Verdict => {
    const atFloor = (ratio * medianUs) / own.floorUs;
    return { case: one.name, pass, against, ratio, atFloor, asked: required(against, one, pass) };
  };
  const ratios = peers.flatMap((engine) => {
    const other = find(rows, { ...by, engine })?.medianUs ?? null;
    return other === null ? [] : [verdict(engine, other / medianUs)];
  });
  return [verdict("floor", own.floorUs / medianUs), ...ratios];
}

/** A ratio, and whether it is what was asked. */
export function marked(ratio: number, asked: number | null, unit: string): string {
  const text = `${short(ratio)}${unit}`;
  if (asked === null) return text;
  return ratio >= asked ? `${text} ✓` : `**${text}** (≥ ${asked}${unit})`;
}

function cell(found: Verdict | undefined, unit: string): string {
  return found === undefined ? "–" : marked(found.ratio, found.asked, unit);
}

/** The median, and how far from it the middle half of the samples lay. */
export function own({ medianUs, spreadUs }: Pick<Row, "medianUs" | "spreadUs">): string {
  if (medianUs === null || spreadUs === null) return "–";
  return `${time(medianUs)} ± ${((50 * spreadUs) / medianUs).toFixed(0)} %`;
}

/** The cases of a run, in the order of the grid. */
const measuredCases = (rows: readonly Row[], pass: Pass) =>
  grid().filter(({ name }) => find(rows, { case: name, pass, engine: "elman" }) !== undefined);

function oneThread(rows: readonly Row[], pass: Pass, node: string): string {
  const shown = peers.filter((engine) => find(rows, { engine, pass }) !== undefined);
  const head = ["", "elman", "GFLOP/s", "efficiency", ...shown.map((engine) => engines[engine].title)];
  const body = measuredCases(rows, pass).map((one) => {
    const row = find(rows, { case: one.name, pass, engine: "elman" }) as Row;
    const all = verdicts(rows, one, pass, node);
    const against = (name: Verdict["against"]) => all.find((verdict) => verdict.against === name);
    const ratios = shown.map((engine) => cell(against(engine), "×"));
    return [one.name, own(row), short(row.gflops ?? 0), cell(against("floor"), ""), ...ratios];
  });
  return table(head, body);
}

function twoThreads(rows: readonly Row[], pass: Pass): string {
  const able = peers.filter((engine) => find(rows, { engine, pass }) !== undefined);
  const head = ["", "elman, one thread", ...able.map((engine) => engines[engine].title)];
  const body = measuredCases(rows, pass).map((one) => {
    const of = (engine: EngineName) => find(rows, { case: one.name, pass, engine });
    const mine = of("elman") as Row;
    const ratios = able.map((engine) => {
      const other = of(engine)?.medianUs ?? null;
      return other === null ? "–" : `${short(other / (mine.medianUs as number))}×`;
    });
    return [one.name, own(mine), ...ratios];
  });
  return table(head, body);
}

/** Why there are dashes, each reason once an engine, with where unless it is everywhere. */
function reasons(rows: readonly Row[]): string {
  return peers
    .flatMap((engine) => {
      const mine = rows.filter((row) => row.engine === engine);
      return [...new Set(mine.flatMap(({ reason }) => reason ?? []))].map((reason) => {
        const told = mine.filter((row) => row.reason === reason);
        const where = [...new Set(told.map(({ case: name, pass }) => `${name} ${pass}`))].join(", ");
        return `- – ${engines[engine].title}: ${reason}${told.length === mine.length ? "" : ` (${where})`}`;
      });
    })
    .join("\n");
}

function shortfall({ case: name, pass, against, ratio, atFloor, asked }: Verdict): string {
  const other = against === "floor" ? "the floor" : engines[against].title;
  const beyond = atFloor < (asked as number) ? `; at the floor it would be ${short(atFloor)}` : "";
  return `- ${name} ${pass} against ${other}: ${short(ratio)}, asked ${asked}${beyond}`;
}

/** Everything, a chapter a Node. */
export function details({ runs, rows }: Results): string {
  return runs
    .map(({ node }) => {
      const mine = rows.filter((row) => row.node === node);
      const [single, doubled] = [1, 2].map((count) => mine.filter(({ threads }) => threads === count));
      const [first, second] = [single, doubled].map((some) =>
        passes.filter((pass) => measuredCases(some, pass).length > 0),
      );
      const all = first.flatMap((pass) =>
        measuredCases(single, pass).flatMap((one) => verdicts(single, one, pass, node)),
      );
      const asked = all.filter((verdict) => verdict.asked !== null);
      const missed = asked.filter((verdict) => !reached(verdict));
      return [
        `## Node ${node}: ${asked.length - missed.length} of ${asked.length} reached`,
        ...first.map((pass) => `### ${titles[pass]}, one thread\n\n${oneThread(single, pass, node)}`),
        ...second.map((pass) => `### ${titles[pass]}, two threads\n\n${twoThreads(doubled, pass)}`),
        missed.length === 0 ? "" : `### Falls short\n\n${missed.map(shortfall).join("\n")}`,
        reasons(mine),
      ]
        .filter((part) => part !== "")
        .join("\n\n");
    })
    .join("\n\n");
}

/** What the machine was, in a line. */
export function machineLine({ node, processor, machine: { bits, peak, levels } }: Run): string {
  const reads = levels.map(({ bytes, bandwidth }) => `${short(bandwidth)} GB/s from ${bytes / 1024} KiB`).join(", ");
  return `Node ${node} on ${processor}, one core: ${short(peak)} GFLOP/s of ${bits}-bit SIMD, reading ${reads}.`;
}

const modes: readonly Mode[] = ["LSTM", "GRU", "RNN"];
const groups: readonly [title: string, pass: Pass, has: (one: Case) => boolean][] = [
  ["one step, H 16–64", "step", ({ H }) => H <= 64],
  ["one step, H 128–256", "step", ({ H }) => H > 64],
  ["forward, 1 sequence", "forward", ({ N }) => N === 1],
  ["forward, 16–64 sequences", "forward", ({ N, lengths }) => N > 1 && lengths === null],
  ["forward, 32 ragged sequences", "forward", ({ lengths }) => lengths !== null],
  ["training, 1 sequence", "train", ({ N }) => N === 1],
  ["training, 16–64 sequences", "train", ({ N, lengths }) => N > 1 && lengths === null],
  ["training, 32 ragged sequences", "train", ({ lengths }) => lengths !== null],
];

function range(ratios: readonly number[]): string {
  if (ratios.length === 0) return "–";
  const [least, most] = [short(Math.min(...ratios)), short(Math.max(...ratios))];
  return least === most ? `${least}×` : `${least}–${most}×`;
}

/** How many times as long the others take on one thread: the range of each group of cases, under one Node. */
export function overview({ runs, rows }: Results, node = runs[0].node): string {
  const body = groups.flatMap(([title, pass, has]) =>
    modes.flatMap((mode) => {
      const cases = measuredCases(rows, pass).filter((one) => one.mode === mode && has(one));
      const all = cases.flatMap((one) => verdicts(rows, one, pass, node));
      if (all.length === 0) return [];
      const ratios = peers.map((peer) =>
        range(all.filter(({ against }) => against === peer).map(({ ratio }) => ratio)),
      );
      return [[`${mode}, ${title}`, ...ratios]];
    }),
  );
  return table(["", ...peers.map((engine) => engines[engine].title)], body);
}
