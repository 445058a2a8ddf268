/**
 * Compiles the WASM kernels, once plain and once with relaxed SIMD, and writes their bytes as a module of two strings:
 * src/device/wasm/bytes.ts, which is made by `npm run build` and not kept in the repository.
 */

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const root = fileURLToPath(new URL("../", import.meta.url));

async function compile(...features: string[]): Promise<string> {
  const output = `src/device/wasm/${features.join("-")}.wasm`;
  const { error, stderr } = await asc.main(
    ["src/device/wasm/kernels/index.ts", "--baseDir", root, "-o", output, "-O3", "--noAssert"].concat(
      ["--runtime", "stub", "--use", "abort="],
      features.flatMap((feature) => ["--enable", feature]),
    ),
  );
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  const bytes = readFileSync(`${root}${output}`);
  rmSync(`${root}${output}`);
  return bytes.toString("base64");
}

const plain = await compile("simd");
const relaxed = await compile("simd", "relaxed-simd");
writeFileSync(
  `${root}src/device/wasm/bytes.ts`,
  `/** Made by scripts/kernels.ts: the kernels in base64. */\nexport const plain = "${plain}";\nexport const relaxed = "${relaxed}";\n`,
);
