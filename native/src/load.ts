/**
 * Finds the module in C++: the one that was built here, or the one of a package for this platform, which npm installs
 * beside this one. Where neither is there, `reason` is the sentence that says so.
 */

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Binding } from "./binding.js";

const require = createRequire(import.meta.url);
const { platform, arch } = process;
const built = fileURLToPath(new URL("../build/Release/elman.node", import.meta.url));

/** The file, or null. */
function find(): string | null {
  if (existsSync(built)) return built;
  try {
    return require.resolve(`elman-nn-native-${platform}-${arch}/elman.node`);
  } catch {
    return null;
  }
}

const file = find();

/** The module, or null where there is none for this platform. */
export const binding: Binding | null = file === null ? null : require(file);

/** Why there is none. */
export const reason = `elman-nn-native has no binary for ${platform}-${arch}`;
