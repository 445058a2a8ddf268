import { describe, expect, it } from "vitest";
import { crc32 } from "../../../src/checkpoint/bytes/crc32.js";
import { joined } from "../../../src/checkpoint/bytes/file.js";
import { readZip, unpack } from "../../../src/checkpoint/bytes/unzip.js";
import { directoryEnd, directoryEntry, localHeader, zipParts } from "../../../src/checkpoint/bytes/zip.js";
import { archive, bytesOf, memory } from "../archives.js";

describe("zipParts", () => {
  it("writes members that are read again, on multiples of 64", async () => {
    const long = "x".repeat(61);
    const members = { "a/data.pkl": bytesOf("pickle"), é: bytesOf("e"), [long]: bytesOf("long"), last: bytesOf() };
    const bytes = archive(members);
    const found = await readZip(memory(bytes));
    expect([...found.keys()]).toEqual(Object.keys(members));
    for (const [name, member] of found) {
      expect(await unpack(memory(bytes), member)).toEqual(members[name]);
      const data = new DataView(bytes.buffer, member.header);
      expect((member.header + 30 + data.getUint16(26, true) + data.getUint16(28, true)) % 64).toBe(0);
    }
  });

  it("is the same for the same members", () => {
    expect(archive({ a: bytesOf("1"), b: bytesOf("2") })).toEqual(archive({ a: bytesOf("1"), b: bytesOf("2") }));
  });

  it("writes more members than 16 bits can count", async () => {
    const members = Array.from({ length: 70_000 }, (_, i) => ({
      name: String(i),
      size: 1,
      parts: [Uint8Array.of(i & 255)],
    }));
    const parts = zipParts(members);
    const bytes = joined(parts);
    expect(bytes.length).toBe(parts.size);
    const found = await readZip(memory(bytes));
    expect(found.size).toBe(70_000);
    const member = found.get("69999");
    expect(member && (await unpack(memory(bytes), member))).toEqual(Uint8Array.of(69999 & 255));
  });

  it("writes sizes and places beyond 4 GiB in ZIP64 fields", async () => {
    const a = { name: bytesOf("a"), size: 5_000_000_000, crc: 0, header: 0 };
    const first = localHeader(a);
    const b = { name: bytesOf("b"), size: 3, crc: crc32(bytesOf("far")), header: first.length + a.size };
    const second = bytesOf(localHeader(b), "far");
    const entries = bytesOf(directoryEntry(a), directoryEntry(b));
    const begin = b.header + second.length;
    const rest = bytesOf(second, entries, directoryEnd(2, begin, entries.length));
    // The member between is zeros that take no memory.
    const file = {
      name: "file",
      size: b.header + rest.length,
      read: async (from: number, to: number) =>
        Uint8Array.from({ length: to - from }, (_, i) => first[from + i] ?? rest[from + i - b.header] ?? 0),
    };
    const members = await readZip(file);
    expect(members.get("a")).toMatchObject({ size: 5_000_000_000, packed: 5_000_000_000, header: 0 });
    const member = members.get("b");
    expect(member?.header).toBe(first.length + 5_000_000_000);
    expect(member && (await unpack(file, member))).toEqual(bytesOf("far"));
  });
});
