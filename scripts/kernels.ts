/**
 * Compiles both modules of WASM kernels, each once plain and once with relaxed SIMD, and writes their bytes as modules
 * of strings. `npm run build` makes them; the repository has none.
 */

import { writeFileSync } from "node:fs";
import { compile, type modules } from "./compile.js";

// In hexadecimal, not base64: gzip finds what repeats only where bytes begin at characters, and takes 40 % less.
async function write(path: string, module: keyof typeof modules): Promise<void> {
  const builds = { plain: await compile(module, ["simd"]), relaxed: await compile(module, ["simd", "relaxed-simd"]) };
  const lines = Object.entries(builds).map(
    ([name, bytes]) => `export const ${name} = "${Buffer.from(bytes).toString("hex")}";\n`,
  );
  const text = `/** Made by scripts/kernels.ts: the kernels of ${module}, in hexadecimal. */\n${lines.join("")}`;
  writeFileSync(new URL(`../src/device/wasm/${path}.ts`, import.meta.url), text);
}

await write("bytes", "recurrence");
await write("ops_bytes", "ops");
