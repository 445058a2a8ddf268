/**
 * `npm run hunt -- --minutes N`: the live comparison with PyTorch and the fuzzer in turn, with seeds that nobody chose,
 * for so many minutes (default 10). A find is printed with the command that repeats it, and ends the hunt with 1.
 */

import { spawn } from "node:child_process";
import { parseArgs } from "node:util";
import { howToInstallTorch, torchPython } from "../support/torch_python.js";
import { hunt, type Outcome, type Runner, runners } from "./hunt.js";

const print = (text: string) => process.stdout.write(`${text}\n`);

/** Runs npm, and prints what it says. */
function run({ script, options }: Runner, seed: number): Promise<Outcome> {
  const args = ["run", "--silent", script, "--", "--seed", String(seed), ...options];
  print(`\n== npm ${args.join(" ")}`);
  const child = spawn("npm", args, { stdio: ["ignore", "pipe", "pipe"], shell: process.platform === "win32" });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text) => {
      output += text;
      process.stdout.write(text);
    });
  }
  return new Promise((resolve) => child.on("close", (code) => resolve({ output, code })));
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { minutes: { type: "string", default: "10" } } });
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) {
    print(`--minutes expects a number above 0, got: ${values.minutes}`);
    return 2;
  }
  if (torchPython() === null) {
    print(howToInstallTorch());
    return 2;
  }
  const end = performance.now() + 60_000 * minutes;
  const { runs, finds } = await hunt(
    () => performance.now() > end,
    run,
    () => Math.floor(Math.random() * 2 ** 31),
    (command) => print(`FOUND: ${command}`),
  );
  print(`\nTried ${runs.map((count, i) => `${count} × ${runners[i].script}`).join(", ")}: ${finds.length} found.`);
  for (const command of finds) print(`  ${command}`);
  return finds.length === 0 ? 0 : 1;
}

process.exitCode = await main();
