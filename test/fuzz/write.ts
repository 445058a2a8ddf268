/** Pickles and headers written by hand, with numbers of any size in any place. */

import { archive, bytesOf, little, text } from "../checkpoint/archives.js";
import type { Bytes } from "./seeds.js";
import { type End, type Member, zipOf } from "./zip.js";

export type Part = string | ArrayLike<number>;

/** Numbers at the edges of what somebody may have thought of. */
export const edges: readonly bigint[] = [
  ...[0n, 1n, 2n, 3n, 4n, 8n, 16n, 64n, 127n, 128n, 255n, 256n, 1000n, 65_535n, 65_536n, 100_000_000n],
  ...[31n, 32n, 53n, 62n, 63n, 64n].flatMap((power) => [2n ** power - 1n, 2n ** power, 2n ** power + 1n]),
];

/** An int of Python, in the shortest way that protocol 2 has. */
export function int(value: number | bigint): Uint8Array {
  const big = BigInt(value);
  if (big >= 0n && big < 256n) return bytesOf("K", [Number(big)]);
  if (BigInt.asIntN(32, big) === big) return bytesOf("J", little(BigInt.asUintN(32, big), 4));
  let size = 5;
  while (BigInt.asIntN(8 * size, big) !== big) size++;
  return bytesOf("\x8a", [size], little(BigInt.asUintN(8 * size, big), size));
}

export const tuple = (...items: readonly Part[]): Uint8Array => bytesOf("(", ...items, "t");
export const ints = (values: readonly (number | bigint)[]): Uint8Array => tuple(...values.map(int));

/** A function of Python, called. */
export const call = (module: string, name: string, ...args: readonly Part[]): Uint8Array =>
  bytesOf(`c${module}\n${name}\n`, tuple(...args), "R");

/** A dict of names. */
export const dict = (...entries: readonly (readonly [string, Part])[]): Uint8Array =>
  bytesOf("}(", ...entries.flatMap(([key, value]) => [text(key), value]), "u");

export interface Written {
  /** A class of storages, or "UntypedStorage". */
  storage: string;
  key: string;
  count: number | bigint;
  offset: number | bigint;
  shape: readonly (number | bigint)[];
  strides: readonly (number | bigint)[];
  /** For storages of bytes: `uint16`. */
  dtype?: string;
}

/** A tensor, by its persistent id of five parts, or of six in a file of before 1.6. */
export function tensor({ storage, key, count, offset, shape, strides, dtype }: Written, isLegacy = false): Uint8Array {
  const module = storage === "UntypedStorage" ? "torch.storage" : "torch";
  const view = isLegacy ? ["N"] : [];
  const id = tuple(text("storage"), `c${module}\n${storage}\n`, text(key), text("cpu"), int(count), ...view);
  const hooks = "ccollections\nOrderedDict\n)R";
  const args = [id, "Q", int(offset), ints(shape), ints(strides), "\x89", hooks];
  if (dtype === undefined) return call("torch._utils", "_rebuild_tensor_v2", ...args);
  return call("torch._utils", "_rebuild_tensor_v3", ...args, `ctorch\n${dtype}\n`);
}

type Storages = Readonly<Record<string, Uint8Array>>;

function members(pickle: Uint8Array, storages: Storages): Record<string, Uint8Array> {
  const data = Object.entries(storages).map(([key, bytes]) => [`a/data/${key}`, bytes]);
  return {
    "a/data.pkl": pickle,
    "a/byteorder": bytesOf("little"),
    ...Object.fromEntries(data),
    "a/version": bytesOf("3\n"),
  };
}

/** An archive as PyTorch reads it, of opcodes and storages. */
export function file(opcodes: readonly Part[], storages: Storages = {}): Bytes {
  return archive(members(bytesOf("\x80\x02", ...opcodes, "."), storages));
}

/** The same, of which `lie` may change any member, and `end` the end. */
export function lyingFile(
  opcodes: readonly Part[],
  storages: Storages,
  lie: (member: Member) => Member | Member[],
  end: End = {},
): Bytes {
  const all = members(bytesOf("\x80\x02", ...opcodes, "."), storages);
  return zipOf(
    Object.entries(all).flatMap(([name, data]) => lie({ name, data })),
    end,
  );
}

/** A file of before 1.6: opcodes, and storages as [key, number of elements, bytes]. */
export function legacy(opcodes: readonly Part[], storages: readonly (readonly [string, number, Uint8Array])[]): Bytes {
  const pickle = (...parts: readonly Part[]) => bytesOf("\x80\x02", ...parts, ".");
  const magic = int(0x1950a86a20f9469cfc6cn);
  const keys = bytesOf("](", ...storages.map(([key]) => text(key)), "e");
  const data = storages.flatMap(([, count, bytes]) => [little(count, 8), bytes]);
  return bytesOf(pickle(magic), pickle(int(1001)), pickle("}"), pickle(...opcodes), pickle(keys), ...data);
}
