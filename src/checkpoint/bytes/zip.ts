/**
 * Writes zip archives as PyTorch lays them out: members stored, their bytes on multiples of 64, ZIP64 where it takes it.
 *
 * Byte for byte the same for the same members: every date is the first that zip knows. fflate, which reads deflated
 * members here, cannot write these: it has no ZIP64 (of 70,000 members its directory counts 4464), and either takes the
 * whole archive in memory or puts sizes and checksums after the bytes.
 */

import { crc32 } from "./crc32.js";
import type { Parts } from "./file.js";
import { encodeText } from "./text.js";

export interface NewMember {
  readonly name: string;
  /** Bytes of all parts. */
  readonly size: number;
  /** Its bytes, in order. */
  readonly parts: Iterable<Uint8Array>;
}

/** A member as headers tell of it. */
interface Written {
  readonly name: Uint8Array;
  readonly size: number;
  readonly crc: number;
  /** Where its local header begins. */
  readonly header: number;
}

const limit = 0xffffffff;
/** 1 January 1980. */
const date = 0x21;
const alignment = 64;

/** Bytes as they are, and numbers as [value, bytes], little-endian, one after the other. */
function fields(...list: readonly (Uint8Array | readonly [value: number, size: 2 | 4 | 8])[]): Uint8Array {
  const sizeOf = (field: (typeof list)[number]) => (field instanceof Uint8Array ? field.length : field[1]);
  const bytes = new Uint8Array(list.reduce((sum, field) => sum + sizeOf(field), 0));
  const data = new DataView(bytes.buffer);
  let at = 0;
  for (const field of list) {
    if (field instanceof Uint8Array) bytes.set(field, at);
    else if (field[1] === 8) data.setBigUint64(at, BigInt(field[0]), true);
    else if (field[1] === 4) data.setUint32(at, field[0], true);
    else data.setUint16(at, field[0], true);
    at += sizeOf(field);
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

/** The archive. Its size is known at once, since no header's length depends on a checksum. */
export function zipParts(members: readonly NewMember[]): Parts {
  let begin = 0;
  const placed = members.map(({ name, size, parts }) => {
    const member = { name: encodeText(name), size, crc: 0, header: begin, parts };
    begin += localHeader(member).length + size;
    return member;
  });
  const size = placed.reduce((sum, member) => sum + directoryEntry(member).length, 0);
  const end = directoryEnd(members.length, begin, size);
  return Object.assign(archiveParts(placed, end), { size: begin + size + end.length });
}

function* archiveParts(
  members: readonly (Written & Pick<NewMember, "parts">)[],
  end: Uint8Array,
): Generator<Uint8Array> {
  const directory: Uint8Array[] = [];
  for (const { parts, ...member } of members) {
    // The header, which comes first, has the checksum.
    const held = [...parts];
    const written = { ...member, crc: held.reduce((before, part) => crc32(part, before), 0) };
    yield localHeader(written);
    yield* held;
    directory.push(directoryEntry(written));
  }
  yield* directory;
  yield end;
}

/** What local headers and the directory say in common, beside extra fields of so many bytes. */
function common({ crc, size, name }: Written, long: Uint8Array, extra: number) {
  const version = [long.length > 0 ? 45 : 20, 2] as const;
  const nothing = [0, 2] as const;
  const utf8 = [0x0800, 2] as const;
  const sizes = [[short(size), 4] as const, [short(size), 4] as const];
  return [version, utf8, nothing, nothing, [date, 2], [crc, 4], ...sizes, [name.length, 2], [extra, 2]] as const;
}

/** What stands before a member's bytes. */
export function localHeader(member: Written): Uint8Array {
  const { name, size, header } = member;
  const long = extra64([size, size]);
  // The field "FB", as PyTorch fills the space before the bytes.
  const unpadded = header + 30 + name.length + long.length + 4;
  const padding = new Uint8Array((alignment - (unpadded % alignment)) % alignment);
  const about = common(member, long, long.length + 4 + padding.length);
  return fields([0x04034b50, 4], ...about, name, long, [0x4246, 2], [padding.length, 2], padding);
}

/** What the directory says of a member. */
export function directoryEntry(member: Written): Uint8Array {
  const { name, size, header } = member;
  const long = extra64([size, size, header]);
  const about = common(member, long, long.length);
  // No comment, in the one part there is, without attributes.
  return fields([0x02014b50, 4], about[0], ...about, new Uint8Array(10), [short(header), 4], name, long);
}

/** What stands after a directory of `count` members and `size` bytes that begins at `begin`. */
export function directoryEnd(count: number, begin: number, size: number): Uint8Array {
  const isLong = count >= 0xffff || begin >= limit || size >= limit;
  const whole = [count, count, size, begin].map((value) => [value, 8] as const);
  const record = [[0x06064b50, 4], [44, 8], [45, 2], [45, 2], [0, 4], [0, 4], ...whole] as const;
  const locator = [
    [0x07064b50, 4],
    [0, 4],
    [begin + size, 8],
    [1, 4],
  ] as const;
  const few = [Math.min(count, 0xffff), 2] as const;
  const end = [[0x06054b50, 4], [0, 2], [0, 2], few, few, [short(size), 4], [short(begin), 4], [0, 2]] as const;
  return fields(...(isLong ? [...record, ...locator] : []), ...end);
}
