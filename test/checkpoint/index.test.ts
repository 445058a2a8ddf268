/** The public names of elman-nn/checkpoint, and what they weigh in a page. */

import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { expect, it } from "vitest";
import * as checkpoint from "../../src/checkpoint/index.js";

it("has these names and no others", () => {
  expect(Object.keys(checkpoint).sort()).toEqual([
    "Checkpoint",
    "Opaque",
    "OrderedDict",
    "encodeSafetensors",
    "encodeTorch",
    "fileDTypeOf",
    "load",
    "loadSafetensors",
    "loadTorch",
    "saveSafetensors",
    "saveTorch",
    "stateDictOf",
  ]);
});

it("stands alone in a page, fflate included, within 25 kB besides the tensors", async () => {
  const pack = async (input: string) => {
    const bundle = await rolldown({
      input: fileURLToPath(new URL(input, import.meta.url)),
      resolve: { extensionAlias: { ".js": [".ts"] } },
      platform: "browser",
    });
    const { output } = await bundle.generate({ format: "esm", minify: true });
    await bundle.close();
    expect([output.length, output[0].imports, output[0].dynamicImports]).toEqual([1, [], []]);
    return gzipSync(output[0].code).length;
  };
  const whole = await pack("../../src/checkpoint/index.ts");
  expect(whole - (await pack("../../src/tensor/tensor.ts"))).toBeLessThan(25_000);
});
