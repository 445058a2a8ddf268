/**
 * Where the tests look for a Python with PyTorch: `ELMAN_TORCH_PYTHON`, or an environment in the user's cache, which
 * lies outside of the tree so that it is installed once.
 */

import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

export const TORCH_VERSION = "2.13.0";
export const SAFETENSORS_VERSION = "0.8.0";
const PACKAGES = `torch==${TORCH_VERSION} safetensors==${SAFETENSORS_VERSION} onnx==1.23.1 onnxscript==0.7.2`;

/** The directory of the environment, whether it exists or not. */
export function torchEnvironment(): string {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  return join(cache, "elman", `torch-${TORCH_VERSION}`);
}

/** The path of the interpreter, or null where there is none. */
export function torchPython(): string | null {
  const named = process.env.ELMAN_TORCH_PYTHON;
  if (named) return named;
  const inside = process.platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python"];
  const path = join(torchEnvironment(), ...inside);
  return existsSync(path) ? path : null;
}

/** One sentence for those who have none. */
export function howToInstallTorch(): string {
  const directory = torchEnvironment();
  const pip = process.platform === "win32" ? join(directory, "Scripts", "pip") : join(directory, "bin", "pip");
  return (
    `No Python with PyTorch, safetensors, onnx and onnxscript was found in ELMAN_TORCH_PYTHON or ${directory}; install it with ` +
    `\`python3 -m venv ${directory} && ${pip} install ${PACKAGES}\`.`
  );
}
