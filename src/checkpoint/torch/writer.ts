/**
 * Writes what `torch.load(path, weights_only=True)` reads: the zip of `torch.save`, byte for byte the same for the same
 * values. Tensors over one storage stay so; as with torch, a storage is written whole.
 */

import { Tensor } from "../../tensor/tensor.js";
import type { Parts } from "../bytes/file.js";
import { encodeText } from "../bytes/text.js";
import { type NewMember, zipParts } from "../bytes/zip.js";
import { fileDTypes, type SavedDType, savedDType } from "../numbers/dtypes.js";
import { encodeNumbers, memoryOf, unchanged } from "../numbers/encode.js";
import type { WideTensor } from "../numbers/wide.js";
import type { Savable } from "../pickle/values.js";
import { pickled, type StorageName } from "../pickle/writer.js";

interface NamedStorage extends StorageName {
  /** The first tensor over it. */
  readonly tensor: Tensor | WideTensor;
  /** Where that stands, as Python would write it. */
  readonly path: string;
}

/**
 * The bytes of a `.pt` file, to be gone through once. The pickle is made, and every value checked, before the first part
 * is asked for.
 * @param where how errors call the door
 */
export function torchParts(where: string, value: Savable, asked: SavedDType): Parts {
  const storages = new Map<object, NamedStorage>();
  const storageOf = (tensor: Tensor | WideTensor, path: string): StorageName => {
    const memory = memoryOf(tensor);
    let storage = storages.get(memory);
    if (storage === undefined) {
      const dtype = tensor instanceof Tensor ? savedDType(tensor.value.storage, asked) : tensor.dtype;
      storage = { key: String(storages.size), dtype, count: memory.length, tensor, path };
      storages.set(memory, storage);
    }
    return storage;
  };
  const pickle = pickled(where, value, storageOf);
  const data = [...storages.values()].map(({ key, dtype, count, tensor, path }): NewMember => {
    const what = `${where}: the storage of ${path || "the tensor"}`;
    const parts = encodeNumbers(what, memoryOf(tensor), dtype);
    return { name: `archive/data/${key}`, size: count * fileDTypes[dtype].size, parts };
  });
  const parts = zipParts([
    member("data.pkl", pickle),
    member("byteorder", "little"),
    ...data,
    member("version", "3\n"),
  ]);
  const tensors = [...storages.values()].map(({ tensor }) => tensor);
  return Object.assign(unchanged(where, tensors, parts), { size: parts.size });
}

function member(name: string, content: string | Uint8Array): NewMember {
  const bytes = typeof content === "string" ? encodeText(content) : content;
  return { name: `archive/${name}`, size: bytes.length, parts: [bytes] };
}
