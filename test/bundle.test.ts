/** What the library weighs in a web page: minified, gzipped, with no package and no import left. */

import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { bundled } from "./support/bundle.js";

it.each([
  // The layers, the tensors and everything else that can be reached.
  { name: "elman-nn, whole", code: 'export * from "elman-nn";', budget: 60_200 },
  { name: "LSTM of elman-nn/stream", code: 'export { LSTM } from "elman-nn/stream";', budget: 25_000 },
])("$name fits its budget, and stands alone", async ({ name, code: entry, budget }) => {
  const { code, imports, dynamicImports } = await bundled(entry, "esm");
  expect(imports).toEqual([]);
  expect(dynamicImports).toEqual([]);
  expect(code).not.toMatch(/\b(process|require|window|document|Buffer)\b\s*[.(]/);
  const bytes = gzipSync(code).length;
  console.log(`${name}: ${(bytes / 1000).toFixed(1)} kB minified and gzipped (budget ${budget / 1000} kB)`);
  expect(bytes).toBeLessThanOrEqual(budget);
});
