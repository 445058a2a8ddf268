/** What the library weighs in a web page: minified, gzipped, with no package and no import left. */

import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { bundled } from "./support/bundle.js";
import { text } from "./support/docs.js";

const net =
  'import { nn, optim } from "elman-nn"; export const all = [nn.LSTM, nn.Linear, nn.functional.crossEntropy, optim.Adam];';
const streaming = 'export { LSTM } from "elman-nn/stream";';

it.each([
  // Everything that can be reached; a page keeps of it what it uses.
  { name: "elman-nn, whole", code: 'export * from "elman-nn";', budget: 115_000 },
  {
    name: "the core: an LSTM in a net, its loss and its optimiser",
    code: net,
    budget: 60_000,
  },
  // The training loop and all it stands on, without files.
  {
    name: "fit and DataLoader",
    code: 'export { fit } from "elman-nn/train"; export { DataLoader } from "elman-nn/data";',
    budget: 60_000,
  },
  // The layers that a state dict may hold, and no others.
  {
    name: "fromStateDict of elman-nn/convert",
    code: 'export { fromStateDict, inferLayers } from "elman-nn/convert";',
    budget: 70_000,
  },
  { name: "LSTM of elman-nn/stream", code: streaming, budget: 25_000 },
  {
    name: "an audio net of elman-nn/stream",
    code: 'export { Conv1d, GRU, Linear, ReLU, Sequential } from "elman-nn/stream";',
    budget: 25_000,
  },
])("$name fits its budget, and stands alone", async ({ name, code: entry, budget }) => {
  const { code, imports, dynamicImports } = await bundled(entry, "esm");
  expect(imports).toEqual([]);
  expect(dynamicImports).toEqual([]);
  expect(code).not.toMatch(/\b(process|require|window|document|Buffer)\b\s*[.(]/);
  const bytes = gzipSync(code).length;
  console.log(`${name}: ${(bytes / 1000).toFixed(1)} kB minified and gzipped (budget ${budget / 1000} kB)`);
  expect(bytes).toBeLessThanOrEqual(budget);
});

it.each(["README.md", "README.zh-CN.md"])("is what %s says", async (name) => {
  const said = [...text(name).matchAll(/(\d+\.\d) kB/g)].map(([, kilobytes]) => Number(kilobytes));
  const entries = await Promise.all([net, streaming].map((code) => bundled(code, "esm")));
  expect(said.length).toBe(2);
  for (const [i, { code }] of entries.entries()) {
    expect(Math.abs(gzipSync(code).length / 1000 - said[i])).toBeLessThan(0.5);
  }
});

it("leaves out the layers that nobody asked for", async () => {
  const words = [
    "NativeBatchNorm",
    "in_proj_weight",
    "GeluKernelImpl",
    "einsum()",
    "ModuleDict",
    "dropout2d",
    "non-positive stride",
  ];
  const used = async (code: string) => {
    const { code: text } = await bundled(`import { nn, randn } from "elman-nn"; ${code}`, "esm");
    return words.filter((word) => text.includes(word));
  };
  expect(await used("console.log(new nn.LSTM(2, 3).forward(randn([1, 1, 2])));")).toEqual([]);
  expect(await used("console.log(new nn.GELU().forward(randn([1, 2])));")).toEqual(["GeluKernelImpl"]);
});
