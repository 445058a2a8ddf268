/**
 * Reads safetensors: eight bytes of length, a JSON header, and one buffer.
 *
 * Only the header and the tensors that are wanted are read, so a file may be larger than memory. As in the reference,
 * the tensors must cover the buffer without holes and without overlaps.
 * Source: https://github.com/huggingface/safetensors#format
 */

import { fail } from "../../base/errors.js";
import { listText, numel, rowMajor } from "../../base/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Budget } from "../bytes/budget.js";
import { refuseKnown } from "../bytes/known.js";
import type { Bytes } from "../bytes/source.js";
import { decodeText, refuse } from "../bytes/text.js";
import { fileDTypes, isFileDType } from "../numbers/dtypes.js";
import { type Region, StorageReference, type Storages } from "../numbers/storages.js";
import type { WideTensor } from "../numbers/wide.js";
import { type CheckpointValue, Opaque } from "../pickle/values.js";
import { type HeaderEntry, parseHeader } from "./header.js";

/** Dtypes of the format that elman has not, and their bits. */
const otherDTypes: Readonly<Record<string, number>> = {
  ...{ C64: 64, F4: 4, F6_E2M3: 6, F6_E3M2: 6, F8_E4M3: 8, F8_E5M2: 8, F8_E8M0: 8, F8_E4M3FNUZ: 8, F8_E5M2FNUZ: 8 },
};

/** As in the reference implementation. */
const longestHeader = 100_000_000;

/** The same tensors in the order of the header, and its `__metadata__`. */
interface Read<V> {
  readonly entries: readonly (readonly [string, V])[];
  readonly metadata: Map<string, string>;
}

/**
 * Reads the header, and of the tensors those that `names` asks for, into storages of their own.
 * @param takesAll whether a tensor of a dtype that elman has not is opaque; it is refused otherwise
 */
export async function readSafetensors(
  file: Bytes,
  storages: Storages,
  names?: (name: string) => boolean,
  takesAll?: false,
): Promise<Read<Tensor | WideTensor>>;
export async function readSafetensors(
  file: Bytes,
  storages: Storages,
  names: ((name: string) => boolean) | undefined,
  takesAll: true,
): Promise<Read<CheckpointValue>>;
export async function readSafetensors(
  file: Bytes,
  storages: Storages,
  names: (name: string) => boolean = () => true,
  takesAll = false,
): Promise<Read<CheckpointValue>> {
  const { header, base } = await readHeader(file, storages.budget);
  // Promised first, so that all of them are known to fit.
  const read: { region: Region; begin: number }[] = [];
  const entries = [...header.entries]
    .filter(([name]) => names(name))
    .map(([name, { dtype, shape, begin, end }]): readonly [string, CheckpointValue] => {
      if (takesAll && Object.hasOwn(otherDTypes, dtype)) return [name, Opaque.tensor(dtype, shape)];
      if (!isFileDType(dtype)) {
        const known = Object.keys(fileDTypes).join(", ");
        return refuse(
          file.name,
          `tensor '${name}' has dtype ${dtype}; supported are ${known}. { names } leaves out what is not wanted`,
        );
      }
      const region = { key: name, size: end - begin };
      const reference = new StorageReference(region, dtype, 0, numel(shape));
      read.push({ region, begin: base + begin });
      return [name, storages.tensor(reference, 0, shape, rowMajor(shape))];
    });
  for (const { region, begin } of storages.isOutline ? [] : read) {
    storages.fill(region, await file.read(begin, begin + region.size));
  }
  return { entries, metadata: header.metadata };
}

async function readHeader(file: Bytes, budget: Budget) {
  if (file.size < 8) fail("RuntimeError", `${file.name} is no safetensors file: it has ${file.size} bytes`);
  const length = new DataView((await file.read(0, 8)).buffer).getBigUint64(0, true);
  if (length > longestHeader || length > file.size - 8) {
    refuseKnown(file.name, await file.read(0, Math.min(file.size, 512)));
    refuse(file.name, `the header claims ${length} bytes, in a file of ${file.size}`);
  }
  const base = 8 + Number(length);
  const bytes = await file.read(8, base);
  const text = decodeText(`${file.name}: the header`, bytes);
  if (!/^[ \t\r\n]*\{/.test(text)) {
    fail("RuntimeError", `${file.name} is no safetensors file: its header does not begin with {`);
  }
  const header = parseHeader(file.name, text, budget);
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
    const bits = isFileDType(dtype)
      ? 8 * fileDTypes[dtype].size
      : Object.hasOwn(otherDTypes, dtype) && otherDTypes[dtype];
    const bytes = bits === false ? Math.max(0, end - begin) : (numel(shape) * bits) / 8;
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
