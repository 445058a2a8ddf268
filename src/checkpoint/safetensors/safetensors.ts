/**
 * Reads safetensors: eight bytes of length, a JSON header, and one buffer.
 *
 * Only the header and the tensors that are wanted are read, so a file may be larger than memory. As in the reference,
 * the tensors must cover the buffer without holes and without overlaps.
 * Source: https://github.com/huggingface/safetensors#format
 */

import { fail, typeName } from "../../base/errors.js";
import { listText, numel, rowMajor } from "../../base/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type Budget, budgetFor } from "../bytes/budget.js";
import { type Bytes, pour, read, type Source, withSource } from "../bytes/source.js";
import { decodeText } from "../bytes/text.js";
import { Checkpoint, type WideTensor } from "../checkpoint.js";
import { type FileDType, fileDTypes, isFileDType } from "../numbers/dtypes.js";
import { checkLoadOptions, type LoadOptions } from "../options.js";
import { StorageReference, Storages } from "../pickle/storages.js";
import { type HeaderEntry, parseHeader } from "./header.js";

export interface SafetensorsOptions extends LoadOptions {
  /**
   * Which tensors to load, by name; of the others nothing but the header is read, and their dtypes may be ones that are
   * not supported. Default: all.
   */
  names?: (name: string) => boolean;
}

/** As in the reference implementation. */
const longestHeader = 100_000_000;

/**
 * Reads a `.safetensors` file: from a path or a Blob only the header and what `names` asks for.
 * @throws RuntimeError for a file that is damaged, or that costs too much
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
  return withSource("loadSafetensors()", source, (file) => readSafetensors(file, options));
}

export async function readSafetensors(
  file: Bytes,
  options: SafetensorsOptions,
): Promise<Checkpoint<Tensor | WideTensor>> {
  const budget = budgetFor(file.name, file.size, options.maxBytes);
  const { header, base } = await readHeader(file, budget);
  const { names = () => true } = options;
  const wanted = [...header.entries].filter(([name]) => names(name));
  for (const [name, { dtype }] of wanted) {
    if (isFileDType(dtype)) continue;
    const known = Object.keys(fileDTypes).join(", ");
    fail("RuntimeError", `${file.name}: tensor '${name}' has dtype ${dtype}; supported are ${known}`);
  }
  const tensors = wanted.map(([name, entry]) => promise(file, name, entry, options, budget));
  for (const [i, { region, storages }] of tensors.entries()) {
    const { sink, finish } = storages.fill(region);
    const [, { begin, end }] = wanted[i];
    await pour(file, base + begin, base + end, sink);
    finish();
  }
  const entries = tensors.map(({ tensor }, i) => [wanted[i][0], tensor] as const);
  return new Checkpoint(entries, "safetensors", header.metadata);
}

/** A tensor whose numbers are still to be read: a storage of its own. */
function promise(
  file: Bytes,
  name: string,
  { dtype, shape, begin, end }: HeaderEntry,
  options: LoadOptions,
  budget: Budget,
) {
  const storages = new Storages(file.name, budget, options.int64 ?? "int32");
  const region = { key: name, size: end - begin };
  const reference = new StorageReference(region, dtype as FileDType, 0, numel(shape));
  return { region, storages, tensor: storages.tensor(reference, 0, shape, rowMajor(shape)) };
}

async function readHeader(file: Bytes, budget: Budget) {
  if (file.size < 8) fail("RuntimeError", `${file.name} is no safetensors file: it has ${file.size} bytes`);
  const length = new DataView((await read(file, 0, 8)).buffer).getBigUint64(0, true);
  if (length > longestHeader || length > file.size - 8) {
    fail("RuntimeError", `${file.name}: the header claims ${length} bytes, in a file of ${file.size}`);
  }
  const base = 8 + Number(length);
  const bytes = await read(file, 8, base);
  if (bytes[0] !== 0x7b) fail("RuntimeError", `${file.name} is no safetensors file: its header does not begin with {`);
  const header = parseHeader(file.name, decodeText(`${file.name}: the header`, bytes), budget);
  checkLayout(file, header.entries, file.size - base);
  return { header, base };
}

/** Sizes must be what shapes and dtypes say, and the tensors must cover the buffer, each byte once. */
function checkLayout(file: Bytes, entries: ReadonlyMap<string, HeaderEntry>, size: number): void {
  let at = 0;
  for (const [name, { dtype, shape, begin, end }] of [...entries].sort(
    ([, a], [, b]) => a.begin - b.begin || a.end - b.end,
  )) {
    // Of a dtype that is not known here no more can be said than that it does not end before it begins.
    const bytes = isFileDType(dtype) ? numel(shape) * fileDTypes[dtype].size : Math.max(0, end - begin);
    if (end - begin !== bytes) {
      fail(
        "RuntimeError",
        `${file.name}: tensor '${name}' of shape ${listText(shape)} and dtype ${dtype} has ${end - begin} bytes instead of ${bytes}`,
      );
    }
    if (begin !== at) fail("RuntimeError", `${file.name}: tensor '${name}' begins at ${begin} instead of ${at}`);
    at = end;
  }
  if (at !== size) fail("RuntimeError", `${file.name}: tensors end at ${at}, but the buffer has ${size} bytes`);
}
