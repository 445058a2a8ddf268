/**
 * Compiles the modules of WASM kernels and writes their bytes as a module of strings: that of the runs over time once
 * plain and once with relaxed SIMD, those of ops and of the cells beyond PyTorch's plain, whose time is memory's or the
 * first one's. `npm run build` makes them; the repository has none.
 */

import { writeFileSync } from "node:fs";
import { compile } from "./compile.js";

/**
 * A byte as one printable character where it is one of 90, the most frequent ones, else as two; `decode` in
 * wasm/module.ts reads them. gzip takes little more of it than of the bytes themselves, and a quarter less than of
 * base64, where what repeats begins anywhere in a character. No character is one that a string escapes.
 */
function digits(byte: number): string {
  const value = (byte + 3) & 255;
  let code = 35 + (value % 90);
  if (code > 91) code++;
  if (code > 95) code++;
  return ["", " ", "!"][Math.floor(value / 90)] + String.fromCharCode(code);
}

const builds = {
  plain: await compile("recurrence", ["simd"]),
  relaxed: await compile("recurrence", ["simd", "relaxed-simd"]),
  ops: await compile("ops", ["simd"]),
  beyond: await compile("beyond", ["simd"]),
};
// Side by side, so that what they have in common costs little once it is compressed; what is not imported is left out.
const lines = Object.entries(builds).map(
  ([name, bytes]) => `export const ${name} = "${[...bytes].map(digits).join("")}";\n`,
);
const text = `/** Made by scripts/kernels.ts: the bytes of kernels, as text. */\n${lines.join("")}`;
writeFileSync(new URL("../src/device/wasm/bytes.ts", import.meta.url), text);
