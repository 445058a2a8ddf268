/** The doors to files: one for all formats, which a file's first bytes tell, whatever its name; and one for each. */

import { fail } from "../base/errors.js";
import type { Tensor } from "../tensor/tensor.js";
import { budgetFor } from "./bytes/budget.js";
import { refuseKnown } from "./bytes/known.js";
import { type Bytes, type Source, withSource } from "./bytes/source.js";
import { Storages } from "./numbers/storages.js";
import type { WideTensor } from "./numbers/wide.js";
import { checkLoadOptions, type LoadOptions, type SafetensorsOptions } from "./options.js";
import { Checkpoint, type CheckpointValue } from "./pickle/values.js";
import { readSafetensors } from "./safetensors/reader.js";
import { besideIndex, isIndex, readIndex } from "./shards.js";
import { isLegacy } from "./torch/legacy.js";
import { readTorch } from "./torch/reader.js";

/**
 * Reads a checkpoint of any format: safetensors, or what `torch.save` wrote; or, by the path of their `.index.json`, one
 * in shards. A tensor of a dtype that is not supported is an {@link Opaque}.
 * @param source a path, a URL, a Blob, a Response or bytes
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
  const path = typeof source === "object" && "href" in source ? String(source.href) : source;
  if (typeof path === "string" && isIndex(path)) return loadShards(path, options, isOutline);
  return withSource("load()", source, options, (file) => readAny(file, options, storages(file, options, isOutline)));
}

async function readAny(file: Bytes, options: LoadOptions, room: Storages): Promise<Checkpoint> {
  const start = await file.read(0, Math.min(file.size, 512));
  if (looksLikeSafetensors(start)) {
    const { entries, metadata } = await readSafetensors(file, room, options.names, true);
    return new Checkpoint<CheckpointValue>(entries, "safetensors", metadata);
  }
  if ((start[0] === 0x50 && start[1] === 0x4b) || isLegacy(start)) {
    return readTorch(file, room, options);
  }
  refuseKnown(file.name, start);
  return fail(
    "RuntimeError",
    `${file.name} is neither a safetensors file nor one of torch.save: it begins with ${hexadecimal(start)}`,
  );
}

/**
 * Eight bytes of length, of which files have no use for the last three, and JSON. It is looked for first: a length of 640
 * bytes begins like a pickle, but no pickle of torch.save has a brace there.
 */
function looksLikeSafetensors(start: Uint8Array): boolean {
  if (start.length < 8 || start.subarray(5, 8).some((byte) => byte !== 0)) return false;
  return [0x7b, 0x20, 0x09, 0x0a, 0x0d].includes(start[8] ?? 0x7b);
}

/** The shards that an index names, each read for what the index says it has. */
async function loadShards(path: string, options: LoadOptions, isOutline: boolean): Promise<Checkpoint> {
  const { signal, names = () => true, maxBytes } = options;
  const places = await withSource("load()", path, { signal }, readIndex);
  const shards = [...new Set(places.values())].map((name) => ({ name, path: besideIndex(path, name), size: 0 }));
  for (const shard of shards) {
    shard.size = await withSource("load()", shard.path, { signal }, async ({ size }) => size);
  }
  const total = shards.reduce((sum, { size }) => sum + size, 0);
  const budget = budgetFor(path, total, maxBytes);
  const found = new Map<string, CheckpointValue>();
  let [done, first]: [number, Checkpoint | null] = [0, null];
  for (const shard of shards) {
    const before = done;
    const own = {
      ...options,
      names: (name: string) => places.get(name) === shard.name && names(name),
      onProgress: (read: number) => options.onProgress?.(before + read, total),
    };
    const part = await withSource("load()", shard.path, own, (file) =>
      readAny(file, own, storages(file, options, isOutline, budget)),
    );
    for (const [name, value] of part) if (places.get(name) === shard.name) found.set(name, value);
    done += shard.size;
    first ??= part;
  }
  const lost = [...places.keys()].find((name) => names(name) && !found.has(name));
  if (lost !== undefined) fail("RuntimeError", `${path}: '${places.get(lost)}' does not hold '${lost}'`);
  const inOrder = [...places.keys()].filter((name) => found.has(name));
  const entries = inOrder.map((name) => [name, found.get(name) as CheckpointValue] as const);
  return new Checkpoint(entries, first?.format ?? "safetensors", first?.metadata);
}

/**
 * Reads a `.pt`, `.pth` or `.tar` of `torch.save`. No code in it is run, ever.
 * @param source a path, a URL, a Blob, a Response or bytes
 * @throws RuntimeError for a file that is damaged, holds more than plain data and tensors, or costs too much; the
 *   signal's reason
 */
export async function loadTorch(source: Source, options: LoadOptions = {}): Promise<Checkpoint> {
  checkLoadOptions("loadTorch()", options);
  return withSource("loadTorch()", source, options, (file) => readTorch(file, storages(file, options), options));
}

/**
 * Reads a `.safetensors` file: from a path or a Blob only the header and what `names` asks for.
 * @param source a path, a URL, a Blob, a Response or bytes
 * @throws RuntimeError for a file that is damaged, has a dtype that is not supported, or costs too much; the signal's
 *   reason
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
  checkLoadOptions("loadSafetensors()", options, []);
  return withSource("loadSafetensors()", source, options, async (file) => {
    const { entries, metadata } = await readSafetensors(file, storages(file, options), options.names);
    return new Checkpoint(entries, "safetensors", metadata);
  });
}

/** Makes room for what a file promises, within what it may cost; of several files within what all may. */
function storages(
  file: Bytes,
  { maxBytes, int64 = "int32" }: SafetensorsOptions,
  isOutline = false,
  budget = budgetFor(file.name, file.size, maxBytes),
): Storages {
  return new Storages(file.name, budget, int64, isOutline);
}

function hexadecimal(bytes: Uint8Array): string {
  if (bytes.length === 0) return "nothing";
  return [...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
