/** Zip archives in which every field may be a lie. */

import { deflateRawSync } from "node:zlib";
import { crc32 } from "../../src/checkpoint/bytes/crc32.js";
import { bytesOf, little } from "../checkpoint/archives.js";
import type { Bytes } from "./seeds.js";

/** A member; what is not given is what is true of it. */
export interface Member {
  name: string;
  data: Uint8Array;
  deflated?: boolean;
  /** Sizes and place stand in a ZIP64 field. */
  long?: boolean;
  /** Sizes and checksum stand after the bytes, as a stream is written. */
  streamed?: boolean;
  method?: number;
  flags?: number;
  crc?: number;
  size?: number | bigint;
  packed?: number | bigint;
  header?: number | bigint;
  /** What its own header calls it. */
  local?: string;
  /** What its own header says of its sizes and checksum, and of how it is packed. */
  own?: { method?: number; crc?: number; size?: number | bigint; packed?: number | bigint };
  /** What its descriptor says, where it is streamed. */
  descriptor?: { crc?: number; size?: number; packed?: number };
  /** Leaves the member itself out, so that only the directory tells of it. */
  absent?: boolean;
  extra?: Uint8Array;
}

/** What the end of the directory says; what is not given is what is true. */
export interface End {
  count?: number | bigint;
  size?: number | bigint;
  begin?: number | bigint;
  /** A ZIP64 record and its locator stand before it. */
  long?: boolean;
  /** Where the locator says the record is. */
  record?: number | bigint;
  comment?: Uint8Array;
  /** The last record is left out. */
  absent?: boolean;
}

const unset = 0xffffffff;

export function zipOf(members: readonly Member[], end: End = {}): Bytes {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const member of members) {
    const { name, data, deflated = false, long = false, streamed = false, absent = false } = member;
    const body = deflated ? Uint8Array.from(deflateRawSync(data)) : data;
    const { method = deflated ? 8 : 0, flags = streamed ? 8 : 0, crc = crc32(data), size = data.length } = member;
    const { packed = body.length, header = at, extra = new Uint8Array() } = member;
    const listed = { method, crc, size, packed };
    const own = { ...listed, ...(streamed && { crc: 0, size: 0, packed: 0 }), ...member.own };
    const field = (said: typeof listed, ...more: number[]) =>
      long ? bytesOf([1, 0, 16 + more.length, 0], little(said.size, 8), little(said.packed, 8), more) : bytesOf();
    const common = (said: typeof listed) =>
      bytesOf(
        ...[little(flags, 2), little(said.method, 2), [0, 0, 33, 0], little(said.crc, 4)],
        ...[little(long ? unset : said.packed, 4), little(long ? unset : said.size, 4)],
      );
    const text = new TextEncoder().encode(name);
    if (!absent) {
      const after = { ...listed, ...member.descriptor };
      const tail = streamed
        ? bytesOf("PK\x07\x08", little(after.crc, 4), little(after.packed, 4), little(after.size, 4))
        : [];
      const called = member.local === undefined ? text : new TextEncoder().encode(member.local);
      const more = bytesOf(field(own), extra);
      const names = bytesOf(little(called.length, 2), little(more.length, 2), called, more);
      const local = bytesOf("PK\x03\x04\x2d\0", common(own), names, body, tail);
      parts.push(local);
      at += local.length;
    }
    const more = bytesOf(field(listed, ...little(header, 8)), extra);
    const names = bytesOf(little(text.length, 2), little(more.length, 2), new Uint8Array(10));
    const place = little(long ? unset : header, 4);
    directory.push(bytesOf("PK\x01\x02\x2d\0\x2d\0", common(listed), names, place, text, more));
  }
  const entries = bytesOf(...directory);
  const { count = members.length, size = entries.length, begin = at, comment = new Uint8Array() } = end;
  const { long = false, record = at + entries.length } = end;
  const counts = [...little(count, 8), ...little(count, 8), ...little(size, 8), ...little(begin, 8)];
  const record64 = long
    ? bytesOf(
        "PK\x06\x06",
        little(44, 8),
        [45, 0, 45, 0],
        new Uint8Array(8),
        counts,
        "PK\x06\x07\0\0\0\0",
        little(record, 8),
        [1, 0, 0, 0],
      )
    : [];
  const short = bytesOf(
    little(count, 2),
    little(count, 2),
    little(size, 4),
    little(begin, 4),
    little(comment.length, 2),
  );
  const last = end.absent
    ? []
    : bytesOf(
        "PK\x05\x06\0\0\0\0",
        long ? new Array(12).fill(255) : short.subarray(0, 12),
        short.subarray(12),
        comment,
      );
  return bytesOf(...parts, entries, record64, last);
}
