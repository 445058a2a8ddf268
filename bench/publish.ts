/** Writes results into the project: the overview between the marks of each README, all rows and the chart into docs. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chart } from "./chart.js";
import { here } from "./engines.js";
import { details, machineLine, overview } from "./report.js";
import type { Results } from "./results.js";

const [opening, closing] = ["<!-- bench:start -->", "<!-- bench:end -->"];

/** A text with what stands between the marks replaced. */
export function replaced(text: string, block: string): string {
  const [start, end] = [text.indexOf(opening), text.indexOf(closing)];
  if (start < 0 || end < start) throw new Error(`expected ${opening} … ${closing}, found no such block`);
  return `${text.slice(0, start + opening.length)}\n${block}\n${text.slice(end)}`;
}

export function publish(results: Results, root = here("..")): void {
  const block = ["![](docs/bench.svg)", overview(results), ...results.runs.slice(0, 1).map(machineLine)].join("\n\n");
  for (const name of ["README.md", "README.zh-CN.md"]) {
    const path = join(root, name);
    writeFileSync(path, replaced(readFileSync(path, "utf8"), block));
  }
  mkdirSync(join(root, "docs"), { recursive: true });
  writeFileSync(join(root, "docs", "bench.svg"), chart(results));
  const text = ["# Benchmark", ...results.runs.map(machineLine), details(results)].join("\n\n");
  writeFileSync(join(root, "docs", "bench.md"), `${text}\n`);
}
