import { mkdtempSync, openAsBlob, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { encodeTorch, load, loadSafetensors, loadTorch } from "../../src/checkpoint/index.js";
import { zeros } from "../../src/index.js";
import { bytesOf, little, refusal } from "./archives.js";
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
  ["it begins with 61 62 63 20 64 65 66 67", bytesOf("abc defgh")],
  ["is JSON, and no checkpoint", bytesOf('{"a":1}\n')],
  ["is an HDF5 file, as Keras's .h5; in Python, import keras", bytesOf("\x89HDF\r\n\x1a\n")],
  ["no central directory", bytesOf("PK\x03\x04")],
  ["the header claims 5 bytes, in a file of 8", bytesOf(little(5, 8))],
])("refuses what it is not: %s", async (sentence, bytes) => {
  expect(await refusal(() => load(bytes))).toContain(sentence);
});
