/** ONNX Runtime: a package of this folder alone, installed without its scripts (they fetch GPU libraries) when it is missing. */

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/** The part of onnxruntime-node that is used. */
export interface Runtime {
  Tensor: new (type: string, data: unknown, dims: readonly number[]) => RuntimeTensor;
  InferenceSession: { create(bytes: Uint8Array, options: object): Promise<Session> };
}
interface RuntimeTensor {
  readonly data: ArrayLike<number>;
  readonly dims: readonly number[];
}
interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Record<string, RuntimeTensor>): Promise<Record<string, RuntimeTensor>>;
}

export function runtime(): Runtime {
  const here = fileURLToPath(new URL(".", import.meta.url));
  if (!existsSync(`${here}node_modules/onnxruntime-node/package.json`)) {
    execFileSync("npm", ["ci", "--ignore-scripts"], {
      cwd: here,
      stdio: "inherit",
      shell: process.platform === "win32",
    });
  }
  return createRequire(import.meta.url)("onnxruntime-node");
}
