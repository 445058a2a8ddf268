/**
 * The benchmark: `npm run bench -- [--case REGEX] [--engines LIST] [--node LIST] [--threads LIST] [--samples N]
 * [--limit SECONDS] [--json FILE] [--docs]`. Prints Markdown: each row's ratios, and which fall short of what is to
 * be reached. `--json` keeps the numbers, `--from FILES` reports kept ones instead of measuring, `--docs` writes
 * report and chart into the project. `--against REF` times this build and that of a commit in turn, elman alone.
 * `--native` sets the native device beside its peers instead, `--ops` measures the operations around the layers. `--tiny`
 * compares elman, native too, with the js device on every case at a tiny size, and times nothing.
 */

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { against, buildAt, comparison } from "./against.js";
import { Calibration } from "./calibrate.js";
import { type Case, grid } from "./cases.js";
import { type EngineName, engines, here, nodeBinary } from "./engines.js";
import { BUSY, Measurer, type Settings } from "./measure.js";
import { legend, nativeReport } from "./native_report.js";
import { opsGrid } from "./ops.js";
import { measureOp, type OpRow } from "./ops_measure.js";
import { benchOps } from "./ops_report.js";
import { publish } from "./publish.js";
import { details, machineLine } from "./report.js";
import { joined, type Results, type Row } from "./results.js";
import { median } from "./statistics.js";
import { begunStep } from "./steps.js";

const { values: options } = parseArgs({
  options: {
    case: { type: "string", default: "" },
    engines: { type: "string", default: Object.keys(engines).join(",") },
    node: { type: "string", default: process.versions.node.split(".")[0] },
    threads: { type: "string", default: "1,2" },
    samples: { type: "string", default: "15" },
    limit: { type: "string", default: "60" },
    json: { type: "string" },
    from: { type: "string" },
    docs: { type: "boolean", default: false },
    against: { type: "string" },
    tiny: { type: "boolean", default: false },
    ops: { type: "boolean", default: false },
    native: { type: "boolean", default: false },
  },
});

function refuse(message: string): never {
  console.error(message);
  process.exit(2);
}

function engineNames(): EngineName[] {
  if (options.native) return ["elman", "native", "ort-node", "torch"];
  const names = options.engines.split(",");
  const unknown = names.find((name) => !Object.hasOwn(engines, name));
  if (unknown !== undefined) refuse(`--engines expected some of ${Object.keys(engines).join(", ")}, got: ${unknown}`);
  return names as EngineName[];
}

function whole(name: "samples" | "limit", text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) refuse(`--${name} expected a whole number from 1, got: ${text}`);
  return value;
}

function threadCounts(): number[] {
  const counts = options.threads.split(",").map(Number);
  if (counts.some((count) => count !== 1 && count !== 2)) {
    refuse(`--threads expected 1, 2 or 1,2, got: ${options.threads}`);
  }
  return counts;
}

/** The binary of a Node, or of the one that runs. */
function nodeOf(wanted: string): string {
  const found = nodeBinary(wanted);
  if (found !== null) return found;
  console.error(`Node ${wanted} is not here (npm run bench:setup installs it on Linux x64): ${process.version} runs.`);
  return process.execPath;
}

const versionOf = (node: string) =>
  spawnSync(node, ["-p", "process.versions.node"], { encoding: "utf8" }).stdout.trim();

/** The operations, under the first Node. */
async function ops(): Promise<void> {
  const given = (["json", "from", "against"] as const).find((name) => options[name] !== undefined);
  if (given !== undefined) refuse(`--ops does not go with --${given}`);
  const node = nodeOf(options.node.split(",")[0]);
  await benchOps({
    ...{ node, version: versionOf(node), engines: options.tiny ? ["elman", "native"] : engineNames() },
    ...{ samples: whole("samples", options.samples), limit: whole("limit", options.limit) },
    ...{ pattern: new RegExp(options.case), isTimed: !options.tiny, isPublished: options.docs },
  });
}

/** This build and that of a commit, under one Node. */
async function compared(cases: readonly Case[], ref: string, directory: string): Promise<void> {
  const there = join(directory, "tree");
  mkdirSync(there);
  buildAt(ref, there);
  const [samples, limit] = [whole("samples", options.samples), whole("limit", options.limit)];
  for (const version of options.node.split(",")) {
    const asked = { node: nodeOf(version), samples, limit, directory };
    const rows = await against(cases, there, asked, !options.tiny, ({ case: name, pass, ratios }) =>
      console.error(`Node ${version}  ${name}  ${pass}: ${median(ratios).toFixed(3)}`),
    );
    console.log(
      options.tiny ? `${cases.length} cases agree with the js device, here and at ${ref}.` : comparison(rows, ref),
    );
  }
}

