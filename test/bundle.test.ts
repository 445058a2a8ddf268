/** What the library weighs in a web page: minified, gzipped, with no package and no import left. */

import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { bundled } from "./support/bundle.js";

it.each([
  // The layers, the tensors and everything else that can be reached.
  { name: "elman-nn, whole", code: 'export * from "elman-nn";', budget: 90_000 },
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

it("what is not asked for is left out: an LSTM brings no convolution", async () => {
  const { code } = await bundled('import { nn } from "elman-nn"; export const made = () => new nn.LSTM(2, 3);', "esm");
  console.log(`nn.LSTM of elman-nn: ${(gzipSync(code).length / 1000).toFixed(1)} kB minified and gzipped`);
  expect(code).toContain("LSTM");
  for (const sentence of ["non-positive stride", "Output size is too small", "doesn't take in value argument"]) {
    expect(code, sentence).not.toContain(sentence);
  }
});

it("leaves out the layers that nobody asked for", async () => {
  const words = ["NativeBatchNorm", "in_proj_weight", "GeluKernelImpl", "einsum()", "ModuleDict", "dropout2d"];
  const used = async (code: string) => {
    const { code: text } = await bundled(`import { nn, randn } from "elman-nn"; ${code}`, "esm");
    return words.filter((word) => text.includes(word));
  };
  expect(await used("console.log(new nn.LSTM(2, 3).forward(randn([1, 1, 2])));")).toEqual([]);
  expect(await used("console.log(new nn.GELU().forward(randn([1, 2])));")).toEqual(["GeluKernelImpl"]);
});
