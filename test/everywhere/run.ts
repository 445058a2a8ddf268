/**
 * `npm run test:everywhere [-- --only NAME] [--cheap] [--docs]`: packs the library, installs the tarball in fresh
 * projects, and has each place do the same work: bits must be those of Node on the same device. `--only` takes the
 * beginning of a name; `--cheap` the places that install nothing else; `--docs` writes the table into docs/speed.md.
 */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pack } from "../../scripts/pack.js";
import { closeBrowser } from "./browser.js";
import { checkPackage } from "./package.js";
import { type Place, places } from "./places.js";
import { type Done, Project, root } from "./project.js";

const { values } = parseArgs({
  options: { only: { type: "string" }, cheap: { type: "boolean" }, docs: { type: "boolean" } },
});
const chosen = places.filter(({ name, packages }) => {
  if (values.only !== undefined) return name.toLowerCase().startsWith(values.only.toLowerCase());
  return !values.cheap || packages === undefined;
});
if (chosen.length === 0) throw new Error(`no such place; there are: ${places.map(({ name }) => name).join(", ")}`);

const directory = mkdtempSync(join(tmpdir(), "elman-everywhere-"));
execFileSync("npm", ["run", "--silent", "build"], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
const tarball = pack(directory);

/** The bits of each name on each device, by whoever computed on it first. */
const known = new Map<string, { by: string; bits: string }>();

function compare({ name, engine = "V8" }: Place, done: Done): void {
  if (done.repr !== "LSTM(5, 9, num_layers=2)") throw new Error(`the layer calls itself ${done.repr}`);
  for (const [label, bits] of Object.entries(done.bits)) {
    const [, plain, what] = /^(plain )?(.*)$/.exec(label) ?? [];
    const device = plain || done.device === "wasm-plain" ? "wasm-plain" : `${done.device} of ${engine}`;
    const key = `${what} on ${device}`;
    const first = known.get(key) ?? { by: name, bits };
    known.set(key, first);
    if (bits !== first.bits) throw new Error(`other bits of ${key} than under ${first.by}: ${bits}, not ${first.bits}`);
  }
}

async function ran(place: Place, number: number): Promise<string> {
  const project = new Project(join(directory, String(number)), tarball);
  project.write({ "package.json": JSON.stringify({ name: "project", private: true, type: "module" }) });
  // What needs no packages finds the tarball's installation above it.
  if (place.packages !== undefined) await project.install(place.packages, place.scripts);
  const done = await place.run(project);
  if (done === "compiles") return "compiles";
  compare(place, done);
  if (done.server !== undefined) compare(place, done.server);
  return done.device;
}

/** Writes which places run on what between the marks of docs/speed.md, in both languages. */
function writeTable(rows: readonly (readonly [name: string, result: string])[]): void {
  const results = [...new Set(rows.map(([, result]) => result))];
  const lines = results.map((one) => {
    const names = rows.filter(([, result]) => result === one).map(([name]) => name);
    return `| \`${one}\` | ${names.join(" · ")} |`;
  });
  for (const name of ["docs/speed.md", "docs/speed.zh-CN.md"]) {
    const text = readFileSync(join(root, name), "utf8");
    const [before, after] = [text.split("<!-- places:start -->\n")[0], text.split("<!-- places:end -->")[1]];
    const table = ["| | |", "| --- | --- |", ...lines].join("\n");
    writeFileSync(join(root, name), `${before}<!-- places:start -->\n${table}\n<!-- places:end -->${after}`);
  }
}

const rows: [name: string, result: string][] = [];
let failed = 0;
try {
  const base = new Project(directory, tarball);
  base.write({ "package.json": JSON.stringify({ name: "base", private: true }) });
  await base.install([]);
  if (values.only === undefined) await checkPackage(new Project(join(directory, "package"), tarball));
  for (const [number, place] of chosen.entries()) {
    const start = performance.now();
    const result = await ran(place, number).catch((error: Error) => {
      failed++;
      return `FAILED: ${error.message}`;
    });
    rows.push([place.name, result]);
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    process.stdout.write(`${place.name.padEnd(36)} ${result.padEnd(14)} ${seconds.padStart(4)} s\n`);
  }
} finally {
  await closeBrowser();
  rmSync(directory, { recursive: true, force: true });
}
if (values.docs && failed === 0) writeTable(rows);
process.stdout.write(`${rows.length - failed} passed, ${failed} failed\n`);
if (failed > 0) process.exitCode = 1;
