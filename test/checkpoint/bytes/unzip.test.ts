import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { crc32 } from "../../../src/checkpoint/bytes/crc32.js";
import { readZip, unpack } from "../../../src/checkpoint/bytes/unzip.js";
import { archive, bytesOf, little, memory, refusal } from "../archives.js";

interface Made {
  name?: string;
  data?: Uint8Array;
  method?: number;
  flags?: number;
  crc?: number;
  size?: number;
  packed?: number;
  header?: number;
  extra?: number[];
  /** Of the member's own header: checksum, packed and unpacked size. */
  own?: readonly [crc: number, packed: number, size: number];
  /** What stands behind the member's bytes. */
  descriptor?: readonly number[];
}

/** An archive of one member, laid out by hand, in which anything may be a lie. */
function made(lie: Made = {}): Uint8Array {
  const { name = "a", data = bytesOf("hello"), method = 0, flags = 0, extra = [] } = lie;
  const body = method === 8 ? Uint8Array.from(deflateRawSync(data)) : data;
  const { crc = crc32(data), size = data.length, packed = body.length, header = 0 } = lie;
  const { own = [crc, packed, size], descriptor = [] } = lie;
  const sizes = own.flatMap((one) => little(one, 4));
  const about = bytesOf([20, 0], little(flags & 8, 2), little(method, 2), [0, 0, 0, 0], sizes);
  const local = bytesOf("PK\x03\x04", about, little(name.length, 2), little(extra.length, 2), name, extra);
  const entry = bytesOf(
    "PK\x01\x02",
    [20, 0, 20, 0],
    little(flags, 2),
    little(method, 2),
    [0, 0, 0, 0],
    little(crc, 4),
    little(packed, 4),
    little(size, 4),
    little(name.length, 2),
    little(extra.length, 2),
    new Array(10).fill(0),
    little(header, 4),
    name,
    extra,
  );
  const begin = local.length + body.length + descriptor.length;
  const end = bytesOf("PK\x05\x06\0\0\0\0", [1, 0, 1, 0], little(entry.length, 4), little(begin, 4), [0, 0]);
  return bytesOf(local, body, descriptor, entry, end);
}

async function unpacked(bytes: Uint8Array, name = "a"): Promise<string> {
  const member = (await readZip(memory(bytes))).get(name);
  if (member === undefined) return expect.fail(`no ${name}`);
  return String.fromCharCode(...(await unpack(memory(bytes), member)));
}

