/** What the whole library weighs in a web page: minified, gzipped, with no package and no import left. */

import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { expect, it } from "vitest";

/** Bytes. The layers, the tensors and everything else that `import … from "elman-nn"` can reach. */
const budget = 60_000;

it("fits its budget, and stands alone", async () => {
  const bundle = await rolldown({
    input: fileURLToPath(new URL("../src/index.ts", import.meta.url)),
    resolve: { extensionAlias: { ".js": [".ts"] } },
    platform: "browser",
  });
  const { output } = await bundle.generate({ format: "esm", minify: true });
  await bundle.close();
  expect(output.length).toBe(1);
  const [chunk] = output;
  expect(chunk.imports).toEqual([]);
  expect(chunk.dynamicImports).toEqual([]);
  expect(chunk.code).not.toMatch(/\b(process|require|window|document|Buffer)\b\s*[.(]/);
  const bytes = gzipSync(chunk.code).length;
  console.log(`elman-nn, whole: ${(bytes / 1000).toFixed(1)} kB minified and gzipped (budget ${budget / 1000} kB)`);
  expect(bytes).toBeLessThanOrEqual(budget);
});
