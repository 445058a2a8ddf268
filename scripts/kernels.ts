/**
 * Compiles both modules of WASM kernels and writes their bytes as modules of strings: that of the runs over time once
 * plain and once with relaxed SIMD, that of ops plain, whose time is memory's. `npm run build` makes them; the
 * repository has none.
 */

import { writeFileSync } from "node:fs";
import { compile } from "./compile.js";

// In hexadecimal, not base64: gzip finds what repeats only where bytes begin at characters, and takes 40 % less.
function write(path: string, builds: Readonly<Record<string, Uint8Array>>): void {
  const lines = Object.entries(builds).map(
    ([name, bytes]) => `export const ${name} = "${Buffer.from(bytes).toString("hex")}";\n`,
  );
  const text = `/** Made by scripts/kernels.ts: the bytes of kernels, in hexadecimal. */\n${lines.join("")}`;
  writeFileSync(new URL(`../src/device/wasm/${path}.ts`, import.meta.url), text);
}

write("bytes", {
  plain: await compile("recurrence", ["simd"]),
  relaxed: await compile("recurrence", ["simd", "relaxed-simd"]),
});
write("ops_bytes", { ops: await compile("ops", ["simd"]) });
