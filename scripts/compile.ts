/** Compiles AssemblyScript in memory. */

// Before those of asc, which declare a console of their own.
/// <reference types="node" />

import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const root = fileURLToPath(new URL("../", import.meta.url));

/**
 * The bytes of a module.
 * @param path from the root of the project
 */
export async function compileFile(path: string, options: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
  let bytes = new Uint8Array();
  const { error, stderr } = await asc.main(
    [path, "--baseDir", root, "-o", "module.wasm", "-O3", "--runtime", "stub", ...options],
    {
      writeFile(_name, contents) {
        bytes = new Uint8Array(contents as Uint8Array);
      },
    },
  );
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  return bytes;
}

/** The modules of kernels share one memory: each has its constants from `base` on, and ends below the next one's. */
export const modules = {
  recurrence: { path: "src/device/wasm/kernels", base: 8192 },
  ops: { path: "src/device/wasm/kernels/ops", base: 1024 },
  beyond: { path: "src/device/wasm/kernels/beyond", base: 64 },
} as const;

/**
 * A module of kernels.
 * @param debug whether every range is checked, which no shipped build does
 */
export function compile(
  module: keyof typeof modules,
  features: readonly string[],
  debug = false,
): Promise<Uint8Array<ArrayBuffer>> {
  const { path, base } = modules[module];
  return compileFile(`${path}/${debug ? "debug" : "index"}.ts`, [
    ...(module === "recurrence" ? ["--exportTable"] : ["--shrinkLevel", "1", "--converge"]),
    ...["--use", "abort=", ...(debug ? [] : ["--noAssert"])],
    ...["--importMemory", "--zeroFilledMemory", "--memoryBase", String(base)],
    ...features.flatMap((feature) => ["--enable", feature]),
  ]);
}
