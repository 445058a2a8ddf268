/** The command of memory.ts. With `--chart FILE` it draws what it found. */

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { svg } from "elman-nn/watch";
import { firstBatches } from "../../examples/begun.js";
import { begins, names } from "./losses.js";
import { ALLOWED, growth, memoryOver } from "./memory.js";

const { values } = parseArgs({
  options: { steps: { type: "string", default: "10000" }, chart: { type: "string" } },
});
const curves: Record<string, [number, number][]> = {};
for (const name of names) {
  const begun = await begins[name]("small");
  const batches = await firstBatches(begun, 100);
  const found = await memoryOver(begun.model, batches, begun.options, Number(values.steps));
  const shown = found.map((mb) => mb.toFixed(1)).join(" ");
  console.log(`${name}: MB in use after each tenth of ${values.steps} steps: ${shown}`);
  curves[name] = found.map((mb, i) => [((i + 1) * Number(values.steps)) / 10, mb]);
  if (growth(found) > ALLOWED) process.exitCode = 1;
}
if (values.chart) writeFileSync(values.chart, svg([{ title: "memory in use, MB", x: "step", curves }]));
