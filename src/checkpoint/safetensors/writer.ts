/**
 * Writes safetensors: byte for byte the same for the same tensors.
 *
 * The header names tensors in the order they came in; the buffer has the widest dtypes first, so that all are aligned,
 * as the reference does. The format knows no sharing: a storage behind two tensors is written twice.
 * Source: https://github.com/huggingface/safetensors#format
 */

import { fail, typeName } from "../../base/errors.js";
import { numel } from "../../base/shape.js";
import { Tensor } from "../../tensor/tensor.js";
import type { Parts } from "../bytes/file.js";
import { encodeText, isText } from "../bytes/text.js";
import { type FileDType, fileDTypes, type SavedDType, savedDType } from "../numbers/dtypes.js";
import { encodeNumbers, rowMajorOf, unchanged } from "../numbers/encode.js";
import { isTensor, type WideTensor } from "../numbers/wide.js";

interface Entry {
  readonly name: string;
  readonly tensor: Tensor | WideTensor;
  readonly dtype: FileDType;
  readonly size: number;
}

/**
 * The bytes of a `.safetensors` file, to be gone through once. Names and types are checked before the first is asked for.
 * @param where how errors call the door
 * @param metadata what becomes `__metadata__`, if there is any
 */
export function safetensorsParts(
  where: string,
  tensors: Iterable<readonly [unknown, unknown]>,
  metadata: Iterable<readonly [string, string]>,
  asked: SavedDType,
): Parts {
  const entries = Array.from(tensors, ([name, tensor]) => entryOf(where, name, tensor, asked));
  const order = entries.toSorted((a, b) => fileDTypes[b.dtype].size - fileDTypes[a.dtype].size);
  let end = 0;
  const ends = new Map(order.map((entry) => [entry, (end += entry.size)]));
  const lines = entries.map((entry) => {
    const { name, dtype, tensor, size } = entry;
    const end = ends.get(entry) as number;
    return `${JSON.stringify(name)}:${JSON.stringify({ dtype, shape: tensor.shape, data_offsets: [end - size, end] })}`;
  });
  const strings = Array.from(metadata, (pair) => pair.map((text) => json(where, text)).join(":"));
  if (strings.length > 0) lines.unshift(`"__metadata__":{${strings.join(",")}}`);
  const text = encodeText(`{${lines.join(",")}}`);
  const head = new Uint8Array(8 + Math.ceil(text.length / 8) * 8).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(head.length - 8), true);
  head.set(text, 8);
  const all = order.map(({ tensor }) => tensor);
  return Object.assign(unchanged(where, all, parts(where, head, order)), { size: head.length + end });
}

function* parts(where: string, head: Uint8Array, order: readonly Entry[]): Generator<Uint8Array> {
  yield head;
  for (const { name, tensor, dtype } of order) yield* encodeNumbers(`${where}: '${name}'`, rowMajorOf(tensor), dtype);
}

function entryOf(where: string, name: unknown, tensor: unknown, asked: SavedDType): Entry {
  if (typeof name !== "string" || name === "__metadata__") {
    fail("ValueError", `${where} expected names of tensors, got: ${String(name)}`);
  }
  json(where, name);
  if (!isTensor(tensor)) {
    fail(
      "TypeError",
      `${where} expected tensors and nothing else, got: ${typeName(tensor)} under '${name}'; stateDictOf() finds the tensors of a checkpoint`,
    );
  }
  const dtype = tensor instanceof Tensor ? savedDType(tensor.value.storage, asked) : tensor.dtype;
  return { name, tensor, dtype, size: numel(tensor.shape) * fileDTypes[dtype].size };
}

/** A text as JSON has it, which can escape what is no character; but no reader of the format takes that. */
function json(where: string, text: string): string {
  if (isText(text)) return JSON.stringify(text);
  return fail(
    "ValueError",
    `${where} expected names and metadata to be text, got half a surrogate pair: ${JSON.stringify(text)}`,
  );
}
