/**
 * Compiles the WASM kernels, once plain and once with relaxed SIMD, and the loops that the command's bench measures the
 * machine with, and writes their bytes as modules of strings. `npm run build` makes them; the repository has none.
 */

import { writeFileSync } from "node:fs";
import { compile, compileFile } from "./compile.js";

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
const memory = ["--noAssert", "--enable", "simd", "--initialMemory", "256"];
write("cli/loops.ts", "bench/calibration", { loops: await compileFile("bench/calibration/index.ts", memory) });
