/** One door for all formats: the file's first bytes say what it is, whatever its name. */

import { fail } from "../base/errors.js";
import { read, type Source, withSource } from "./bytes/source.js";
import type { Checkpoint } from "./checkpoint.js";
import { checkLoadOptions, type LoadOptions } from "./options.js";
import { readSafetensors } from "./safetensors/safetensors.js";
import { isLegacy } from "./torch/legacy.js";
import { readTorch } from "./torch/torch.js";

/**
 * Reads a checkpoint of any format: safetensors, or what `torch.save` wrote.
 * @throws RuntimeError for what is neither, for a damaged file, and for one that costs too much
 */
export async function load(source: Source, options: LoadOptions = {}): Promise<Checkpoint> {
  checkLoadOptions("load()", options);
  return withSource("load()", source, async (file) => {
    const start = await read(file, 0, Math.min(file.size, 512));
    // Eight bytes of length, of which files have no use for the last three, and a brace. It is looked for first: a
    // length of 640 bytes begins like a pickle, but no pickle of torch.save has a brace there.
    if (start.length >= 8 && start.subarray(5, 8).every((byte) => byte === 0) && (start[8] ?? 0x7b) === 0x7b) {
      return readSafetensors(file, options);
    }
    if ((start[0] === 0x50 && start[1] === 0x4b) || isLegacy(start)) return readTorch(file, options);
    return fail(
      "RuntimeError",
      `${file.name} is neither a safetensors file nor one of torch.save: it begins with ${hexadecimal(start)}`,
    );
  });
}

function hexadecimal(bytes: Uint8Array): string {
  if (bytes.length === 0) return "nothing";
  return [...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
