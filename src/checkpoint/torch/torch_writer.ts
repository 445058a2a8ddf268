/**
 * Writes what `torch.load(path, weights_only=True)` reads: the zip of `torch.save`, byte for byte the same for the same
 * values. Tensors over one storage stay so; as with torch, a storage is written whole.
 */

import { Tensor } from "../../tensor/tensor.js";
import { joined, type Parts, writeFile } from "../bytes/file.js";
import { encodeText } from "../bytes/text.js";
import { type NewMember, zipParts } from "../bytes/zip_writer.js";
import type { WideTensor } from "../checkpoint.js";
import type { Target } from "../numbers/decode.js";
import { fileDTypes } from "../numbers/dtypes.js";
import { encodeNumbers } from "../numbers/encode.js";
import { pickled, type StorageName } from "../pickle/pickle_writer.js";
import { checkSaveOptions, type Savable, type SaveOptions, savedDType } from "../saving.js";

/**
 * Writes a `.pt` file, whole or not at all: named tensors, or any value that a checkpoint may hold. In Node.
 * @throws TypeError for what PyTorch could not read, RuntimeError for a number that `dtype` cannot hold
 */
export async function saveTorch(value: Savable, path: string, options: SaveOptions = {}): Promise<void> {
  writeFile("saveTorch()", path, torchParts("saveTorch()", value, options));
}

/** The bytes of a `.pt` file. */
export function encodeTorch(value: Savable, options: SaveOptions = {}): Uint8Array<ArrayBuffer> {
  return joined(torchParts("encodeTorch()", value, options));
}

interface NamedStorage extends StorageName {
  readonly data: Target;
  /** Where the first tensor over it stands, as Python would write it. */
  readonly path: string;
}

/**
 * The bytes of a `.pt` file, to be gone through once. The pickle is made, and every value checked, before the first part
 * is asked for.
 */
export function torchParts(where: string, value: Savable, options: SaveOptions): Parts {
  const asked = checkSaveOptions(where, options);
  const storages = new Map<object, NamedStorage>();
  const storageOf = (tensor: Tensor | WideTensor, path: string): StorageName => {
    const memory = tensor instanceof Tensor ? tensor.value.storage : tensor.data;
    let storage = storages.get(memory);
    if (storage === undefined) {
      const dtype = tensor instanceof Tensor ? savedDType(tensor.value.storage, asked) : tensor.dtype;
      const data = tensor instanceof Tensor ? tensor.value.storage.data : tensor.data;
      storage = { key: String(storages.size), dtype, count: data.length, data, path };
      storages.set(memory, storage);
    }
    return storage;
  };
  const pickle = pickled(where, value, storageOf);
  const list = [...storages.values()];
  const size = list.reduce((sum, { count, dtype }) => sum + count * fileDTypes[dtype].size, pickle.length);
  return Object.assign(zipParts(members(where, pickle, list)), { size });
}

function* members(where: string, pickle: Uint8Array, storages: Iterable<NamedStorage>): Generator<NewMember> {
  const name = (part: string): string => `archive/${part}`;
  yield { name: name("data.pkl"), parts: [pickle] };
  yield { name: name("byteorder"), parts: [encodeText("little")] };
  for (const { key, dtype, data, path } of storages) {
    const what = `${where}: the storage of ${path || "the tensor"}`;
    yield { name: name(`data/${key}`), parts: encodeNumbers(what, data, dtype) };
  }
  yield { name: name("version"), parts: [encodeText("3\n")] };
}
