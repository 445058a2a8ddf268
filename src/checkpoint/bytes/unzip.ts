/**
 * The members of a zip archive by name: stored or deflated, ZIP64, each checked against its CRC-32.
 *
 * The central directory is believed; of a member that is read, its own header and descriptor must say the same. Every
 * size and offset is checked against the file before anything is read, and the members together may not claim more bytes
 * than the file has. Refused: encryption, archives in several parts, other ways of compressing, two members of one name.
 * Members that nobody asks for are not looked at.
 */

import { Inflate, inflateSync } from "fflate";
import { ElmanError, fail } from "../../base/errors.js";
import { crc32 } from "./crc32.js";
import type { Bytes } from "./source.js";
import { decodeText, refuse } from "./text.js";

/** A member, as the central directory tells of it. */
export interface Member {
  readonly name: string;
  /** Bytes when unpacked. */
  readonly size: number;
  readonly packed: number;
  readonly isDeflated: boolean;
  readonly crc: number;
  /** Where its local header begins. */
  readonly header: number;
}

const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
const unset = 0xffffffff;
/** Flags of the ways to encrypt a member, and of one to patch it. */
const encrypted = 0x2061;
/** The flag of members whose sizes and checksum stand behind their bytes. */
const streamed = 8;
/** Deflate shrinks to a 1032nd at best. */
const mostInflated = 1032;

/** A whole number of 64 bits; what is beyond 2^53 is no size of any file. */
function whole64(file: Bytes, data: DataView, at: number): number {
  const value = data.getBigUint64(at, true);
  if (value > Number.MAX_SAFE_INTEGER) refuse(file.name, "zip archive names a place beyond its end");
  return Number(value);
}

/** Where the central directory begins, its size and number of members, from the end of the file. */
async function directory(file: Bytes) {
  const base = Math.max(0, file.size - 22 - 0xffff - 20);
  const tail = await file.read(base, file.size);
  const data = view(tail);
  // The last one there is, as Python has it, so that nobody can show one directory to the one and another to the other.
  let end = tail.length - 22;
  while (end >= 0 && data.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0 || end + 22 + data.getUint16(end + 20, true) > tail.length)
    refuse(file.name, "zip archive has no central directory; the file is cut off");
  const short = {
    begin: data.getUint32(end + 16, true),
    size: data.getUint32(end + 12, true),
    count: data.getUint16(end + 10, true),
  };
  if (data.getUint16(end + 4, true) !== 0 && data.getUint16(end + 4, true) !== 0xffff) {
    refuse(file.name, "zip archives in several parts are not supported");
  }
  const locator = end - 20;
  if (locator < 0 || data.getUint32(locator, true) !== 0x07064b50) return short;
  const at = whole64(file, data, locator + 8);
  if (at + 56 > file.size) refuse(file.name, "zip archive names a place beyond its end");
  const record = view(await file.read(at, at + 56));
  if (record.getUint32(0, true) !== 0x06064b50) refuse(file.name, "zip archive has a broken ZIP64 record");
  return {
    begin: whole64(file, record, 48),
    size: whole64(file, record, 40),
    count: whole64(file, record, 32),
  };
}

/** Sizes and place of an entry whose short fields say that they stand in the ZIP64 extra field. */
function long(file: Bytes, data: DataView, begin: number, end: number, short: readonly number[]): number[] {
  if (!short.includes(unset)) return [...short];
  for (let at = begin; at + 4 <= end; at += 4 + data.getUint16(at + 2, true)) {
    const stop = at + 4 + data.getUint16(at + 2, true);
    if (data.getUint16(at, true) !== 1 || stop > end) continue;
    let next = at + 4;
    return short.map((value) => {
      if (value !== unset) return value;
      if (next + 8 > stop) return refuse(file.name, "zip archive has a broken ZIP64 field");
      next += 8;
      return whole64(file, data, next - 8);
    });
  }
  return [...short];
}

/** The members of an archive by name, in the order of its directory. */
export async function readZip(file: Bytes): Promise<Map<string, Member>> {
  const { begin, size, count } = await directory(file);
  if (begin + size > file.size || count * 46 > size) {
    refuse(
      file.name,
      `zip archive has a directory of ${size} bytes for ${count} members at ${begin}, in a file of ${file.size} bytes`,
    );
  }
  const bytes = await file.read(begin, begin + size);
  const data = view(bytes);
  const members = new Map<string, Member>();
  let claimed = 0;
  let end = 0;
  for (let i = 0; i < count; i++) {
    const at = end;
    if (at + 46 > size || data.getUint32(at, true) !== 0x02014b50) {
      refuse(file.name, `zip archive has a broken directory at member ${i}`);
    }
    const nameEnd = at + 46 + data.getUint16(at + 28, true);
    const extraEnd = nameEnd + data.getUint16(at + 30, true);
    const next = extraEnd + data.getUint16(at + 32, true);
    if (next > size) refuse(file.name, `zip archive has a broken directory at member ${i}`);
    const name = decodeText(`${file.name}: zip archive's member ${i}`, bytes.subarray(at + 46, nameEnd));
    const [unpacked, packed, header] = long(file, data, nameEnd, extraEnd, [
      data.getUint32(at + 24, true),
      data.getUint32(at + 20, true),
      data.getUint32(at + 42, true),
    ]);
    const method = data.getUint16(at + 10, true);
    if (method !== 0 && method !== 8)
      refuse(
        file.name,
        `member '${name}' is compressed by method ${method}; only stored and deflated ones are supported`,
      );
    if (data.getUint16(at + 8, true) & encrypted) refuse(file.name, `member '${name}' is encrypted`);
    if (members.has(name)) refuse(file.name, `zip archive has two members '${name}'`);
    const isDeflated = method === 8;
    if (header + 30 + packed > begin || (isDeflated ? unpacked > packed * mostInflated : unpacked !== packed)) {
      refuse(
        file.name,
        `member '${name}' claims ${unpacked} bytes, packed in ${packed} at ${header}, in a file of ${file.size} bytes`,
      );
    }
    claimed += 30 + packed;
    members.set(name, { name, size: unpacked, packed, isDeflated, crc: data.getUint32(at + 16, true), header });
    end = next;
  }
  if (end !== size) refuse(file.name, `zip archive has ${size - end} bytes too many in its directory`);
  if (claimed > file.size) refuse(file.name, "zip archive's members overlap");
  return members;
}

