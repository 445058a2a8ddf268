/**
 * `npm run test:torch`: elman against an installed PyTorch, on configurations drawn afresh each run.
 *
 *   --seed S    draw the same again; the seed of every run is printed
 *   --count N   how many layer configurations (a quarter as many cells, and the other checks, come on top)
 *   --only I    of the layers and cells, only number I
 */

import { parseArgs } from "node:util";
import { setWarningHandler } from "../../src/index.js";
import { apart, elmanLosses, COUNT as LOSSES, names, TOLERANCE, torchLosses } from "../examples/losses.js";
import { howToInstallTorch, torchPython } from "../support/torch_python.js";
import { checkBeyond } from "./beyond.js";
import {
  checkContinued,
  checkFile,
  checkLayer,
  checkResumed,
  checkUnread,
  DTYPES,
  FORMATS,
  PAIRS,
} from "./checkpoint.js";
import type { Strays } from "./compare.js";
import { type Category, CELL_CATEGORIES, dealt, LAYER_CATEGORIES } from "./draw.js";
import { checkAround, checkEinsum, checkMultinomial } from "./layers.js";
import { checkModule, draw, summary } from "./modules.js";
import { checkExported, checkWritten } from "./onnx.js";
import { Oracle } from "./process.js";
import { checkProgram } from "./programs.js";
import { checkStream, masksAgree } from "./stream.js";
import { type Check, checkClip, checkCTC, checkHalfway, checkLoss, checkOptimizer } from "./training.js";
import { checkWindows } from "./windows.js";

/** Enough for LEAST of every category of layers. */
const COUNT = 768;
const LEAST = 10;
const MOST_EXCUSED = 0.02;
const MOST_TIMES_TORCH = 1.5;
const OTHER_CHECKS = [
  { name: "random stream", count: 300, first: 1_000_000, check: checkStream },
  { name: "optimisers", count: 60, first: 2_000_000, check: checkOptimizer },
  { name: "optimisers and schedulers through files", count: 40, first: 8_000_000, check: checkHalfway },
  { name: "losses", count: 200, first: 3_000_000, check: checkLoss },
  { name: "ctcLoss", count: 100, first: 3_500_000, check: checkCTC },
  { name: "clipGradNorm_", count: 40, first: 4_000_000, check: checkClip },
  { name: "layers around recurrent ones", count: 300, first: 9_000_000, check: checkAround },
  { name: "cells and options beyond PyTorch's", count: 330, first: 15_000_004, check: checkBeyond },
  { name: "einsum", count: 80, first: 10_000_000, check: checkEinsum },
  { name: "multinomial", count: 60, first: 11_000_000, check: checkMultinomial },
  { name: "layers of checkpoints", count: 60, first: 5_000_000, check: checkLayer },
  { name: "checkpoints of elman continued", count: 30, first: 6_000_000, check: checkContinued },
  { name: "convolution, pooling, padding, interpolation", count: 400, first: 12_000_000, check: checkWindows },
  { name: "training through elman", count: 15, first: 7_000_000, check: checkResumed },
  { name: "files of torch.onnx.export", count: 12, first: 14_000_000, check: checkExported },
  { name: "writes into parts", count: 300, first: 13_000_000, check: checkProgram },
];
/** One file of every format with every dtype for so many layer configurations. */
const LAYERS_A_FILE = 256;
/** Mutants, of which those that elman accepts are read by Python. */
const MUTANTS = 2000;

const print = (text: string) => process.stdout.write(`${text}\n`);

/** Counts what passed, and prints what did not. */
class Report {
  passed = 0;
  failed = 0;

  add(title: string, problems: readonly string[]): void {
    if (problems.length === 0) {
      this.passed++;
      return;
    }
    this.failed++;
    const shown = problems.slice(0, 4).map((problem) => `    ${problem}`);
    if (problems.length > shown.length) shown.push(`    and ${problems.length - shown.length} more`);
    print(`FAILED ${title}\n${shown.join("\n")}`);
  }
}

interface Asked {
  seed: number;
  only: number | null;
  masks: boolean;
}

