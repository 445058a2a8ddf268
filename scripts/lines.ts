/**
 * `npm run lines [-- --against REF]`: lines of code, neither blank nor comment, of each room of src, of the kernels, and
 * of each other folder in total; with a commit, how many they were there and the difference.
 */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { extract, filesHere, root } from "./tree.js";

/** Lines that are neither blank nor comment. */
export const linesOfCode = (text: string): number =>
  text.split("\n").filter((line) => !/^\s*(\/\/|\/?\*|$)/.test(line)).length;

/** Of each room its lines; `src` is the sum of its rooms that are not AssemblyScript, which have a tsconfig of their own. */
export function countedByRoom(names: readonly string[], read: (name: string) => string): Map<string, number> {
  const kernels = names.filter((name) => /^src\/.*\/tsconfig\.json$/.test(name)).map((name) => `${dirname(name)}/`);
  const counts = new Map<string, number>([["src", 0]]);
  const add = (room: string, count: number) => counts.set(room, (counts.get(room) ?? 0) + count);
  for (const name of names.filter((name) => /^\w+\/.*\.m?ts$|^\w+\/.*\.mjs$/.test(name)).sort()) {
    const count = linesOfCode(read(name));
    const room = dirname(name);
    const [folder] = name.split("/");
    if (folder !== "src") add(folder, count);
    else if (kernels.some((folder) => name.startsWith(folder))) add(`${room} (kernels)`, count);
    else {
      add(room === "src" ? "src/index.ts" : room, count);
      add("src", count);
    }
  }
  return counts;
}

function main(): void {
  const { values } = parseArgs({ options: { against: { type: "string" } } });
  const here = countedByRoom(filesHere(), (name) => readFileSync(join(root, name), "utf8"));
  let then: Map<string, number> | null = null;
  if (values.against !== undefined) {
    const directory = mkdtempSync(join(tmpdir(), "elman-lines-"));
    try {
      const names = extract(values.against, directory);
      then = countedByRoom(names, (name) => readFileSync(join(directory, name), "utf8"));
    } finally {
      rmSync(directory, { recursive: true });
    }
  }
  for (const room of [...new Set([...here.keys(), ...(then?.keys() ?? [])])].sort()) {
    const [now, before] = [here.get(room) ?? 0, then?.get(room) ?? 0];
    const compared = then === null ? "" : `${String(before).padStart(8)}${String(now - before).padStart(8)}`;
    process.stdout.write(`${room.padEnd(36)}${String(now).padStart(8)}${compared}\n`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
