import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadTorch } from "../../../src/checkpoint/index.js";
import { isLegacy } from "../../../src/checkpoint/torch/legacy.js";
import type { Tensor } from "../../../src/index.js";
import { bytesOf, little, refusal, text } from "../archives.js";
import { pathOf } from "../fixtures.js";

const magic = bytesOf("\x80\x02\x8a\x0a", little(0x1950a86a20f9469cfc6cn, 10), ".");
const version = bytesOf("\x80\x02M\xe9\x03.");
const habits = bytesOf("\x80\x02}.");

/** The persistent id of a storage of four floats, and of a part of it. */
const id = (count: number, view: string | Uint8Array = "N") =>
  bytesOf("(", text("storage"), "ctorch\nFloatStorage\n", text("key"), text("cpu"), "J", little(count, 4), view, "tQ");
const viewed = (begin: number, count: number) =>
  bytesOf("(", text("part"), "J", little(begin, 4), "J", little(count, 4), "t");
const tensor = (storage: Uint8Array, count: number) =>
  bytesOf("ctorch._utils\n_rebuild_tensor_v2\n(", storage, "K\0K", [count], "\x85K\x01\x85\x89}tR");
const numbers = bytesOf(little(4, 8), new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer));

const file = (object: Uint8Array, keys: Uint8Array | string = bytesOf("]", text("key"), "a"), storages = numbers) =>
  bytesOf(magic, version, habits, "\x80\x02", object, ".\x80\x02", keys, ".", storages);

describe("files of before 1.6", () => {
  it("are read, with parts of storages as views", async () => {
    const object = bytesOf("](", tensor(id(4), 4), tensor(id(4, viewed(1, 2)), 2), "e");
    const { format, root } = await loadTorch(file(object));
    const [whole, part] = root as Tensor[];
    expect([format, whole.toNested(), part.toNested()]).toEqual(["torch-legacy", [1, 2, 3, 4], [2, 3]]);
    expect(part.value.storage).toBe(whole.value.storage);
  });

  it("may have pickles of more than a mebibyte", async () => {
    const name = "n".repeat(3_000_000);
    const got = await loadTorch(file(bytesOf("}", text(name), tensor(id(4), 4), "s")));
    expect([...got.keys()]).toEqual([name]);
    expect((got.get(name) as Tensor).toNested()).toEqual([1, 2, 3, 4]);
  });

  const x = tensor(id(4), 4);
  it.each<[sentence: string, bytes: Uint8Array]>([
    ["Invalid magic number; corrupt file?", bytesOf("\x80\x02K\x01.", version, habits)],
    ["Invalid protocol version: 5", bytesOf(magic, "\x80\x02K\x05.")],
    ["ends too early; the file is cut off", bytesOf(magic, version)],
    ["storage 'key' claims 16 bytes at", file(x, undefined, numbers.slice(0, -1))],
    [
      "storage 'key' has 3 elements, but the pickle says 4",
      file(x, undefined, bytesOf(little(3, 8), numbers.slice(8))),
    ],
    ["storage key other not found in deserialized_objects", file(x, bytesOf("]", text("other"), "a"))],
    ["storage key key not found", file(x, bytesOf("](", text("key"), text("key"), "e"))],
    ["storage 'key' is not in the file", file(x, "]")],
    ["expected a list of storages, got: null", file(x, "N")],
    ["storage 'key' claims 8000000 bytes in a file of", file(tensor(id(2_000_000), 4))],
    ["claims 400 bytes, and 16 before", file(bytesOf("](", x, tensor(id(100), 100), "e"))],
    ["has a view 3, 2 beyond its 16 bytes", file(tensor(id(4, viewed(3, 2)), 2))],
    ["has a view undefined, undefined", file(tensor(id(4, bytesOf("K\x01")), 2))],
    ["out of bounds for storage 'key' of size 2", file(tensor(id(4, viewed(1, 2)), 3))],
    ["Unsupported global: GLOBAL os.system", bytesOf("\x80\x02cos\nsystem\n")],
  ])("are refused: %s", async (sentence, bytes) => {
    expect(await refusal(() => loadTorch(bytes))).toContain(sentence);
  });

  it("are refused where they are cut off, wherever that is", async () => {
    const whole = readFileSync(pathOf("legacy.pt"));
    for (let length = 2; length < whole.length; length += 97) {
      expect(await refusal(() => loadTorch(whole.subarray(0, length)))).toMatch(
        /cut off|claims \d+ bytes|begins with neither/,
      );
    }
  });
});

it("knows them by their beginning, and those before them", async () => {
  const tar = new Uint8Array(512);
  tar.set(bytesOf("ustar"), 257);
  expect([isLegacy(magic), isLegacy(tar), isLegacy(bytesOf("PK\x03\x04")), isLegacy(bytesOf("\x80\x09"))]).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(await refusal(() => loadTorch(tar))).toContain(
    "is a tar archive of PyTorch before 0.1.10, which is not supported",
  );
});
