/** The command of memory.ts. */

import { parseArgs } from "node:util";
import { firstBatches } from "../../examples/begun.js";
import { begins, names } from "./losses.js";
import { ALLOWED, growth, memoryOver } from "./memory.js";

const { values } = parseArgs({ options: { steps: { type: "string", default: "10000" } } });
for (const name of names) {
  const begun = await begins[name]("small");
  const batches = await firstBatches(begun, 100);
  const found = await memoryOver(begun.model, batches, begun.options, Number(values.steps));
  const shown = found.map((mb) => mb.toFixed(1)).join(" ");
  console.log(`${name}: MB in use after each tenth of ${values.steps} steps: ${shown}`);
  if (growth(found) > ALLOWED) process.exitCode = 1;
}
