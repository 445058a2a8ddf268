/**
 * Writes zip archives as PyTorch lays them out: members stored, their bytes on multiples of 64, ZIP64 where it takes it.
 *
 * Byte for byte the same for the same members: every date is the first that zip knows.
 */

import { crc32 } from "./crc32.js";
import { encodeText } from "./text.js";

export interface NewMember {
  readonly name: string;
  /** Its bytes, in order. */
  readonly parts: Iterable<Uint8Array>;
}

/** A member as headers tell of it. */
export interface Written {
  readonly name: Uint8Array;
  readonly size: number;
  readonly crc: number;
  readonly header: number;
}

const limit = 0xffffffff;
/** 1 January 1980. */
const date = 0x21;
const alignment = 64;

/** Little-endian fields: [value, bytes] one after the other. */
function fields(...list: readonly (readonly [value: number, size: 2 | 4 | 8])[]): Uint8Array {
  const bytes = new Uint8Array(list.reduce((sum, [, size]) => sum + size, 0));
  const data = new DataView(bytes.buffer);
  let at = 0;
  for (const [value, size] of list) {
    if (size === 8) data.setBigUint64(at, BigInt(value), true);
    else if (size === 4) data.setUint32(at, value, true);
    else data.setUint16(at, value, true);
    at += size;
  }
  return bytes;
}

/** The ZIP64 extra field with the numbers that do not fit in 32 bits; empty if all do. */
function extra64(numbers: readonly number[]): Uint8Array {
  const long = numbers.filter((value) => value >= limit);
  if (long.length === 0) return new Uint8Array();
  return fields([1, 2], [8 * long.length, 2], ...long.map((value) => [value, 8] as const));
}

const short = (value: number): number => Math.min(value, limit);

/** The archive, part by part; members are asked for one at a time. */
export function* zipParts(members: Iterable<NewMember>): Generator<Uint8Array> {
  const written: Written[] = [];
  let at = 0;
  for (const { name: text, parts } of members) {
    const name = encodeText(text);
    // The header, which comes first, has the size and the checksum.
    const held = [...parts];
    const size = held.reduce((sum, part) => sum + part.length, 0);
    const crc = held.reduce((before, part) => crc32(part, before), 0);
    const member = { name, size, crc, header: at };
    const header = localHeader(member);
    yield header;
    yield* held;
    at += header.length + size;
    written.push(member);
  }
  const begin = at;
  for (const member of written) {
    const entry = directoryEntry(member);
    yield entry;
    at += entry.length;
  }
  yield directoryEnd(written.length, begin, at - begin);
}

/** What local headers and the directory say in common. */
function common({ crc, size, name }: Written, extra: number) {
  return [
    [0x0800, 2], // names are UTF-8
    [0, 2],
    [0, 2],
    [date, 2],
    [crc, 4],
    [short(size), 4],
    [short(size), 4],
    [name.length, 2],
    [extra, 2],
  ] as const;
}

/** What stands before a member's bytes. */
export function localHeader(member: Written): Uint8Array {
  const { name, size, header } = member;
  const long = extra64([size, size]);
  // The field "FB", as PyTorch fills the space before the bytes.
  const unpadded = header + 30 + name.length + long.length + 4;
  const padding = (alignment - (unpadded % alignment)) % alignment;
  const version = long.length > 0 ? 45 : 20;
  const out = new Uint8Array(30 + name.length + long.length + 4 + padding);
  out.set(fields([0x04034b50, 4], [version, 2], ...common(member, long.length + 4 + padding)));
  out.set(name, 30);
  out.set(long, 30 + name.length);
  out.set(fields([0x4246, 2], [padding, 2]), 30 + name.length + long.length);
  return out;
}

/** What the directory says of a member. */
export function directoryEntry(member: Written): Uint8Array {
  const { name, size, header } = member;
  const long = extra64([size, size, header]);
  const version = long.length > 0 ? 45 : 20;
  const out = new Uint8Array(46 + name.length + long.length);
  const head = fields(
    [0x02014b50, 4],
    [version, 2],
    [version, 2],
    ...common(member, long.length),
    [0, 2],
    [0, 2],
    [0, 2],
    [0, 4],
    [short(header), 4],
  );
  out.set(head);
  out.set(name, 46);
  out.set(long, 46 + name.length);
  return out;
}

/** What stands after a directory of `count` members and `size` bytes that begins at `begin`. */
export function directoryEnd(count: number, begin: number, size: number): Uint8Array {
  const isLong = count >= 0xffff || begin >= limit || size >= limit;
  const at = begin + size;
  const long = fields(
    [0x06064b50, 4],
    [44, 8],
    [45, 2],
    [45, 2],
    [0, 4],
    [0, 4],
    [count, 8],
    [count, 8],
    [size, 8],
    [begin, 8],
    [0x07064b50, 4],
    [0, 4],
    [at, 8],
    [1, 4],
  );
  const few = Math.min(count, 0xffff);
  const last = fields([0x06054b50, 4], [0, 2], [0, 2], [few, 2], [few, 2], [short(size), 4], [short(begin), 4], [0, 2]);
  const out = new Uint8Array((isLong ? long.length : 0) + last.length);
  if (isLong) out.set(long);
  out.set(last, out.length - last.length);
  return out;
}
