/**
 * What `torch.save` wrote before version 1.6: five pickles one after the other, and then the storages.
 *
 * A magic number, a version, the machine's habits, the object, the keys of the storages; then for each key its number
 * of elements in eight bytes, and the elements, always little-endian. Refused: the tar of before 0.1.10.
 * Source: torch/serialization.py of 2.13, _legacy_load and _legacy_save.
 */

import { fail, shown } from "../../base/errors.js";
import type { Bytes } from "../bytes/source.js";
import { refuse } from "../bytes/text.js";
import { fileDTypes } from "../numbers/dtypes.js";
import { type Region, StorageReference, type Storages } from "../numbers/storages.js";
import { Globals, storageId } from "../pickle/globals.js";
import { runPickle } from "../pickle/opcodes.js";
import { Unpickler } from "../pickle/unpickler.js";

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

/** Reads the file's value, and fills its storages. How long the pickles are only running them tells: it is read whole. */
export async function readLegacy(file: Bytes, storages: Storages): Promise<unknown> {
  const bytes = await file.read(0, file.size);
  if (isTar(bytes)) {
    fail(
      "RuntimeError",
      `${file.name} is a tar archive of PyTorch before 0.1.10, which is not supported; in Python, load it with torch.load(path, weights_only=False) if you trust it, and save it again`,
    );
  }
  const { value, keys, regions, end } = run(file, bytes, storages);
  if (!Array.isArray(keys)) refuse(file.name, `expected a list of storages, got: ${shown(keys)}`);
  const data = new DataView(bytes.buffer);
  let at = end;
  const places = keys.map((name) => {
    const region = regions.get(String(name));
    if (region === undefined) return refuse(file.name, `storage key ${shown(name)} not found in deserialized_objects`);
    const { key, size, width } = region;
    regions.delete(key);
    if (at + 8 + size > file.size) {
      refuse(file.name, `storage '${key}' claims ${size} bytes at ${at}; the file ends at ${file.size}`);
    }
    const count = data.getBigInt64(at, true);
    if (count !== BigInt(size / width)) {
      refuse(file.name, `storage '${key}' has ${count} elements, but the pickle says ${size / width}`);
    }
    at += 8 + size;
    return { region, begin: at - size, end: at };
  });
  const [lost] = regions.keys();
  if (lost !== undefined) refuse(file.name, `storage '${lost}' is not in the file`);
  if (storages.isOutline) return value;
  for (const { region, begin, end } of places) storages.fill(region, bytes.slice(begin, end));
  return value;
}

/** Runs the pickles; `end` is where the storages begin. */
function run(file: Bytes, bytes: Uint8Array, storages: Storages) {
  const regions = new Map<string, LegacyRegion>();
  const persistent = (id: unknown): StorageReference => {
    const { dtype, key, count, view } = storageId(file.name, id, 6);
    const width = dtype === null ? 1 : fileDTypes[dtype].size;
    let region = regions.get(key);
    if (region === undefined) {
      if (count * width > file.size) {
        refuse(file.name, `storage '${key}' claims ${count * width} bytes in a file of ${file.size}`);
      }
      regions.set(key, (region = { key, size: count * width, width }));
    }
    if (count * width !== region.size) {
      refuse(file.name, `storage '${key}' claims ${count * width} bytes, and ${region.size} before`);
    }
    if (view === null) return new StorageReference(region, dtype, 0, count);
    const [, begin, length] = Array.isArray(view) ? view : [];
    const isWhole = [begin, length].every((x) => Number.isSafeInteger(x) && x >= 0);
    if (!isWhole || (begin + length) * width > region.size) {
      const what = `${shown(begin)}, ${shown(length)}`;
      refuse(file.name, `storage '${key}' has a view ${what} beyond its ${region.size} bytes`);
    }
    return new StorageReference(region, dtype, begin, length);
  };
  const unpickler = new Unpickler(file.name, bytes, new Globals(file.name, storages, persistent), storages.budget);
  const number = runPickle(unpickler);
  if (number !== magic) refuse(file.name, "Invalid magic number; corrupt file?");
  const protocol = runPickle(unpickler);
  if (protocol !== version) refuse(file.name, `Invalid protocol version: ${shown(protocol)}`);
  runPickle(unpickler);
  const value = runPickle(unpickler);
  return { value, keys: runPickle(unpickler), regions, end: unpickler.position };
}
