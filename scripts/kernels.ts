/**
 * Compiles the WASM kernels, once plain and once with relaxed SIMD, and writes their bytes as a module of two strings:
 * src/device/wasm/bytes.ts, which is made by `npm run build` and not kept in the repository.
 */

import { writeFileSync } from "node:fs";
import { compile } from "./compile.js";

const text = async (...features: string[]) => Buffer.from(await compile(features)).toString("base64");
const plain = await text("simd");
const relaxed = await text("simd", "relaxed-simd");
writeFileSync(
  new URL("../src/device/wasm/bytes.ts", import.meta.url),
  `/** Made by scripts/kernels.ts: the kernels in base64. */\nexport const plain = "${plain}";\nexport const relaxed = "${relaxed}";\n`,
);