describe("readZip", () => {
  it("finds members by name, in order, whatever stands before the end", async () => {
    const bytes = archive({ "x/data.pkl": bytesOf("one"), "x/é": bytesOf("two"), empty: new Uint8Array() });
    const members = await readZip(memory(bytes));
    expect([...members.keys()]).toEqual(["x/data.pkl", "x/é", "empty"]);
    expect(await unpacked(bytes, "x/é")).toBe("two");
    expect(await unpacked(bytes, "empty")).toBe("");
    const commented = bytesOf(bytes.slice(0, -2), little(5, 2), "12345");
    expect(await unpacked(commented, "x/data.pkl")).toBe("one");
  });

  it("inflates", async () => {
    const data = bytesOf("ab".repeat(50_000));
    expect(await unpacked(made({ method: 8, data }))).toBe("ab".repeat(50_000));
    expect(await unpacked(made({ method: 8, data: new Uint8Array() }))).toBe("");
  });

  it("takes sizes and the place from a ZIP64 field", async () => {
    const extra = [9, 9, 1, 0, 7, 1, 0, 24, 0, ...little(5, 8), ...little(5, 8), ...little(0, 8)];
    expect(await unpacked(made({ size: 0xffffffff, packed: 0xffffffff, header: 0xffffffff, extra }))).toBe("hello");
  });

  const sizes = [...little(2n ** 60n, 8), ...little(2n ** 60n, 8)];
  it.each<[what: string, lie: Made, sentence: string]>([
    ["encryption", { flags: 1 }, "member 'a' is encrypted"],
    ["other methods", { method: 12 }, "member 'a' is compressed by method 12"],
    ["a size that is not the packed one", { size: 6 }, "claims 6 bytes, packed in 5"],
    ["more than the file has", { size: 4000, packed: 4000 }, "claims 4000 bytes"],
    ["a place beyond the end", { header: 5000 }, "packed in 5 at 5000"],
    ["more than deflate can do", { method: 8, size: 100_000 }, "claims 100000 bytes"],
    ["a broken ZIP64 field", { size: 0xffffffff, extra: [1, 0, 4, 0, 1, 2, 3, 4] }, "broken ZIP64 field"],
    [
      "sizes beyond all files",
      { size: 0xffffffff, packed: 0xffffffff, extra: [1, 0, 16, 0, ...sizes] },
      "beyond its end",
    ],
    ["a wrong checksum", { crc: 1 }, "member 'a' is damaged: its checksum does not match"],
    ["a wrong checksum of deflated bytes", { crc: 1, method: 8 }, "its checksum does not match"],
    ["more bytes than are claimed", { method: 8, size: 4 }, "unpacks to more than the 4 bytes it claims"],
    ["fewer bytes than are claimed", { method: 8, size: 6 }, "its checksum does not match"],
    ["a header that is not there", { header: 1 }, "has no header at 1"],
  ])("refuses %s", async (_, lie, sentence) => {
    expect(await refusal(() => unpacked(made(lie)))).toContain(sentence);
  });

  const crc = crc32(bytesOf("hello"));
  const three = (width: number) => [...little(crc, 4), ...little(5, width), ...little(5, width)];
  const signature = [0x50, 0x4b, 7, 8];
  it.each<[what: string, descriptor: number[]]>([
    ["", [...signature, ...three(4)]],
    ["of 64 bits", [...signature, ...three(8)]],
    ["without a signature", three(4)],
    ["of 64 bits without a signature", three(8)],
  ])("takes a descriptor %s behind bytes that were written as a stream", async (_, descriptor) => {
    expect(await unpacked(made({ flags: 8, own: [0, 0, 0], descriptor }))).toBe("hello");
    expect(await unpacked(made({ flags: 8, own: [0, 5, 5], descriptor }))).toBe("hello");
    for (let at = descriptor.length - 1; at >= descriptor.length - (three(8).length - 8); at--) {
      const lying = descriptor.map((byte, i) => (i === at ? byte ^ 1 : byte));
      const bytes = made({ flags: 8, own: [0, 0, 0], descriptor: lying });
      expect(await refusal(() => unpacked(bytes))).toContain("is followed by a descriptor of another checksum or size");
    }
  });

  it.each<[what: string, own: [number, number, number], flags: number, sentence: string]>([
    ["checksum", [1, 5, 5], 0, "member 'a' has checksum 1 in its own header, and"],
    ["packed size", [crc, 6, 5], 0, "has packed size 6 in its own header, and 5 in the directory"],
    ["size", [crc, 5, 4], 0, "has size 4 in its own header, and 5 in the directory"],
    ["checksum of a stream", [1, 0, 0], 8, "has checksum 1 in its own header"],
    ["size of nothing", [0, 0, 0], 0, "has checksum 0 in its own header"],
  ])("refuses another %s in a member's own header", async (_, own, flags, sentence) => {
    const descriptor = flags === 8 ? three(4) : [];
    expect(await refusal(() => unpacked(made({ own, flags, descriptor })))).toContain(sentence);
  });

  it("does not look at members that nobody asks for", async () => {
    const bytes = archive({ a: bytesOf("one"), b: bytesOf("two") });
    bytes[Buffer.from(bytes).indexOf("two")] ^= 1;
    expect(await unpacked(bytes)).toBe("one");
    expect(await refusal(() => unpacked(bytes, "b"))).toContain("its checksum does not match");
  });

  it("refuses bytes that are no deflate", async () => {
    const bytes = made({ method: 8, data: bytesOf("hello".repeat(100)) });
    bytes.fill(0xff, 31, 37);
    expect(await refusal(() => unpacked(bytes))).toContain("member 'a' is damaged: ");
  });

  it("refuses members that share their bytes, or a name", async () => {
    const bytes = archive({ a: new Uint8Array(1000), b: new Uint8Array(1000) });
    const data = new DataView(bytes.buffer);
    const entries: number[] = [];
    for (let i = 0; i < bytes.length - 4; i++) if (data.getUint32(i, true) === 0x02014b50) entries.push(i);
    const [first, second] = entries;
    const doubled = bytes.slice();
    doubled[second + 46] = bytes[first + 46];
    expect(await refusal(() => unpacked(doubled))).toContain("has two members 'a'");
    const many = Array.from({ length: 40 }, (_, i) => {
      const entry = bytes.slice(first, first + 47);
      entry[46] = 65 + i;
      return entry;
    });
    const begin = first;
    const end = bytesOf("PK\x05\x06\0\0\0\0", [40, 0, 40, 0], little(40 * 47, 4), little(begin, 4), [0, 0]);
    const overlapping = bytesOf(bytes.slice(0, begin), ...many, end);
    expect(await refusal(() => unpacked(overlapping, "A"))).toContain("members overlap");
  });

  it("refuses what has no directory, or a broken one", async () => {
    const bytes = made();
    expect(await refusal(() => unpacked(bytes.slice(0, -1)))).toContain("no central directory; the file is cut off");
    expect(await refusal(() => unpacked(bytesOf("PK\x03\x04")))).toContain("no central directory");
    for (const [from, value, sentence] of [
      [10, 3, "a directory of 47 bytes for 3 members"],
      [12, 90, "a directory of 90 bytes"],
      [16, 20, "broken directory at member 0"],
      [4, 1, "several parts"],
    ] as const) {
      const broken = bytes.slice();
      broken[broken.length - 22 + from] = value;
      expect(await refusal(() => unpacked(broken))).toContain(sentence);
    }
  });
});
