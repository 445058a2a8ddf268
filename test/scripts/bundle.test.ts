/** What the build makes of the entries, as an engine loads them: no bundler, no package, one of everything. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bundle } from "../../scripts/bundle.js";

const entries = ["", "checkpoint/", "convert/", "data/", "device/", "stream/", "train/", "watch/"];
const directory = mkdtempSync(join(tmpdir(), "elman-bundle-"));
beforeAll(() => bundle(directory));
afterAll(() => rmSync(directory, { recursive: true }));

const files = () => readdirSync(directory, { recursive: true, encoding: "utf8" });
const read = (name: string) => readFileSync(join(directory, name), "utf8");

/** What a file names in its imports. */
const imported = (name: string) =>
  [...read(name).matchAll(/^(?:import|export)\b.* from "([^"]+)";$/gm)].map((m) => m[1]);

function printed(code: string): unknown {
  const where = JSON.stringify(`file://${directory}/`);
  const all = entries.map((name, i) => `const m${i} = await import(${where} + "${name}index.js");`).join("\n");
  const flags = ["--input-type=module", "-e", `${all}\nconsole.log(JSON.stringify(${code}));`];
  return JSON.parse(execFileSync(process.execPath, flags, { encoding: "utf8" }));
}

it("imports no package, but Node's modules in what is for Node, and commander in the command", () => {
  for (const name of files().filter((one) => one.endsWith(".js"))) {
    const foreign = imported(name).filter((path) => !path.startsWith("."));
    if (name === "cli/main.js") expect(foreign).toContain("commander");
    else if (name === "watch/index.js") expect(foreign.every((path) => path.startsWith("node:"))).toBe(true);
    else expect(foreign, name).toEqual([]);
  }
});

it("has one Tensor and one choice of device, whichever entries are loaded", () => {
  const roundTrip = `m1.loadSafetensors(m1.encodeSafetensors({ x: m0.tensor([1, 2]) }))`;
  const sameTensor = `(await ${roundTrip}).get("x") instanceof m0.Tensor`;
  const register = `m4.registerDevice("mine", () => ({ ...m4.js, name: "mine" }))`;
  const device = `(${register}, m0.setDefaultDevice("mine"), m0.defaultDevice())`;
  const layer = `m2.fromStateDict(new m0.nn.GRU(2, 3).stateDict(), "", { kind: "GRU" }) instanceof m0.nn.GRU`;
  expect(printed(`[${sameTensor}, ${device}, ${layer}]`)).toEqual([true, "mine", true]);
});

it("keeps namespaces in files of their own, and few others", () => {
  expect(imported("chunks/src.js").filter((path) => path.startsWith(".."))).toEqual([
    "../nn/index.js",
    "../optim/index.js",
  ]);
  expect(files().filter((name) => /^chunks.*\.js$/.test(name)).length).toBeLessThan(12);
});

it("has maps that lead to the sources", () => {
  const { sources } = JSON.parse(read("chunks/core.js.map")) as { sources: string[] };
  expect(sources.some((path) => path.endsWith("src/nn/module.ts"))).toBe(true);
});
