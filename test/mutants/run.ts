/**
 * Puts one fault at a time into a copy of the sources and runs the suite on it, which must fail.
 * Usage: npm run mutants [-- PATTERN], where only faults whose name or file holds PATTERN are tried.
 */

import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Fault, faults } from "./faults.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** The test of a source file, which meets its faults first. */
const ownTest = (file: string): string =>
  file
    .replace(/^src/, "test")
    .replace(/kernels\/beyond\/\w+/, "beyond")
    .replace(/\.ts$/, ".test.ts");
/** What notices most of the other faults soonest; only a fault that survives these files meets the whole suite. */
const telling = [
  "nn/golden",
  "nn/fixtures",
  "nn/layout",
  "nn/packed",
  "nn/rnn",
  "nn/loss",
  "nn/clip",
  "nn/functional",
].concat([
  "optim/",
  "tensor/ops/",
  "tensor/autograd",
  "tensor/tensor",
  "tensor/torch",
  "device/js",
  "device/recurrence",
]);

/** A copy of what the suite needs. */
function workshop(): string {
  const directory = mkdtempSync(join(tmpdir(), "elman-mutants-"));
  const filter = (path: string) => !path.includes("node_modules");
  for (const name of ["src", "dist", "test", "examples", "scripts", "bench", "docs", "site"]) {
    cpSync(join(root, name), join(directory, name), { recursive: true, filter });
  }
  for (const name of readdirSync(root)) {
    if (/\.(json|md|ts)$|^LICENSE$/.test(name)) cpSync(join(root, name), join(directory, name));
  }
  symlinkSync(join(root, "node_modules"), join(directory, "node_modules"));
  return directory;
}

/** Whether the tests pass in a workshop. */
function passes(directory: string, paths: readonly string[]): Promise<boolean> {
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const args = [vitest, "run", "--bail", "1", "--maxWorkers", "1", "--reporter", "dot", ...paths];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: directory, stdio: "ignore" });
    child.on("exit", (code) => resolve(code === 0));
  });
}

const sound = new Map<string, Promise<boolean>>();

/** Tests that fail without any fault would kill every mutant: each lot of them passes first, once. */
async function checkSound(directory: string, paths: readonly string[]): Promise<void> {
  const lot = paths.join();
  const passing = sound.get(lot) ?? passes(directory, paths);
  sound.set(lot, passing);
  if (!(await passing)) throw new Error(`the tests fail without any fault: mend that first (${lot || "all"})`);
}

/** Whether the suite notices the fault. */
async function killed(directory: string, { file, from, to }: Fault): Promise<boolean> {
  const path = join(directory, file);
  const original = readFileSync(path, "utf8");
  const faulty = original.replace(from, () => to);
  for (const paths of [[ownTest(file)], telling, []]) {
    // A file whose room is tested as a whole has no test of its own.
    if (paths.length === 1 && !existsSync(join(directory, paths[0]))) continue;
    await checkSound(directory, paths);
    writeFileSync(path, faulty);
    const survived = await passes(directory, paths);
    writeFileSync(path, original);
    if (!survived) return true;
  }
  return false;
}

const pattern = process.argv[2] ?? "";
const waiting = faults.filter(({ name, file }) => name.includes(pattern) || file.includes(pattern));
const total = waiting.length;
let survivors = 0;
for (const { file, from } of faults) {
  const places = readFileSync(join(root, file), "utf8").split(from).length - 1;
  if (places !== 1) throw new Error(`${file} must hold once, but holds ${places} times: ${from}`);
}

async function worker(directory: string): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const noticed = await killed(directory, next);
    if (!noticed) survivors++;
    console.log(`${noticed ? "killed  " : "SURVIVED"}  ${next.file}: ${next.name}`);
  }
}

const workshops = Array.from({ length: Math.min(2, availableParallelism()) }, workshop);
try {
  await Promise.all(workshops.map(worker));
  console.log(`${total - survivors} killed, ${survivors} survived`);
  process.exitCode = survivors === 0 && total > 0 ? 0 : 1;
} finally {
  for (const directory of workshops) rmSync(directory, { recursive: true });
}
