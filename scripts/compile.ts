/** Compiles the WASM kernels in memory. */

import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const root = fileURLToPath(new URL("../", import.meta.url));

/** @param debug whether every range is checked, which no shipped build does */
export async function compile(features: readonly string[], debug = false): Promise<Uint8Array<ArrayBuffer>> {
  let bytes = new Uint8Array();
  const { error, stderr } = await asc.main(
    [
      ...[`src/device/wasm/kernels/${debug ? "debug" : "index"}.ts`, "--baseDir", root, "-o", "kernels.wasm", "-O3"],
      ...["--runtime", "stub", "--use", "abort=", ...(debug ? [] : ["--noAssert"])],
      ...features.flatMap((feature) => ["--enable", feature]),
    ],
    {
      writeFile(_name, contents) {
        bytes = new Uint8Array(contents as Uint8Array);
      },
    },
  );
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  return bytes;
}
