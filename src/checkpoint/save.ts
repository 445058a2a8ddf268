/** The doors out: tensors and values to files, whole or not at all, or to the bytes of one. */

import { fail, typeName } from "../base/errors.js";
import { isA, type OwnBytes } from "../base/realm.js";
import type { Tensor } from "../tensor/tensor.js";
import { joined, type Parts, writeFile } from "./bytes/file.js";
import type { WideTensor } from "./numbers/wide.js";
import { checkSaveOptions, type EncodeOptions, progressNames, type SaveOptions } from "./options.js";
import { Checkpoint, type CheckpointKey, type CheckpointValue, recordOf, type Savable } from "./pickle/values.js";
import { safetensorsParts } from "./safetensors/writer.js";
import { torchParts } from "./torch/writer.js";

/** Tensors by name: what `module.stateDict()` gives, a checkpoint, or a plain object. */
export type NamedTensors = ReadonlyMap<CheckpointKey, CheckpointValue> | Readonly<Record<string, Tensor | WideTensor>>;

/** What only a `.safetensors` file has. */
export interface MetadataOptions {
  /** `__metadata__`. Default: what a checkpoint of safetensors has, else none. */
  metadata?: Readonly<Record<string, string>>;
}

export interface SaveSafetensorsOptions extends SaveOptions, MetadataOptions {}

/**
 * Writes a `.pt` file, whole or not at all: named tensors, or any value that a checkpoint may hold. In Node.
 * @param value a state dict, or dicts, lists, numbers and texts around some
 * @param path the file; one that is there is replaced
 * @throws TypeError for what PyTorch could not read, RuntimeError for a number that `dtype` cannot hold, and where the
 *   file cannot be written; the signal's reason
 */
export async function saveTorch(value: Savable, path: string, options: SaveOptions = {}): Promise<void> {
  const asked = checkSaveOptions("saveTorch()", options);
  await writeFile("saveTorch()", path, torchParts("saveTorch()", value, asked), options);
}

/**
 * The bytes of a `.pt` file.
 * @param value a state dict, or dicts, lists, numbers and texts around some
 * @throws as {@link saveTorch} does
 */
export function encodeTorch(value: Savable, options: EncodeOptions = {}): OwnBytes {
  return joined(torchParts("encodeTorch()", value, checkSaveOptions("encodeTorch()", options, [])));
}

/**
 * Writes a `.safetensors` file, whole or not at all. In Node.
 * @param tensors by their names: a state dict
 * @param path the file; one that is there is replaced
 * @throws TypeError for what is no tensor, RuntimeError for a number that `dtype` cannot hold, and where the file cannot
 *   be written; the signal's reason
 */
export async function saveSafetensors(
  tensors: NamedTensors,
  path: string,
  options: SaveSafetensorsOptions = {},
): Promise<void> {
  await writeFile("saveSafetensors()", path, named("saveSafetensors()", tensors, options, progressNames), options);
}

/**
 * The bytes of a `.safetensors` file.
 * @param tensors by their names: a state dict
 * @throws as {@link saveSafetensors} does
 */
export function encodeSafetensors(tensors: NamedTensors, options: EncodeOptions & MetadataOptions = {}): OwnBytes {
  return joined(named("encodeSafetensors()", tensors, options, []));
}

function named(
  where: string,
  tensors: NamedTensors,
  options: EncodeOptions & MetadataOptions,
  known: readonly string[],
): Parts {
  const asked = checkSaveOptions(where, options, ["metadata", ...known]);
  if (tensors instanceof Checkpoint && tensors.root !== undefined) {
    fail("TypeError", `${where} expected a checkpoint of named tensors, got one of ${typeName(tensors.root)}`);
  }
  const entries = isA(tensors, "Map") ? (tensors as NamedTensors & Map<string, never>) : recordOf(tensors);
  if (entries === null) {
    fail("TypeError", `${where} expected a Map or an object of tensors, got: ${typeName(tensors)}`);
  }
  return safetensorsParts(where, entries, metadataOf(where, tensors, options), asked);
}

function metadataOf(where: string, tensors: NamedTensors, { metadata }: MetadataOptions): [string, string][] {
  const isOurs = tensors instanceof Checkpoint && tensors.format === "safetensors";
  const entries = metadata === undefined ? (isOurs ? [...tensors.metadata] : []) : recordOf(metadata);
  if (entries?.every((pair): pair is [string, string] => typeof pair[1] === "string")) return entries;
  return fail("TypeError", `${where} expected metadata as an object of strings`);
}