/**
 * Where a member's bytes begin. What its own header says of it, and the descriptor behind bytes that were written as a
 * stream, must be what the directory says: other readers believe those.
 */
async function placeOf(file: Bytes, member: Member): Promise<number> {
  const where = `${file.name}: member '${member.name}'`;
  const local = view(await file.read(member.header, member.header + 30));
  const nameEnd = local.getUint16(26, true);
  const begin = member.header + 30 + nameEnd + local.getUint16(28, true);
  const end = begin + member.packed;
  if (local.getUint32(0, true) !== 0x04034b50 || end > file.size) refuseHeader(where, member);
  const names = await file.read(member.header + 30, begin);
  if (decodeText(where, names.subarray(0, nameEnd)) !== member.name) refuseHeader(where, member);
  const isStreamed = (local.getUint16(6, true) & streamed) !== 0;
  const method = local.getUint16(8, true);
  const sizes = [local.getUint32(22, true), local.getUint32(18, true)];
  const [size, packed] = long(file, view(names), nameEnd, names.length, sizes);
  const same = (what: string, own: number, listed: number): void => {
    if (own === listed || (own === 0 && isStreamed)) return;
    fail("RuntimeError", `${where} has ${what} ${own} in its own header, and ${listed} in the directory`);
  };
  if (method !== (member.isDeflated ? 8 : 0)) refuseHeader(where, member);
  same("checksum", local.getUint32(14, true), member.crc);
  same("size", size, member.size);
  same("packed size", packed, member.packed);
  if (isStreamed && !isDescriptor(await file.read(end, Math.min(end + 24, file.size)), member)) {
    fail("RuntimeError", `${where} is followed by a descriptor of another checksum or size than the directory's`);
  }
  return begin;
}

function refuseHeader(where: string, { header }: Member): never {
  return fail("RuntimeError", `${where} has no header at ${header}, where the directory says it begins`);
}

/** Whether bytes begin with a checksum and two sizes of 32 or of 64 bits, with their signature or without. */
function isDescriptor(bytes: Uint8Array, { crc, packed, size }: Member): boolean {
  const data = view(bytes);
  return [0, 4].some((at) =>
    [4, 8].some((width) => {
      if (at + 4 + 2 * width > bytes.length || data.getUint32(at, true) !== crc) return false;
      if (at === 4 && data.getUint32(0, true) !== 0x08074b50) return false;
      const whole = (place: number) =>
        width === 4 ? data.getUint32(place, true) : Number(data.getBigUint64(place, true));
      return whole(at + 4) === packed && whole(at + 4 + width) === size;
    }),
  );
}

/**
 * All bytes of a member, in memory of their own. Those of a deflated one are counted first without being kept, so that
 * memory is taken only for what is really there.
 * @param isCounted whether that was done before
 */
export async function unpack(file: Bytes, member: Member, isCounted = false): Promise<Uint8Array<ArrayBuffer>> {
  const packed = await (isCounted ? packedOf : checked)(file, member);
  return member.isDeflated ? inflateSync(packed, { out: new Uint8Array(member.size) }) : packed;
}

async function packedOf(file: Bytes, member: Member): Promise<Uint8Array<ArrayBuffer>> {
  const begin = await placeOf(file, member);
  return file.read(begin, begin + member.packed);
}

/** The bytes of a member as they stand in the file, which are known to be what the directory says. */
export async function checked(file: Bytes, member: Member): Promise<Uint8Array<ArrayBuffer>> {
  const where = `${file.name}: member '${member.name}'`;
  const packed = await packedOf(file, member);
  let crc = 0;
  let count = 0;
  const take = (part: Uint8Array): void => {
    count += part.length;
    if (count > member.size) fail("RuntimeError", `${where} unpacks to more than the ${member.size} bytes it claims`);
    crc = crc32(part, crc);
  };
  if (member.isDeflated) inflate(file, packed, where, take);
  else take(packed);
  if (count !== member.size || crc !== member.crc) {
    fail("RuntimeError", `${where} is damaged: its checksum does not match`);
  }
  return packed;
}

/** Small portions, since one byte may become a thousand: what comes of one is no more than four times the file, or little. */
function inflate(file: Bytes, packed: Uint8Array, where: string, take: (part: Uint8Array) => void): void {
  const stream = new Inflate((part) => take(part));
  const portion = Math.min(1 << 12, Math.max(1 << 6, Math.floor((4 * file.size) / mostInflated)));
  for (let at = 0; at < packed.length; at += portion) {
    try {
      stream.push(packed.subarray(at, at + portion), at + portion >= packed.length);
    } catch (error) {
      if (error instanceof ElmanError) throw error;
      fail("RuntimeError", `${where} is damaged: ${(error as Error).message}`);
    }
  }
}
