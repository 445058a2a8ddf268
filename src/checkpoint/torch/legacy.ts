/**
 * What `torch.save` wrote before version 1.6: five pickles one after the other, and then the storages.
 *
 * A magic number, a version, the machine's habits, the object, the keys of the storages; then for each key its number
 * of elements in eight bytes, and the elements, always little-endian. Refused: the tar of before 0.1.10.
 * Source: torch/serialization.py of 2.13, _legacy_load and _legacy_save.
 */

import { fail, shown } from "../../base/errors.js";
import { type Bytes, pour, read } from "../bytes/source.js";
import { fileDTypes } from "../numbers/dtypes.js";
import { type Region, StorageReference, type Storages } from "../numbers/storages.js";
import { Globals, storageId } from "../pickle/globals.js";
import { complete, runPickle } from "../pickle/opcodes.js";
import { Truncated, Unpickler } from "../pickle/unpickler.js";

const magic = 0x1950a86a20f9469cfc6cn;
const version = 1001;

/** Whether a file that begins so is one of these, or what was before them. */
export function isLegacy(start: Uint8Array): boolean {
  return isTar(start) || (start[0] === 0x80 && start[1] >= 2 && start[1] <= 5);
}

function isTar(start: Uint8Array): boolean {
  return String.fromCharCode(...start.subarray(257, 262)) === "ustar";
}

/** A storage that stands in the file after the pickles. */
interface LegacyRegion extends Region {
  /** Bytes an element, of which the file counts the number. */
  readonly width: number;
}

/** Reads the file's value, and fills its storages, of which every attempt to read the pickles needs new ones. */
export async function readLegacy(file: Bytes, promised: () => Storages): Promise<unknown> {
  if (isTar(await read(file, 0, Math.min(file.size, 512)))) {
    fail(
      "RuntimeError",
      `${file.name} is a tar archive of PyTorch before 0.1.10, which is not supported; in Python, load it with torch.load(path, weights_only=False) if you trust it, and save it again`,
    );
  }
  const { value, keys, regions, storages, end } = await pickles(file, promised);
  const places = locate(file, keys, regions);
  let at = end;
  const begins: number[] = [];
  for (const region of places) {
    if (at + 8 + region.size > file.size) {
      fail(
        "RuntimeError",
        `${file.name}: storage '${region.key}' claims ${region.size} bytes at ${at}; the file ends at ${file.size}`,
      );
    }
    const count = new DataView((await read(file, at, at + 8)).buffer).getBigInt64(0, true);
    if (count !== BigInt(region.size / region.width)) {
      fail(
        "RuntimeError",
        `${file.name}: storage '${region.key}' has ${count} elements, but the pickle says ${region.size / region.width}`,
      );
    }
    begins.push(at + 8);
    at += 8 + region.size;
  }
  for (const [i, region] of places.entries()) {
    const { sink, finish } = storages.fill(region);
    await pour(file, begins[i], begins[i] + region.size, sink);
    finish();
  }
  return value;
}

/** The regions in the order of the file, each once. */
function locate(file: Bytes, keys: unknown, regions: ReadonlyMap<string, LegacyRegion>): LegacyRegion[] {
  const left = new Map(regions);
  if (!Array.isArray(keys)) fail("RuntimeError", `${file.name}: expected a list of storages, got: ${shown(keys)}`);
  const found = keys.map((key) => {
    const region = left.get(String(key));
    left.delete(String(key));
    return region ?? fail("RuntimeError", `${file.name}: storage key ${shown(key)} not found in deserialized_objects`);
  });
  const [lost] = left.keys();
  if (lost !== undefined) fail("RuntimeError", `${file.name}: storage '${lost}' is not in the file`);
  return found;
}

interface Pickles {
  readonly value: unknown;
  readonly keys: unknown;
  readonly storages: Storages;
  readonly regions: ReadonlyMap<string, LegacyRegion>;
  /** Where the storages begin. */
  readonly end: number;
}

/** Runs the pickles. How long they are only running them tells, so a beginning is read, and more where it is short. */
async function pickles(file: Bytes, promised: () => Storages): Promise<Pickles> {
  for (let size = Math.min(1 << 20, file.size); size < file.size; size = Math.min(size * 16, file.size)) {
    try {
      return run(file, await read(file, 0, size), promised());
    } catch (error) {
      if (!(error instanceof Truncated)) throw error;
    }
  }
  const all = await read(file, 0, file.size);
  return complete(file.name, () => run(file, all, promised()));
}

function run(file: Bytes, bytes: Uint8Array, storages: Storages): Pickles {
  const globals = new Globals(file.name, storages);
  const regions = new Map<string, LegacyRegion>();
  const persistent = (id: unknown): StorageReference => {
    const { dtype, key, count, view } = storageId(file.name, id, 6);
    const width = dtype === null ? 1 : fileDTypes[dtype].size;
    let region = regions.get(key);
    if (region === undefined) {
      if (count * width > file.size) {
        fail("RuntimeError", `${file.name}: storage '${key}' claims ${count * width} bytes in a file of ${file.size}`);
      }
      regions.set(key, (region = { key, size: count * width, width }));
    }
    if (count * width !== region.size) {
      fail("RuntimeError", `${file.name}: storage '${key}' claims ${count * width} bytes, and ${region.size} before`);
    }
    if (view === null) return new StorageReference(region, dtype, 0, count);
    const [, begin, length] = Array.isArray(view) ? view : [];
    if (
      !Number.isSafeInteger(begin) ||
      !Number.isSafeInteger(length) ||
      begin < 0 ||
      length < 0 ||
      (begin + length) * width > region.size
    ) {
      fail(
        "RuntimeError",
        `${file.name}: storage '${key}' has a view ${shown(begin)}, ${shown(length)} beyond its ${region.size} bytes`,
      );
    }
    return new StorageReference(region, dtype, begin, length);
  };
  const unpickler = new Unpickler(
    file.name,
    bytes,
    { global: (name) => globals.global(name), persistent },
    storages.budget,
  );
  const number = runPickle(unpickler);
  if (number !== magic) fail("RuntimeError", `${file.name}: Invalid magic number; corrupt file?`);
  const protocol = runPickle(unpickler);
  if (protocol !== version) fail("RuntimeError", `${file.name}: Invalid protocol version: ${shown(protocol)}`);
  runPickle(unpickler);
  const value = runPickle(unpickler);
  return { value, keys: runPickle(unpickler), regions, storages, end: unpickler.position };
}