/** The loops of the floor: those of the native device's vectors beside it. */
async function calibrated(node: string): Promise<Calibration> {
  if (!options.native) return Calibration.start(node);
  const { native } = await import("elman-nn-native");
  if (native === null) refuse("--native needs elman-nn-native: npm run build:native");
  return Calibration.native(native.vectors);
}

/** Whole steps of the examples that the pattern names: the native device, WASM and PyTorch. */
async function wholeSteps(settings: Settings): Promise<OpRow[]> {
  const pattern = new RegExp(options.case);
  const rows: OpRow[] = [];
  for (const one of opsGrid().filter(({ name, kind }) => kind === "step" && pattern.test(name))) {
    const step = await begunStep(one, true, settings.directory);
    rows.push(...(await measureOp(step, { ...settings, engines: ["elman", "native", "torch"], isTimed: true })));
  }
  return rows;
}

/** One run of the cases under one Node. */
async function run(cases: readonly Case[], wanted: string, directory: string): Promise<Results> {
  const node = nodeOf(wanted);
  const version = versionOf(node);
  const calibration = options.tiny ? null : await calibrated(node);
  const settings = {
    engines: options.tiny ? (["elman", "native"] as const) : engineNames(),
    threads: options.tiny ? [1] : threadCounts(),
    samples: whole("samples", options.samples),
    limit: whole("limit", options.limit),
    ...(options.native ? { calls: BUSY } : {}),
    node,
    version,
    directory,
  };
  const measurer = new Measurer(settings, calibration);
  const rows: Row[] = [];
  try {
    const machine = await calibration?.whole();
    for (const one of cases) {
      const found = await measurer.measure(one);
      rows.push(...found);
      for (const { pass, engine, threads, medianUs, reason } of found) {
        const told = medianUs === null ? `– ${reason}` : `${medianUs.toFixed(1)} µs`;
        console.error(
          `Node ${version}  ${one.name}  ${pass}, ${threads} thread${threads > 1 ? "s" : ""}  ${engine}: ${told}`,
        );
      }
    }
    const steps = options.native && !options.tiny ? await wholeSteps(settings) : [];
    return { runs: machine ? [{ node: version, processor: cpus()[0].model, machine }] : [], rows, steps };
  } finally {
    measurer.close();
    calibration?.close();
  }
}

async function measured(): Promise<Results | null> {
  const pattern = new RegExp(options.case);
  const cases = grid(options.tiny).filter(({ name }) => pattern.test(name));
  const isStep = options.native && opsGrid().some(({ name, kind }) => kind === "step" && pattern.test(name));
  if (cases.length === 0 && !isStep)
    refuse(
      `--case matches none of ${grid()
        .map(({ name }) => name)
        .join(", ")}`,
    );
  const directory = mkdtempSync(join(tmpdir(), "elman-bench-"));
  try {
    if (options.against !== undefined) {
      await compared(cases, options.against, directory);
      return null;
    }
    const all: Results[] = [];
    for (const version of options.node.split(",")) all.push(await run(cases, version, directory));
    if (!options.tiny) return joined(all);
    console.log(`${cases.length} cases agree with the js device.`);
    return null;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Prints what was measured, or kept: of the native device a report for each. */
function report(all: readonly Results[]): void {
  const results = joined(all);
  if (options.json) writeFileSync(options.json, `${JSON.stringify(results, null, 1)}\n`);
  if (options.native) {
    const text = all.map(nativeReport).join("\n\n");
    console.log(text);
    if (options.docs) writeFileSync(here("../docs/native_bench.md"), `# The native device\n\n${legend}\n\n${text}\n`);
    return;
  }
  console.log([...results.runs.map(machineLine), details(results)].join("\n\n"));
  if (options.docs) publish(results);
}

if (options.ops) await ops();
else if (options.from !== undefined)
  report(options.from.split(",").map((file): Results => JSON.parse(readFileSync(file, "utf8"))));
else {
  const results = await measured();
  if (results !== null) report([results]);
}
