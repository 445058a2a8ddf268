/**
 * Writes safetensors: byte for byte the same for the same tensors.
 *
 * The header names tensors in the order they came in; the buffer has the widest dtypes first, so that all are aligned,
 * as the reference does. The format knows no sharing: a storage behind two tensors is written twice.
 * Source: https://github.com/huggingface/safetensors#format
 */

import { fail, typeName } from "../../base/errors.js";
import { isRowMajor } from "../../base/shape.js";
import { elements, type Value, wrap } from "../../device/value.js";
import { rowMajor } from "../../tensor/kernels.js";
import { Tensor } from "../../tensor/tensor.js";
import { joined, type Parts, writeFile } from "../bytes/file.js";
import { encodeText, isText } from "../bytes/text.js";
import { Checkpoint, type CheckpointKey, type CheckpointValue, type WideTensor } from "../checkpoint.js";
import type { Target } from "../numbers/decode.js";
import { type FileDType, fileDTypes } from "../numbers/dtypes.js";
import { encodeNumbers } from "../numbers/encode.js";
import { checkSaveOptions, isWideTensor, recordOf, type SavedDType, type SaveOptions, savedDType } from "../saving.js";

/** Tensors by name: what `module.stateDict()` gives, a checkpoint, or a plain object. */
export type NamedTensors = ReadonlyMap<CheckpointKey, CheckpointValue> | Readonly<Record<string, Tensor | WideTensor>>;

export interface SaveSafetensorsOptions extends SaveOptions {
  /** `__metadata__`. Default: what a checkpoint of safetensors has, else none. */
  metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes a `.safetensors` file, whole or not at all. In Node.
 * @throws TypeError for what is no tensor, RuntimeError for a number that `dtype` cannot hold
 */
export async function saveSafetensors(
  tensors: NamedTensors,
  path: string,
  options: SaveSafetensorsOptions = {},
): Promise<void> {
  writeFile("saveSafetensors()", path, safetensorsParts("saveSafetensors()", tensors, options));
}

/** The bytes of a `.safetensors` file. */
export function encodeSafetensors(
  tensors: NamedTensors,
  options: SaveSafetensorsOptions = {},
): Uint8Array<ArrayBuffer> {
  return joined(safetensorsParts("encodeSafetensors()", tensors, options));
}

interface Entry {
  readonly name: string;
  readonly tensor: Tensor | WideTensor;
  readonly dtype: FileDType;
  readonly shape: readonly number[];
  readonly size: number;
}

/** The bytes of a `.safetensors` file, to be gone through once. Names and types are checked before the first is asked for. */
export function safetensorsParts(where: string, tensors: NamedTensors, options: SaveSafetensorsOptions): Parts {
  const asked = checkSaveOptions(where, options, ["metadata"]);
  const entries = namedEntries(where, tensors).map(([name, tensor]) => entryOf(where, name, tensor, asked));
  const order = entries.toSorted((a, b) => fileDTypes[b.dtype].size - fileDTypes[a.dtype].size);
  const begins = new Map<Entry, number>();
  let end = 0;
  for (const entry of order) {
    begins.set(entry, end);
    end += entry.size;
  }
  const lines = entries.map((entry) => {
    const begin = begins.get(entry) as number;
    const { name, dtype, shape, size } = entry;
    return `${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, begin + size] })}`;
  });
  const metadata = metadataOf(where, tensors, options);
  if (metadata !== null) lines.unshift(`"__metadata__":${metadata}`);
  const text = encodeText(`{${lines.join(",")}}`);
  const head = new Uint8Array(8 + Math.ceil(text.length / 8) * 8).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(head.length - 8), true);
  head.set(text, 8);
  return Object.assign(parts(where, head, order), { size: head.length + end });
}

function* parts(where: string, head: Uint8Array, order: readonly Entry[]): Generator<Uint8Array> {
  yield head;
  for (const { name, tensor, dtype } of order) {
    const data = tensor instanceof Tensor ? laidOut(tensor.value) : tensor.data;
    yield* encodeNumbers(`${where}: '${name}'`, data, dtype);
  }
}

/** The elements in row-major order, bit for bit: as a number, a signalling NaN of float32 would become a quiet one. */
function laidOut(value: Value): Target {
  const { dtype, data } = value.storage;
  if (dtype !== "float32" || isRowMajor(value)) return elements(rowMajor(value));
  const bits = new Int32Array(data.buffer, data.byteOffset, data.length);
  const copied = elements(rowMajor(wrap("int32", bits, [bits.length]).at(value)));
  return new Float32Array(copied.buffer, copied.byteOffset, copied.length);
}

function namedEntries(where: string, tensors: NamedTensors): [unknown, unknown][] {
  if (tensors instanceof Checkpoint && tensors.root !== undefined) {
    fail("TypeError", `${where} expected a checkpoint of named tensors, got one of ${typeName(tensors.root)}`);
  }
  const entries = tensors instanceof Map ? [...tensors] : recordOf(tensors);
  return entries ?? fail("TypeError", `${where} expected a Map or an object of tensors, got: ${typeName(tensors)}`);
}

function entryOf(where: string, name: unknown, tensor: unknown, asked: SavedDType): Entry {
  if (typeof name !== "string" || name === "__metadata__") {
    fail("ValueError", `${where} expected names of tensors, got: ${String(name)}`);
  }
  checkText(where, name);
  if (!(tensor instanceof Tensor) && !isWideTensor(tensor)) {
    fail(
      "TypeError",
      `${where} expected tensors and nothing else, got: ${typeName(tensor)} under '${name}'; stateDictOf() finds the tensors of a checkpoint`,
    );
  }
  const dtype = tensor instanceof Tensor ? savedDType(tensor.value.storage, asked) : tensor.dtype;
  const count = tensor instanceof Tensor ? tensor.numel() : tensor.data.length;
  return { name, tensor, dtype, shape: tensor.shape, size: count * fileDTypes[dtype].size };
}

/** JSON can escape what is no character, but no reader of the format takes it. */
function checkText(where: string, text: string): void {
  if (isText(text)) return;
  fail(
    "ValueError",
    `${where} expected names and metadata to be text, got half a surrogate pair: ${JSON.stringify(text)}`,
  );
}

/** The metadata as JSON; null where there is none. */
function metadataOf(where: string, tensors: NamedTensors, options: SaveSafetensorsOptions): string | null {
  const isOurs = tensors instanceof Checkpoint && tensors.format === "safetensors";
  const entries = options.metadata === undefined ? (isOurs ? [...tensors.metadata] : []) : recordOf(options.metadata);
  if (entries === null || !entries.every(([, value]) => typeof value === "string")) {
    fail("TypeError", `${where} expected metadata as an object of strings`);
  }
  if (entries.length === 0) return null;
  for (const text of entries.flat()) checkText(where, text as string);
  return `{${entries.map((pair) => pair.map((text) => JSON.stringify(text)).join(":")).join(",")}}`;
}
