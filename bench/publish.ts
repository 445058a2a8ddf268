/** Writes results into docs: the overview between the marks of speed.md in both languages, all rows and the chart. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TORCH_VERSION } from "../test/support/torch_python.js";
import { caption, chart } from "./chart.js";
import { type EngineName, engines, here } from "./engines.js";
import { details, machineLine, overview } from "./report.js";
import type { Results } from "./results.js";

const [opening, closing] = ["<!-- bench:start -->", "<!-- bench:end -->"];

/** A text with what stands between the marks replaced. */
export function replaced(text: string, block: string): string {
  const [start, end] = [text.indexOf(opening), text.indexOf(closing)];
  if (start < 0 || end < start) throw new Error(`expected ${opening} … ${closing}, found no such block`);
  return `${text.slice(0, start + opening.length)}\n${block}\n${text.slice(end)}`;
}

/** How the tables are read, and what was measured: the versions that `npm run bench:setup` installs. */
export function legend(): string {
  const { dependencies } = JSON.parse(readFileSync(here("peers/package.json"), "utf8"));
  const versions: Record<Exclude<EngineName, "elman" | "native">, string> = {
    "ort-web": dependencies["onnxruntime-web"],
    "ort-node": dependencies["onnxruntime-node"],
    tfjs: dependencies["@tensorflow/tfjs-backend-wasm"],
    "jax-js": dependencies["@jax-js/jax"],
    torch: TORCH_VERSION,
  };
  const named = Object.entries(versions).map(([name, version]) => `${engines[name as EngineName].title} ${version}`);
  return [
    "A row is a case ([cases.ts](../bench/cases.ts)): b sequences, h units and as many input features, t steps; in a",
    "ragged case the lengths fall from 100 to 1, and in one of 2layer-bi 64 features go in. `elman` is the median time",
    "of a call, with half the distance between the quartiles, as a share of it, behind ±. GFLOP/s count what the case",
    "asks for, three times the forward pass in training. Efficiency is the least time that 128-bit SIMD of one core",
    "would need ([floor.ts](../bench/floor.ts)) over elman's time. Below an engine's name stands its time over",
    "elman's: above 1× elman is faster. ✓ reaches what is aimed at ([requirements.ts](../bench/requirements.ts)); bold",
    "falls short of what stands behind it; without either, nothing is aimed at. A dash is a number that does not exist:",
    "the reasons stand below the tables.",
    `The engines: ${named.join(", ")}.`,
  ].join("\n");
}

export function publish(results: Results, docs = here("../docs")): void {
  const block = [
    `![${caption(results)}](bench.svg)`,
    overview(results),
    ...results.runs.slice(0, 1).map(machineLine),
  ].join("\n\n");
  for (const name of ["speed.md", "speed.zh-CN.md"]) {
    const path = join(docs, name);
    writeFileSync(path, replaced(readFileSync(path, "utf8"), block));
  }
  writeFileSync(join(docs, "bench.svg"), chart(results));
  const text = ["# Benchmark", legend(), ...results.runs.map(machineLine), details(results)].join("\n\n");
  writeFileSync(join(docs, "bench.md"), `${text}\n`);
}
