import { mkdtempSync, openAsBlob, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { BlobLike } from "../../src/checkpoint/bytes/source.js";
import { directoryEnd, directoryEntry, localHeader } from "../../src/checkpoint/bytes/zip.js";
import {
  type Checkpoint,
  encodeSafetensors,
  encodeTorch,
  fileDTypeOf,
  load,
  loadSafetensors,
  loadTorch,
} from "../../src/checkpoint/index.js";
import { loadOutline } from "../../src/checkpoint/load.js";
import { Tensor, tensor, zeros } from "../../src/index.js";
import { bytesOf, little, refusal, storage, tensorOf, torchFile } from "./archives.js";
import { pathOf } from "./fixtures.js";

it.each([
  ["lstm.pt", "torch"],
  ["legacy.pt", "torch-legacy"],
  ["dtypes.safetensors", "safetensors"],
])("knows %s by its bytes", async (name, format) => {
  const { format: found, size } = await load(readFileSync(pathOf(name)));
  expect([found, size > 0]).toEqual([format, true]);
});

it.each([640, 896, 1152, 1408])(
  "takes a header of %i bytes for no pickle, though it begins like one",
  async (length) => {
    const { format } = await load(bytesOf(little(length, 8), "{}", new Array(length - 2).fill(0x20)));
    expect(format).toBe("safetensors");
  },
);

it("takes the smallest safetensors file there is", async () => {
  expect((await load(bytesOf(little(2, 8), "{}"))).size).toBe(0);
});

describe("while it loads", () => {
  it.each(["lstm.pt", "deflated.pt", "legacy.pt", "dtypes.safetensors"])("%s tells how far it is", async (name) => {
    for (const source of [pathOf(name), readFileSync(pathOf(name)), await openAsBlob(pathOf(name))]) {
      const told: number[][] = [];
      await load(source, { onProgress: (...both) => told.push(both) });
      const { size } = statSync(pathOf(name));
      const done = told.map(([one]) => one);
      expect(done.length).toBeGreaterThan(1);
      expect(done).toEqual([...new Set(done)].toSorted((a, b) => a - b));
      expect(told.at(-1)).toEqual([size, size]);
    }
  });

  it("stops at a signal, with its reason", async () => {
    const stop = new AbortController();
    const reason = new Error("enough");
    const onProgress = () => stop.abort(reason);
    await expect(load(pathOf("lstm.pt"), { signal: stop.signal, onProgress })).rejects.toBe(reason);
    // Before anything is opened.
    for (const door of [load, loadTorch, loadSafetensors]) {
      await expect(door(pathOf("no such file"), { signal: stop.signal })).rejects.toBe(reason);
    }
  });

  it("hears a signal from outside between two portions", async () => {
    const stop = new AbortController();
    const path = join(mkdtempSync(join(tmpdir(), "elman-")), "large.pt");
    writeFileSync(path, encodeTorch({ x: zeros([1_000_000]) }));
    setTimeout(() => stop.abort("enough"));
    await expect(load(path, { signal: stop.signal })).rejects.toBe("enough");
    rmSync(path);
  });
});

it.each<[sentence: string, bytes: Uint8Array]>([
  ["is neither a safetensors file nor one of torch.save: it begins with nothing", bytesOf()],
  ["it begins with 7b 22 61 22 3a 31 7d 0a", bytesOf('{"a":1}\n')],
  ["it begins with 89 48 44 46 0d 0a 1a 0a", bytesOf("\x89HDF\r\n\x1a\n")],
  ["no central directory", bytesOf("PK\x03\x04")],
  ["the header claims 5 bytes, in a file of 8", bytesOf(little(5, 8))],
])("refuses what it is not: %s", async (sentence, bytes) => {
  expect(await refusal(() => load(bytes))).toContain(sentence);
});

describe("an outline", () => {
  const count = 300_000_000;

  /** A file of 1.2 GB that is never there: its beginning, zeros, and its end; and how much of it was read. */
  function vast(start: Uint8Array, end: Uint8Array) {
    const size = start.length + 4 * count + end.length;
    let read = 0;
    const slice = (begin: number, stop: number) => {
      read += stop - begin;
      const bytes = new Uint8Array(stop - begin);
      for (const [part, at] of [
        [start, 0],
        [end, size - end.length],
      ] as const) {
        for (let i = Math.max(begin, at); i < Math.min(stop, at + part.length); i++) bytes[i - begin] = part[i - at];
      }
      return { arrayBuffer: async () => bytes.buffer };
    };
    return { source: { size, slice } satisfies BlobLike, read: () => read };
  }

  it("of 1.2 GB reads a header of safetensors", async () => {
    const header = JSON.stringify({ x: { dtype: "F32", shape: [count], data_offsets: [0, 4 * count] } });
    const { source, read } = vast(bytesOf(little(header.length, 8), header), bytesOf());
    const x = (await loadOutline(source)).get("x") as Tensor;
    expect([x.shape, fileDTypeOf(x), read() < 1000]).toEqual([[count], "F32", true]);
  });

  it("of 1.2 GB reads a pickle of torch.save", async () => {
    const pickle = tensorOf(storage("FloatStorage", "0", count), 0, [count / 2, 2], [2, 1]);
    const small = torchFile([pickle]);
    // The same archive, with a storage behind the pickle that is zeros alone.
    const begin = small.length - directoryOf(small);
    const member = { name: bytesOf("a/data/0"), size: 4 * count, crc: 0, header: begin };
    const start = bytesOf(small.subarray(0, begin), localHeader(member));
    const entries = bytesOf(small.subarray(begin, small.length - 22), directoryEntry(member));
    const { source, read } = vast(start, bytesOf(entries, directoryEnd(2, start.length + 4 * count, entries.length)));
    const x = (await loadOutline(source)).root as Tensor;
    expect([x.shape, fileDTypeOf(x), read() < 100_000]).toEqual([[count / 2, 2], "F32", true]);
  });

  /** Bytes from a small archive's directory to its end. */
  const directoryOf = (bytes: Uint8Array): number =>
    22 + new DataView(bytes.buffer).getUint32(bytes.length - 22 + 12, true);

  it.each(["training.pt", "deflated.pt", "legacy.pt", "dtypes.safetensors"])(
    "of %s has the names, dtypes and shapes that loading gives",
    async (name) => {
      const described = (checkpoint: Checkpoint) =>
        JSON.stringify([checkpoint.root ?? [...checkpoint]], (_, value) => {
          if (value instanceof Tensor) return [fileDTypeOf(value), value.shape];
          if (value instanceof Map) return [...value];
          return typeof value === "bigint" ? String(value) : value;
        });
      const whole = await load(pathOf(name));
      const outline = await loadOutline(pathOf(name));
      expect([described(outline), outline.format]).toEqual([described(whole), whole.format]);
    },
  );

  it("minds neither damaged numbers nor large ones, but a file that is cut off", async () => {
    const wide = { dtype: "I64" as const, shape: [2], data: new BigInt64Array([1n, 2n ** 40n]) };
    const x = (await loadOutline(encodeSafetensors({ wide }))).get("wide") as Tensor;
    expect([fileDTypeOf(x), x.shape]).toEqual(["I64", [2]]);
    const bytes = encodeTorch({ a: tensor([1, 2, 3]) });
    const damaged = bytes.slice();
    damaged[Buffer.from(bytes).indexOf(Buffer.from(new Float32Array([2]).buffer))] ^= 1;
    expect(await refusal(() => load(damaged))).toContain("is damaged");
    expect(((await loadOutline(damaged)).get("a") as Tensor).shape).toEqual([3]);
    expect(await refusal(() => loadOutline(bytes.subarray(0, 500)))).toContain("the file is cut off");
    expect(await refusal(() => loadOutline(encodeSafetensors({ wide }).slice(0, -1)))).toContain("tensors end at 16");
  });
});