const directionOf = (category: Category) => (category.bidirectional ? "both" : "one");

/** The layers, or the cells; returns how often each category was compared. */
async function compareModules(
  oracle: Oracle,
  report: Report,
  strays: Strays,
  { seed, only, masks }: Asked,
  categories: Category[],
  isCell: boolean,
): Promise<Map<string, number>> {
  const first = isCell ? 500_000 : 1;
  const counts = new Map<string, number>();
  let [relu, excused, again] = [0, 0, 0];
  for (const [i, category] of categories.entries()) {
    const index = first + i;
    if (only !== null && only !== index) continue;
    const asked = draw(category, isCell, seed, index);
    const outcome = await checkModule(oracle, asked, !masks, strays);
    const place = `--seed ${seed} --count ${categories.length * (isCell ? 4 : 1)} --only ${index}`;
    if (outcome.looksAgain) again++;
    if (asked.kind === "RNN_RELU") relu++;
    if (outcome.excused) {
      excused++;
      print(`excused (a pre-activation of ${outcome.closest}) ${place} ${summary(asked)}\n    ${outcome.problems[0]}`);
    }
    report.add(`${place} ${summary(asked)}`, outcome.excused ? [] : outcome.problems);
    const name = `${category.kind} ${directionOf(category)} ${category.form} ${category.dtype}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const tooMany =
    excused > Math.max(1, relu * MOST_EXCUSED) ? [`${excused} of ${relu}, more than ${MOST_EXCUSED * 100} %`] : [];
  if (again > 0) print(`${again} held against torch's float32 error at neighbouring weights, too`);
  if (relu > 0) report.add("relu configurations excused", tooMany);
  return counts;
}

function printTable(counts: ReadonlyMap<string, number>): void {
  const rows = [...new Set([...counts.keys()].map((name) => name.split(" ").slice(0, 2).join(" ")))].sort();
  const columns = [...new Set([...counts.keys()].map((name) => name.split(" ").slice(2).join(" ")))].sort();
  print(["kind and directions".padEnd(20), ...columns.map((column) => column.padStart(18))].join(""));
  for (const row of rows) {
    const cells = columns.map((column) => String(counts.get(`${row} ${column}`) ?? 0).padStart(18));
    print([row.padEnd(20), ...cells].join(""));
  }
}

/** Files of every format, dtype and structure, both ways; what must be refused; and a sample of the fuzzer's mutants. */
async function compareCheckpoints(oracle: Oracle, report: Report, seed: number, files: number): Promise<void> {
  const counts = new Map<string, number>();
  for (let i = 0; i < files * PAIRS.length; i++) {
    const pair = PAIRS[i % PAIRS.length];
    const { title, problems } = await checkFile(oracle, seed, 8_000_000 + i, pair);
    report.add(`--seed ${seed} checkpoint ${i}: ${title}`, problems);
    const name = `${pair.format} ${pair.dtype}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  print(["checkpoints".padEnd(20), ...DTYPES.map((dtype) => dtype.padStart(6))].join(""));
  for (const format of FORMATS) {
    const cells = DTYPES.map((dtype) => String(counts.get(`${format} ${dtype}`) ?? "-").padStart(6));
    print([format.padEnd(20), ...cells].join(""));
  }
  for (const { title, problems } of await checkUnread(oracle)) report.add(title, problems);
  // The fuzzer counts memory from the moment that it is there, which the other comparisons need not bear.
  const { fuzz } = await import("../fuzz/fuzz.js");
  const { againstPython } = await import("../fuzz/python.js");
  const agreement = { same: 0, cleaned: 0, stricter: new Map<string, number>() };
  const { defects } = await fuzz(seed, 0, MUTANTS, undefined, (one, outcome) =>
    againstPython(oracle, agreement, one, outcome),
  );
  report.add(
    `${MUTANTS} mutants: npm run fuzz -- --seed ${seed} --cases ${MUTANTS} --against-python`,
    defects.map(({ index, kind, defect }) => `--only ${index} (${kind}): ${defect}`),
  );
  print(`of ${MUTANTS} mutants of checkpoints, Python reads as elman does: ${agreement.same + agreement.cleaned}`);
}

function reportStrays(report: Report, { elman, torch, tensors }: Strays): void {
  if (tensors === 0) return;
  const means = `elman ${(elman / tensors).toExponential(3)}, torch ${(torch / tensors).toExponential(3)}`;
  print(`mean float32 error against float64, of each tensor's largest magnitude: ${means} (${tensors} tensors)`);
  const ratio = elman / torch;
  report.add(
    "mean float32 error",
    ratio <= MOST_TIMES_TORCH ? [] : [`${ratio} times torch's, over ${MOST_TIMES_TORCH}`],
  );
}

async function compareAll(oracle: Oracle, seed: number, count: number, only: number | null): Promise<Report> {
  const report = new Report();
  const strays: Strays = { elman: 0, torch: 0, tensors: 0 };
  const masks = await masksAgree(oracle);
  if (!masks) {
    print("This PyTorch draws dropout masks from a stream that is not its generator's (MKL): its masks are used.");
  }
  const asked: Asked = { seed, only, masks };
  const layers = dealt(LAYER_CATEGORIES, count, seed);
  const cells = dealt(CELL_CATEGORIES, Math.ceil(count / 4), seed);
  const tables = [
    await compareModules(oracle, report, strays, asked, layers, false),
    await compareModules(oracle, report, strays, asked, cells, true),
  ];
  tables.forEach(printTable);
  if (only === null) {
    const rare = tables.flatMap((table) => [...table].filter(([, times]) => times < LEAST).map(([name]) => name));
    const absent = LAYER_CATEGORIES.length + CELL_CATEGORIES.length - tables[0].size - tables[1].size;
    report.add(`at least ${LEAST} of each category`, [...rare, ...(absent > 0 ? [`${absent} absent`] : [])]);
  }
  reportStrays(report, strays);
  if (only !== null) return report;

  for (const { name, count: checks, first, check } of OTHER_CHECKS) {
    const before = report.passed;
    for (let i = 0; i < checks; i++) {
      const { title, problems }: Check = await check(oracle, seed, first + i, masks);
      report.add(`--seed ${seed} ${name} ${i}: ${title}`, problems);
    }
    print(`${name}: ${report.passed - before} of ${checks}`);
  }
  for (const { title, problems } of await checkWritten(oracle)) report.add(title, problems);
  await compareCheckpoints(oracle, report, seed, Math.ceil(count / LAYERS_A_FILE));
  await compareExamples(report);
  return report;
}

/** The losses of the examples; those of float32 are told and not judged. */
async function compareExamples(report: Report): Promise<void> {
  const python = torchPython() as string;
  for (const name of names) {
    for (const dtype of ["float64", "float32"] as const) {
      const share = apart(await elmanLosses(name, dtype), await torchLosses(name, dtype, python));
      print(`${LOSSES} losses of examples/${name}, ${dtype}: ${share.toExponential(1)} apart at most`);
      if (dtype === "float64") report.add(name, share < TOLERANCE ? [] : [`${share} is over ${TOLERANCE}`]);
    }
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { seed: { type: "string" }, count: { type: "string" }, only: { type: "string" } },
  });
  const wrong = Object.entries(values).find(([, text]) => !/^\d+$/.test(text));
  if (wrong !== undefined) {
    print(`--${wrong[0]} expects a whole number, got: ${wrong[1]}`);
    return 1;
  }
  const python = torchPython();
  const started = python === null ? null : await Oracle.start(python);
  if (started === null) {
    print(howToInstallTorch());
    return 1;
  }
  const { oracle, version } = started;
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  const count = Number(values.count ?? COUNT);
  print(`torch ${version}, --seed ${seed} --count ${count}`);
  setWarningHandler(() => {});
  try {
    const report = await compareAll(oracle, seed, count, values.only === undefined ? null : Number(values.only));
    print(`${report.passed} passed, ${report.failed} failed`);
    return report.failed === 0 ? 0 : 1;
  } finally {
    oracle.close();
  }
}

process.exitCode = await main();
