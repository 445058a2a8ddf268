/** The doors to files: one for all formats, which a file's first bytes tell, whatever its name; and one for each. */

import { fail, typeName } from "../base/errors.js";
import type { Tensor } from "../tensor/tensor.js";
import { budgetFor } from "./bytes/budget.js";
import { type Bytes, type Source, withSource } from "./bytes/source.js";
import { Storages } from "./numbers/storages.js";
import type { WideTensor } from "./numbers/wide.js";
import { checkLoadOptions, type LoadOptions } from "./options.js";
import { Checkpoint } from "./pickle/values.js";
import { readSafetensors } from "./safetensors/reader.js";
import { isLegacy } from "./torch/legacy.js";
import { readTorch } from "./torch/reader.js";

/**
 * Reads a checkpoint of any format: safetensors, or what `torch.save` wrote.
 * @throws RuntimeError for what is neither, for a damaged file, and for one that costs too much; the signal's reason
 */
export async function load(source: Source, options: LoadOptions = {}): Promise<Checkpoint> {
  return loaded(source, options, false);
}

/**
 * @internal What {@link load} would give, of tensors without their numbers: what a file says of names, dtypes and shapes.
 * Only that is read, but for a legacy file of `torch.save`, whose bytes are gone through. The budget is as for loading.
 * @throws as {@link load} does; not for numbers that are damaged or too large
 */
export async function loadOutline(source: Source, options: LoadOptions = {}): Promise<Checkpoint> {
  return loaded(source, options, true);
}

function loaded(source: Source, options: LoadOptions, isOutline: boolean): Promise<Checkpoint> {
  checkLoadOptions("load()", options);
  return withSource("load()", source, options, async (file) => {
    const start = await file.read(0, Math.min(file.size, 512));
    // Eight bytes of length, of which files have no use for the last three, and a brace. It is looked for first: a
    // length of 640 bytes begins like a pickle, but no pickle of torch.save has a brace there.
    if (start.length >= 8 && start.subarray(5, 8).every((byte) => byte === 0) && (start[8] ?? 0x7b) === 0x7b) {
      return safetensors(file, storages(file, options, isOutline));
    }
    if ((start[0] === 0x50 && start[1] === 0x4b) || isLegacy(start)) {
      return readTorch(file, storages(file, options, isOutline));
    }
    return fail(
      "RuntimeError",
      `${file.name} is neither a safetensors file nor one of torch.save: it begins with ${hexadecimal(start)}`,
    );
  });
}

/**
 * Reads a `.pt`, `.pth` or `.tar` of `torch.save`. No code in it is run, ever.
 * @throws RuntimeError for a file that is damaged, holds more than plain data and dense tensors, or costs too much; the
 *   signal's reason
 */
export async function loadTorch(source: Source, options: LoadOptions = {}): Promise<Checkpoint> {
  checkLoadOptions("loadTorch()", options);
  return withSource("loadTorch()", source, options, (file) => readTorch(file, storages(file, options)));
}

export interface SafetensorsOptions extends LoadOptions {
  /**
   * Which tensors to load, by name; of the others nothing but the header is read, and their dtypes may be ones that are
   * not supported. Default: all.
   */
  names?: (name: string) => boolean;
}

/**
 * Reads a `.safetensors` file: from a path or a Blob only the header and what `names` asks for.
 * @throws RuntimeError for a file that is damaged, or that costs too much; the signal's reason
 */
export async function loadSafetensors(
  source: Source,
  options?: SafetensorsOptions & { int64?: "int32" },
): Promise<Checkpoint<Tensor>>;
export async function loadSafetensors(
  source: Source,
  options: SafetensorsOptions,
): Promise<Checkpoint<Tensor | WideTensor>>;
export async function loadSafetensors(
  source: Source,
  options: SafetensorsOptions = {},
): Promise<Checkpoint<Tensor | WideTensor>> {
  checkLoadOptions("loadSafetensors()", options, ["names"]);
  if (options.names !== undefined && typeof options.names !== "function") {
    fail("TypeError", `loadSafetensors() expected names as a function, got: ${typeName(options.names)}`);
  }
  return withSource("loadSafetensors()", source, options, (file) =>
    safetensors(file, storages(file, options), options.names),
  );
}

async function safetensors(file: Bytes, room: Storages, names?: SafetensorsOptions["names"]) {
  const { entries, metadata } = await readSafetensors(file, room, names);
  return new Checkpoint(entries, "safetensors", metadata);
}

/** Makes room for what a file promises, within what it may cost. */
function storages(file: Bytes, { maxBytes, int64 = "int32" }: LoadOptions, isOutline = false): Storages {
  return new Storages(file.name, budgetFor(file.name, file.size, maxBytes), int64, isOutline);
}

function hexadecimal(bytes: Uint8Array): string {
  if (bytes.length === 0) return "nothing";
  return [...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
