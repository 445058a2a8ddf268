/**
 * `npm run coverage:torch`: whether each of the features in features.json is here as in PyTorch. A feature is proved by small
 * programs, which run here and in an installed PyTorch on the same numbers, or by tests. From the shares counted there
 * follows how many of the models can be written.
 */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { nn, Tensor } from "../../src/index.js";
import { howToInstallTorch, torchPython } from "../support/torch_python.js";
import { Chance } from "../torch/draw.js";
import { Oracle, send } from "../torch/process.js";
import type { FloatName } from "../torch/replay.js";
import { compared, drawnTensor } from "../torch/training.js";
import { features, type Own, type Program } from "./features.js";
import { trainingFeatures } from "./training_features.js";

/** A row of the tables: in how many of a hundred classes and repositories it occurs, and what proves that it is here. */
interface Feature {
  name: string;
  classes?: number | string;
  repositories?: number | string;
  programs?: string[];
  tests?: string[];
}

const counted: {
  model: Feature[];
  training: Feature[];
  /** With these and those before, so many of a hundred classes can be written. */
  written: { with: string[]; classes: number }[];
} = JSON.parse(readFileSync(new URL("./features.json", import.meta.url), "utf8"));

const print = (text: string) => process.stdout.write(`${text}\n`);

/** What is wrong with a program, in one dtype. */
async function differences(oracle: Oracle, name: string, program: Program, dtype: FloatName): Promise<string[]> {
  const chance = new Chance(1, 0);
  const x = drawnTensor(chance, [4, 6, 8], "float32").to(dtype).requiresGrad_();
  const modules: nn.Module[] = [];
  const states: Record<string, unknown>[] = [];
  const own: Own = (module) => {
    module.to(dtype);
    modules.push(module);
    states.push(Object.fromEntries([...module.stateDict()].map(([key, value]) => [key, send(value)])));
    return module;
  };
  const given = await program(x, own);
  const results = Array.isArray(given) ? (given as readonly Tensor[]) : [given as Tensor];
  const weights = results.map(({ shape }) => drawnTensor(chance, shape, "float32").to(dtype));
  const losses = results.flatMap((y, i) => (y.requiresGrad ? [y.mul(weights[i]).sum()] : []));
  if (losses.length > 0) losses.reduce((a, b) => a.add(b)).backward();
  const ask = { dtype, name, x: send(x), states, weights: weights.map(send) };
  return compared(oracle, "feature", ask, function* () {
    for (const [i, y] of results.entries()) yield [`result ${i}`, y.detach()];
    if (x.grad !== null) yield ["d x", x.grad];
    for (const [i, module] of modules.entries()) {
      for (const [key, { grad }] of module.namedParameters()) if (grad !== null) yield [`d ${key} of ${i}`, grad];
      for (const [key, buffer] of module.namedBuffers()) yield [`${key} of ${i}`, buffer.to(dtype)];
    }
  });
}

/** A failed program in a line each. */
async function failures(oracle: Oracle, { programs = [], tests = [] }: Feature): Promise<string[]> {
  const found: string[] = [];
  for (const name of programs) {
    const inModel = features[name];
    const program = inModel ?? trainingFeatures[name];
    // A training in float32 goes its own way: a step of Adam divides by the root of what may be nearly 0.
    const dtypes: FloatName[] = inModel === undefined ? ["float64"] : ["float64", "float32"];
    for (const dtype of dtypes) {
      try {
        found.push(...(await differences(oracle, name, program, dtype)).map((text) => `${name} in ${dtype}: ${text}`));
      } catch (error) {
        found.push(`${name} in ${dtype}: ${error}`);
      }
    }
  }
  for (const test of tests) {
    const vitest = fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url));
    const { status, stdout } = spawnSync(process.execPath, [vitest, "run", test], { encoding: "utf8" });
    if (status !== 0) found.push(`${test}: ${stdout.slice(-400)}`);
  }
  return found;
}

async function compareTable(oracle: Oracle, title: string, rows: readonly Feature[]): Promise<Map<string, boolean>> {
  const width = Math.max(...rows.map(({ name }) => name.length));
  const outcomes = new Map<string, boolean>();
  print(`\n${title.padEnd(width)}  classes  repositories`);
  for (const row of rows) {
    const isHere = row.programs !== undefined || row.tests !== undefined;
    const failed = isHere ? await failures(oracle, row) : [];
    if (isHere) outcomes.set(row.name, failed.length === 0);
    const [classes, repositories] = [row.classes, row.repositories].map((share) => String(share ?? "").padStart(7));
    const outcome = !isHere ? "not here" : failed.length > 0 ? "FAILED" : "passed";
    print(`${row.name.padEnd(width)}  ${classes}  ${repositories.padStart(12)}  ${outcome}`);
    for (const text of failed) print(`    ${text}`);
  }
  return outcomes;
}

/** How many of a hundred classes can be written: those of the last set of features of which all passed, and all before. */
function written(passed: ReadonlyMap<string, boolean>): number {
  let classes = 0;
  for (const set of counted.written) {
    if (!set.with.every((name) => passed.get(name) === true)) break;
    classes = set.classes;
  }
  return classes;
}

const python = torchPython();
const started = python === null ? null : await Oracle.start(python);
if (started === null) {
  print(howToInstallTorch());
  process.exit(1);
}
const { oracle, version } = started;
print(`PyTorch ${version}`);
const model = await compareTable(oracle, "in the model", counted.model);
const training = await compareTable(oracle, "in training", counted.training);
oracle.close();
const outcomes = [...model.values(), ...training.values()];
const failed = outcomes.filter((passed) => !passed).length;
print(`\nclasses that can be written: ${written(model)} %`);
print(`${outcomes.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
