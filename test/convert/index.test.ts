/** The public names of elman-nn/convert: adding one is deliberate. And what it needs where it runs. */

import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { expect, it } from "vitest";
import * as convert from "../../src/convert/index.js";

it("has these names and no others", () => {
  expect(Object.keys(convert).sort()).toEqual([
    "exportOnnx",
    "fromKerasGRU",
    "fromKerasLSTM",
    "fromKerasPeepholeLSTM",
    "fromKerasSimpleRNN",
    "fromOnnx",
    "fromStateDict",
    "inferLayers",
    "onnxTensors",
  ]);
});

it("runs in a page whose policy allows no code from strings", async () => {
  const bundle = await rolldown({
    input: fileURLToPath(new URL("../../src/convert/index.ts", import.meta.url)),
    resolve: { extensionAlias: { ".js": [".ts", ".js"] } },
    platform: "browser",
  });
  const { output } = await bundle.generate({ format: "esm", minify: true });
  await bundle.close();
  const [chunk] = output;
  expect([output.length, chunk.imports, chunk.dynamicImports]).toEqual([1, [], []]);
  // A call of eval has an argument; a method of that name, which modules have, has none.
  expect(chunk.code).not.toMatch(/(?<![.\w])(?:eval\([^)]|Function\s*\()/);
});
