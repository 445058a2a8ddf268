import { closeSync, mkdtempSync, openAsBlob, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { fileDTypeOf, loadSafetensors } from "../../../src/checkpoint/index.js";
import { bytesOf, little, refusal } from "../archives.js";
import { expected, pathOf, plain } from "../fixtures.js";

const file = (header: string, buffer: Uint8Array = bytesOf()) => bytesOf(little(header.length, 8), header, buffer);
const entry = (dtype: string, shape: number[], begin: number, end: number) =>
  JSON.stringify({ dtype, shape, data_offsets: [begin, end] });
const floats = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);

describe("loadSafetensors", () => {
  it("reads what the reference wrote", async () => {
    const checkpoint = await loadSafetensors(pathOf("dtypes.safetensors"));
    const sorted = ({ dict }: { dict: [string, unknown][] }) => new Map(dict.toSorted(([a], [b]) => (a < b ? -1 : 1)));
    expect(sorted(plain(checkpoint) as never)).toEqual(sorted(expected["dtypes.safetensors"] as never));
    expect([checkpoint.format, checkpoint.metadata]).toEqual([
      "safetensors",
      new Map([
        ["format", "pt"],
        ["note", "größe"],
      ]),
    ]);
  });

  it("keeps the header's order, and numbers wherever they lie", async () => {
    const bytes = file(
      `{"b":${entry("F32", [2], 1, 9)},"1":${entry("BOOL", [1], 0, 1)}}`,
      bytesOf([1], floats.slice(0, 8)),
    );
    const got = await loadSafetensors(bytes);
    expect([...got].map(([name, x]) => [name, x.toNested()])).toEqual([
      ["b", [1, 2]],
      ["1", [true]],
    ]);
  });

  it("gives memory of its own", async () => {
    const bytes = file(`{"a":${entry("F32", [4], 0, 16)}}`, floats);
    const got = await loadSafetensors(bytes);
    bytes.fill(0);
    expect(got.get("a")?.toNested()).toEqual([1, 2, 3, 4]);
  });

  it("keeps 64 bits where that is asked for, and else sees that they are too many", async () => {
    const bytes = file(`{"a":${entry("I64", [1, 1], 0, 8)}}`, bytesOf(little(2n ** 40n, 8)));
    expect((await loadSafetensors(bytes, { int64: "bigint" })).get("a")).toEqual({
      dtype: "I64",
      shape: [1, 1],
      data: BigInt64Array.of(2n ** 40n),
    });
    expect(await refusal(() => loadSafetensors(bytes))).toContain("storage 'a' holds 1099511627776");
  });

  it("passes by dtypes that are not supported, where their tensors are not asked for; their places still count", async () => {
    const strange = (begin: number, end: number) =>
      file(`{"x":${entry("X8", [8], begin, end)},"y":${entry("F32", [2], 8, 16)}}`, floats);
    const y = async (bytes: Uint8Array) => loadSafetensors(bytes, { names: (name) => name === "y" });
    expect((await y(strange(0, 8))).get("y")?.toNested()).toEqual([3, 4]);
    expect(await refusal(() => loadSafetensors(strange(0, 8)))).toContain("tensor 'x' has dtype X8; supported");
    for (const [begin, end, sentence] of [
      [0, 4, "tensor 'y' begins at 8 instead of 4"],
      [0, 12, "tensor 'y' begins at 8 instead of 12"],
      [4, 8, "tensor 'x' begins at 4 instead of 0"],
      [16, 8, "tensor 'y' begins at 8 instead of 0"],
    ] as const) {
      expect(await refusal(() => y(strange(begin, end)))).toContain(sentence);
    }
    const back = `{"x":${entry("X8", [8], 16, 8)},"y":${entry("F32", [4], 0, 16)}}`;
    expect(await refusal(() => y(file(back, floats)))).toContain("dtype X8 has -8 bytes instead of 0");
  });

  it("costs no more than it may", async () => {
    const bytes = file(`{"a":${entry("U8", [1000], 0, 1000)}}`, new Uint8Array(1000));
    expect(fileDTypeOf((await loadSafetensors(bytes, { maxBytes: 5000 })).get("a") as never)).toBe("U8");
    expect(await refusal(() => loadSafetensors(bytes, { maxBytes: 4000 }))).toContain(
      "storage 'a' takes more than the 4000 bytes",
    );
  });

  const a = (dtype: string, shape: number[], begin: number, end: number) => `{"a":${entry(dtype, shape, begin, end)}}`;
  it.each<[sentence: string, bytes: Uint8Array]>([
    ["is no safetensors file: it has 7 bytes", new Uint8Array(7)],
    ["the header claims 9 bytes, in a file of 8", bytesOf(little(9, 8))],
    ["the header claims 100000001 bytes", bytesOf(little(100_000_001, 8), "{}")],
    ["the header claims 18446744073709551615 bytes", bytesOf(new Array(8).fill(255))],
    ["its header does not begin with {", file("[{}]")],
    ["is a pointer of Git LFS", bytesOf("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")],
    ["tensor 'a' of shape [3] and dtype F8_E5M2 has 4 bytes instead of 3", file(a("F8_E5M2", [3], 0, 4), floats)],
    ["tensor 'a' of shape [3] and dtype F4 has 2 bytes instead of 1.5", file(a("F4", [3], 0, 2), floats.slice(2))],
    ["its header does not begin with {", file("")],
    ["the header expected text in UTF-8", bytesOf(little(3, 8), "{", [255], "}")],
    ["tensor 'a' has dtype F8_E4M3; supported are F64, F32,", file(a("F8_E4M3", [1], 0, 1), bytesOf([0]))],
    ["tensor 'a' of shape [3] and dtype F32 has 16 bytes instead of 12", file(a("F32", [3], 0, 16), floats)],
    [
      "of shape [67108864, 67108864, 67108864] and dtype U8 has 0 bytes",
      file(a("U8", [2 ** 26, 2 ** 26, 2 ** 26], 0, 0)),
    ],
    ["tensor 'a' begins at 4 instead of 0", file(a("F32", [3], 4, 16), floats)],
    ["tensors end at 12, but the buffer has 16 bytes", file(a("F32", [3], 0, 12), floats)],
    ["tensors end at 16, but the buffer has 12 bytes", file(a("F32", [4], 0, 16), floats.slice(4))],
    [
      "tensor 'b' begins at 0 instead of 16",
      file(`{"a":${entry("F32", [4], 0, 16)},"b":${entry("F32", [4], 0, 16)}}`, floats),
    ],
  ])("refuses: %s", async (sentence, bytes) => {
    expect(await refusal(() => loadSafetensors(bytes))).toContain(sentence);
  });
});

describe("a file of 3 GB", () => {
  const folder = mkdtempSync(join(tmpdir(), "elman-"));
  const path = join(folder, "large.safetensors");
  afterAll(() => rmSync(folder, { recursive: true }));
  const size = 3 * 2 ** 30;
  // A hole, which takes no room on the disk, and a tensor after it.
  const header = `{"hole":${entry("F32", [size / 4], 0, size)},"last":${entry("F32", [4], size, size + 16)}}`;
  const handle = openSync(path, "w");
  writeSync(handle, bytesOf(little(header.length, 8), header));
  writeSync(handle, floats, 0, 16, 8 + header.length + size);
  closeSync(handle);

  it.each(["path", "Blob"])("is read by range from a %s", async (kind) => {
    const before = process.memoryUsage().arrayBuffers;
    const source = kind === "path" ? path : await openAsBlob(path);
    const got = await loadSafetensors(source, { names: (name) => name === "last" });
    expect([...got].map(([name, x]) => [name, x.toNested()])).toEqual([["last", [1, 2, 3, 4]]]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
  });
});
