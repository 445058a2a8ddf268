/** What a user's bundler makes of a few lines that import the library: one file of JavaScript. */

import { fileURLToPath } from "node:url";
import { type OutputChunk, rolldown } from "rolldown";

const source = (path: string) => fileURLToPath(new URL(`../../src/${path}`, import.meta.url));
const entries = ["stream", "data", "train", "checkpoint", "convert"].map((name) => [
  `elman-nn/${name}`,
  source(`${name}/index.ts`),
]);
const alias = { ...Object.fromEntries(entries), "elman-nn": source("index.ts") };

/**
 * @param code a module that may import `elman-nn`, `elman-nn/stream`, `elman-nn/data`, `elman-nn/train`, `elman-nn/checkpoint` and `elman-nn/convert`
 * @param format `iife` is a script that needs no loader
 */
export async function bundled(code: string, format: "esm" | "iife", minify = true): Promise<OutputChunk> {
  const entry = "\0entry";
  const bundle = await rolldown({
    input: entry,
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id === entry ? id : null),
        load: (id) => (id === entry ? code : null),
      },
    ],
    resolve: { alias, extensionAlias: { ".js": [".ts"] } },
    platform: "browser",
  });
  const { output } = await bundle.generate({ format, minify });
  await bundle.close();
  if (output.length !== 1) throw new Error(`expected one file, got: ${output.map(({ fileName }) => fileName)}`);
  return output[0];
}
