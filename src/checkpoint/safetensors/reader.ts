/**
 * Reads safetensors: eight bytes of length, a JSON header, and one buffer.
 *
 * Only the header and the tensors that are wanted are read, so a file may be larger than memory. As in the reference,
 * the tensors must cover the buffer without holes and without overlaps.
 * Source: https://github.com/huggingface/safetensors#format
 */

import { fail } from "../../base/errors.js";
import { listText, numel, rowMajor } from "../../base/shape.js";
import type { Budget } from "../bytes/budget.js";
import type { Bytes } from "../bytes/source.js";
import { decodeText, refuse } from "../bytes/text.js";
import { type FileDType, fileDTypes, isFileDType } from "../numbers/dtypes.js";
import { StorageReference, type Storages } from "../numbers/storages.js";
import { type HeaderEntry, parseHeader } from "./header.js";

/** As in the reference implementation. */
const longestHeader = 100_000_000;

/**
 * Reads the header, and of the tensors those that `names` asks for, into storages of their own: named tensors in the
 * order of the header, and its `__metadata__`.
 */
export async function readSafetensors(file: Bytes, storages: Storages, names: (name: string) => boolean = () => true) {
  const { header, base } = await readHeader(file, storages.budget);
  const wanted = [...header.entries].filter(([name]) => names(name));
  for (const [name, { dtype }] of wanted) {
    if (isFileDType(dtype)) continue;
    const known = Object.keys(fileDTypes).join(", ");
    refuse(file.name, `tensor '${name}' has dtype ${dtype}; supported are ${known}`);
  }
  // Promised first, so that all of them are known to fit.
  const promised = wanted.map(([name, { dtype, shape, begin, end }]) => {
    const region = { key: name, size: end - begin };
    const reference = new StorageReference(region, dtype as FileDType, 0, numel(shape));
    return { name, region, begin: base + begin, tensor: storages.tensor(reference, 0, shape, rowMajor(shape)) };
  });
  for (const { region, begin } of storages.isOutline ? [] : promised) {
    storages.fill(region, await file.read(begin, begin + region.size));
  }
  return { entries: promised.map(({ name, tensor }) => [name, tensor] as const), metadata: header.metadata };
}

async function readHeader(file: Bytes, budget: Budget) {
  if (file.size < 8) fail("RuntimeError", `${file.name} is no safetensors file: it has ${file.size} bytes`);
  const length = new DataView((await file.read(0, 8)).buffer).getBigUint64(0, true);
  if (length > longestHeader || length > file.size - 8) {
    refuse(file.name, `the header claims ${length} bytes, in a file of ${file.size}`);
  }
  const base = 8 + Number(length);
  const bytes = await file.read(8, base);
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
      refuse(
        file.name,
        `tensor '${name}' of shape ${listText(shape)} and dtype ${dtype} has ${end - begin} bytes instead of ${bytes}`,
      );
    }
    if (begin !== at) refuse(file.name, `tensor '${name}' begins at ${begin} instead of ${at}`);
    at = end;
  }
  if (at !== size) refuse(file.name, `tensors end at ${at}, but the buffer has ${size} bytes`);
}
