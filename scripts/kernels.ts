/**
 * Compiles the WASM kernels, once plain and once with relaxed SIMD, and writes their bytes as a module of strings.
 * `npm run build` makes it; the repository has none.
 */

import { writeFileSync } from "node:fs";
import { compile } from "./compile.js";

function write(path: string, what: string, modules: Readonly<Record<string, Uint8Array>>): void {
  const lines = Object.entries(modules).map(
    ([name, bytes]) => `export const ${name} = "${Buffer.from(bytes).toString("base64")}";\n`,
  );
  const text = `/** Made by scripts/kernels.ts: ${what} in base64. */\n${lines.join("")}`;
  writeFileSync(new URL(`../src/${path}`, import.meta.url), text);
}

const plain = await compile(["simd"]);
const relaxed = await compile(["simd", "relaxed-simd"]);
write("device/wasm/bytes.ts", "the kernels", { plain, relaxed });
