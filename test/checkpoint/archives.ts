/** Files made by hand, good and bad: archives of given members, pickles of given opcodes. */

import { expect } from "vitest";
import { joined, type Parts } from "../../src/checkpoint/bytes/file.js";
import type { Bytes } from "../../src/checkpoint/bytes/source.js";
import { encodeText } from "../../src/checkpoint/bytes/text.js";
import { zipParts } from "../../src/checkpoint/bytes/zip.js";
import { ElmanError } from "../../src/index.js";

/** Characters 0 to 255 and bytes, one after the other. */
export function bytesOf(...parts: readonly (string | ArrayLike<number>)[]): Uint8Array<ArrayBuffer> {
  return joined(
    parts.map((part) =>
      typeof part === "string" ? Uint8Array.from(part, (c) => c.charCodeAt(0)) : Uint8Array.from(part),
    ),
  );
}

/** A whole number in little-endian bytes. */
export function little(value: number | bigint, size: number): number[] {
  return Array.from({ length: size }, (_, i) => Number((BigInt(value) >> BigInt(8 * i)) & 255n));
}

/** BINUNICODE and a text. */
export const text = (value: string): Uint8Array => bytesOf("X", little(encodeText(value).length, 4), encodeText(value));

/** A zip archive with these members. */
export function archive(members: Readonly<Record<string, Uint8Array>>): Uint8Array<ArrayBuffer> {
  return joined(
    zipParts(Object.entries(members).map(([name, bytes]) => ({ name, size: bytes.length, parts: [bytes] }))),
  );
}

/** A file of torch.save whose pickle is these opcodes. */
export function torchFile(opcodes: readonly (string | ArrayLike<number>)[], storages: readonly Uint8Array[] = []) {
  return archive({
    "a/data.pkl": bytesOf("\x80\x02", ...opcodes, "."),
    ...Object.fromEntries(storages.map((bytes, i) => [`a/data/${i}`, bytes])),
  });
}

/** The opcodes of a persistent id: a storage of a class, key and number of elements. */
export function storage(type: string, key: string, count: number): Uint8Array {
  return bytesOf("(", text("storage"), `ctorch\n${type}\n`, text(key), text("cpu"), "J", little(count, 4), "tQ");
}

/** The opcodes of a tensor. */
export function tensorOf(id: Uint8Array, offset: number, shape: readonly number[], strides: readonly number[]) {
  const tuple = (sizes: readonly number[]) => bytesOf("(", ...sizes.flatMap((n) => ["J", little(n, 4)]), "t");
  const args = [id, "J", little(offset, 4), tuple(shape), tuple(strides), "\x89", "ccollections\nOrderedDict\n)R"];
  return bytesOf("ctorch._utils\n_rebuild_tensor_v2\n(", ...args, "tR");
}

/** Bytes in memory as what readers read from. */
export function memory(bytes: Uint8Array): Bytes {
  return {
    name: "file",
    size: bytes.length,
    read: async (begin, end) => new Uint8Array(bytes.subarray(begin, end)),
  };
}

/** Parts of a file. */
export function partsOf(...parts: readonly Uint8Array[]): Parts {
  return Object.assign([...parts], { size: parts.reduce((sum, part) => sum + part.length, 0) });
}

/** The sentence of the ElmanError with which something is refused. */
export async function refusal(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    expect(error).toBeInstanceOf(ElmanError);
    return (error as ElmanError).message;
  }
  return expect.fail("was not refused");
}
