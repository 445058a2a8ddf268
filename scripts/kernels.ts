/**
 * Compiles both modules of WASM kernels, each once plain and once with relaxed SIMD, and the loops that the command's
 * bench measures the machine with, and writes their bytes as modules of strings. `npm run build` makes them; the
 * repository has none.
 */

import { writeFileSync } from "node:fs";
import { compile, compileFile } from "./compile.js";

function write(path: string, what: string, encoding: "hex" | "base64", modules: Record<string, Uint8Array>): void {
  const lines = Object.entries(modules).map(
    ([name, bytes]) => `export const ${name} = "${Buffer.from(bytes).toString(encoding)}";\n`,
  );
  const text = `/** Made by scripts/kernels.ts: ${what} in ${encoding}. */\n${lines.join("")}`;
  writeFileSync(new URL(`../src/${path}`, import.meta.url), text);
}

// In hexadecimal, not base64: gzip finds what repeats only where bytes begin at characters, and takes 40 % less.
for (const [module, path] of [
  ["recurrence", "bytes"],
  ["ops", "ops_bytes"],
] as const) {
  const plain = await compile(module, ["simd"]);
  const relaxed = await compile(module, ["simd", "relaxed-simd"]);
  write(`device/wasm/${path}.ts`, `the kernels of ${module}`, "hex", { plain, relaxed });
}
const memory = ["--noAssert", "--enable", "simd", "--initialMemory", "256"];
write("cli/loops.ts", "bench/calibration", "base64", {
  loops: await compileFile("bench/calibration/index.ts", memory),
});
