/** The table of the operations: elman's time, the others' over it, and the share that copying alone has of it. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { Calibration } from "./calibrate.js";
import { engines, here } from "./engines.js";
import { asked, contestants, type OpCase, opsGrid, STEP_TOLERANCE, TOLERANCE } from "./ops.js";
import { measureOp, type OpRow, type OpSettings } from "./ops_measure.js";
import { marked, own, table, time } from "./report.js";
import { begunStep } from "./steps.js";

const others = [...contestants.filter((name) => name !== "elman"), "copies", "peak"] as const;
const titles = { ...engines, copies: { title: "share of copying" }, peak: { title: "share of the peak" } };

/** Each case with what it took and what is to be reached, and why there are dashes. */
export function opsTable(rows: readonly OpRow[], cases: readonly OpCase[]): string {
  const shown = others.filter((by) => rows.some((row) => row.by === by));
  let [aims, reached] = [0, 0];
  const body = cases.map((one) => {
    const of = (by: OpRow["by"]) => rows.find((row) => row.case === one.name && row.by === by);
    const mine = of("elman");
    if (mine?.medianUs == null) throw new Error(`${one.name} has no time of elman's`);
    const { medianUs } = mine;
    const cells = shown.map((by) => {
      const other = of(by)?.medianUs ?? null;
      if (other === null) return "–";
      const [ratio, aim] = [other / medianUs, asked(by, one)];
      if (aim !== null) aims++;
      if (aim !== null && ratio >= aim) reached++;
      return marked(ratio, aim, by === "copies" || by === "peak" ? "" : "×");
    });
    const live = one.seconds === undefined ? "" : `, ${Math.floor((one.seconds * 1e6) / medianUs)}× real time`;
    return [one.name, own(mine) + live, ...cells];
  });
  const reasons = new Map<string, string[]>();
  for (const { by, case: name, reason } of rows) {
    if (reason === undefined) continue;
    const said = `${titles[by].title}: ${reason}`;
    reasons.set(said, [...(reasons.get(said) ?? []), name]);
  }
  const parts = [
    `## Operations: ${reached} of ${aims} reached`,
    table(["", "elman", ...shown.map((by) => titles[by].title)], body),
    [...reasons].map(([said, names]) => `- – ${said} (${names.join(", ")})`).join("\n"),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

/** How the table is read. */
export const opsLegend = [
  "A row is a case ([ops.ts](../bench/ops.ts)): an op and its sizes; float32, one thread, forward alone but for layerNorm,",
  "crossEntropy, conv1d-train and the loops, which are forward and backward, adam and sgd, which are a step, and the whole",
  "steps of the examples (forward, loss, backward, clipping, AdamW; at full size). `elman` is the median",
  "time of a call, with half the distance between the quartiles, as a share of it, behind ±. Below an engine's name stands",
  "its time over elman's: above 1× elman is faster. The share of copying is the time of a fresh array and of copying all",
  "that goes in and comes out, over elman's, for ops that only move numbers; that of the peak the time of a convolution's or a step's",
  "multiplications at the peak of 128-bit SIMD. net-stream is a net sample by sample at 48 kHz, beside PyTorch's whole sequence",
  "at once. ✓ reaches what is aimed at; bold falls short",
  "of what stands behind it; without either, nothing is aimed at. Every answer is compared with that of the js device in",
  `float64 first: it may be off by ${TOLERANCE} of an array's greatest magnitude, of a step by ${STEP_TOLERANCE}.`,
].join("\n");

type Asked = Omit<OpSettings, "directory" | "engines"> & {
  /** Of the Node. */
  readonly version: string;
  readonly engines: readonly string[];
  readonly pattern: RegExp;
  /** Whether docs/ops.md is written. */
  readonly isPublished: boolean;
};

/** Multiplications and additions of 128-bit SIMD on one core, GFLOP/s. */
async function peakOf(node: string): Promise<number> {
  const calibration = await Calibration.start(node);
  try {
    return (await calibration.whole()).peak;
  } finally {
    calibration.close();
  }
}

/** `npm run bench -- --ops`: measures, or compares at a tiny size, and prints. */
export async function benchOps({ pattern, isPublished, ...rest }: Asked): Promise<void> {
  const chosen = opsGrid(!rest.isTimed).filter(({ name }) => pattern.test(name));
  if (chosen.length === 0)
    throw new Error(
      `--case matches none of ${opsGrid()
        .map(({ name }) => name)
        .join(", ")}`,
    );
  const directory = mkdtempSync(join(tmpdir(), "elman-bench-"));
  const settings = {
    ...rest,
    directory,
    engines: contestants.filter((name) => name === "elman" || rest.engines.includes(name)),
  };
  const rows: OpRow[] = [];
  const cases: OpCase[] = [];
  try {
    for (const one of chosen) cases.push(one.kind === "step" ? await begunStep(one, rest.isTimed, directory) : one);
    const peak = rest.isTimed && cases.some(({ flops }) => flops !== undefined) ? await peakOf(rest.node) : 1;
    for (const one of cases) {
      const found = await measureOp(one, settings);
      rows.push(...found);
      if (one.flops !== undefined) {
        rows.push({ case: one.name, by: "peak", medianUs: one.flops / (peak * 1e3), spreadUs: 0 });
      }
      for (const { by, medianUs, reason } of found) {
        console.error(`${one.name}  ${by}: ${medianUs === null ? `– ${reason}` : time(medianUs)}`);
      }
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  if (!rest.isTimed) {
    console.log(`${cases.length} operations agree with the js device.`);
    return;
  }
  const machine = `Node ${rest.version} on ${cpus()[0].model}, one core.`;
  const text = [machine, opsTable(rows, cases)].join("\n\n");
  console.log(text);
  if (!isPublished) return;
  mkdirSync(here("../docs"), { recursive: true });
  writeFileSync(here("../docs/ops.md"), `# Benchmark of the operations\n\n${opsLegend}\n\n${text}\n`);
}
