/**
 * Puts one fault at a time into a copy of the sources and runs the suite on it, which must fail.
 * Usage: npm run mutants [-- PATTERN], where only faults whose name or file holds PATTERN are tried.
 */

import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Fault, faults } from "./faults.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** What notices most faults at once comes first; only a fault that survives it meets the whole suite. */
const telling = ["test/nn", "test/optim", "test/tensor/ops", "test/tensor/autograd.test.ts", "test/device"];

function workshop(): string {
  const directory = mkdtempSync(join(tmpdir(), "elman-mutants-"));
  for (const name of [
    "src",
    "test",
    "examples",
    "package.json",
    "vitest.config.ts",
    "tsconfig.base.json",
    "tsconfig.json",
  ]) {
    cpSync(join(root, name), join(directory, name), { recursive: true });
  }
  for (const name of ["README.md", "README.zh-CN.md"]) cpSync(join(root, name), join(directory, name));
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

/** Whether the suite notices the fault. */
async function killed(directory: string, { file, from, to }: Fault): Promise<boolean> {
  const path = join(directory, file);
  const original = readFileSync(path, "utf8");
  if (original.split(from).length !== 2) throw new Error(`${file} must hold once: ${from}`);
  writeFileSync(
    path,
    original.replace(from, () => to),
  );
  try {
    return !(await passes(directory, telling)) || !(await passes(directory, []));
  } finally {
    writeFileSync(path, original);
  }
}

const pattern = process.argv[2] ?? "";
const waiting = faults.filter(({ name, file }) => name.includes(pattern) || file.includes(pattern));
const total = waiting.length;
let survivors = 0;

async function worker(): Promise<void> {
  const directory = workshop();
  try {
    // A suite that fails without any fault would kill every mutant.
    if (!(await passes(directory, telling))) throw new Error("the suite fails without any fault: mend that first");
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const noticed = await killed(directory, next);
      if (!noticed) survivors++;
      console.log(`${noticed ? "killed  " : "SURVIVED"}  ${next.file}: ${next.name}`);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
}

await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker));
console.log(`${total - survivors} killed, ${survivors} survived`);
process.exitCode = survivors === 0 && total > 0 ? 0 : 1;
