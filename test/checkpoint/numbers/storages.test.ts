import { describe, expect, it } from "vitest";
import { budgetFor } from "../../../src/checkpoint/bytes/budget.js";
import { fileDTypeOf, loadTorch } from "../../../src/checkpoint/index.js";
import { StorageReference, Storages } from "../../../src/checkpoint/numbers/storages.js";
import type { Tensor } from "../../../src/index.js";
import { refusal, storage, tensorOf, torchFile } from "../archives.js";

const floats = (...numbers: number[]) => new Uint8Array(Float32Array.from(numbers).buffer);

/** A list of views of one storage of six floats. */
async function views(...list: [offset: number, shape: number[], strides: number[]][]): Promise<Tensor[]> {
  const tensors = list.map(([offset, shape, strides]) =>
    tensorOf(storage("FloatStorage", "0", 6), offset, shape, strides),
  );
  const { root } = await loadTorch(torchFile(["](", ...tensors, "e"], [floats(0, 1, 2, 3, 4, 5)]));
  return root as Tensor[];
}

describe("views of one storage", () => {
  it("honour offset and strides, and share it", async () => {
    const [a, b, c, d] = await views([0, [2, 3], [3, 1]], [1, [2, 2], [1, 3]], [5, [], []], [2, [3, 2], [0, 1]]);
    expect([a, b, c, d].map((x) => x.toNested())).toEqual([
      [
        [0, 1, 2],
        [3, 4, 5],
      ],
      [
        [1, 4],
        [2, 5],
      ],
      5,
      [
        [2, 3],
        [2, 3],
        [2, 3],
      ],
    ]);
    expect(new Set([a, b, c, d].map((x) => x.value.storage)).size).toBe(1);
    expect(a.value.storage.data.length).toBe(6);
  });

  it("may be empty wherever they lie", async () => {
    const [a, b] = await views([0, [0, 3], [3, 1]], [1000, [2, 0], [1, 1]]);
    expect([a.toNested(), b.toNested()]).toEqual([[], [[], []]]);
  });

  it.each<[offset: number, shape: number[], strides: number[], sentence: string]>([
    [1, [2, 3], [3, 1], "sizes [2, 3], strides [3, 1], storage offset 1 are out of bounds for storage '0' of size 6"],
    [6, [], [], "out of bounds"],
    [0, [7], [1], "out of bounds"],
    [0, [2], [6], "out of bounds"],
    [0, [2 ** 31 - 1, 2 ** 31 - 1], [2 ** 31 - 1, 1], "a tensor has shape [2147483647, 2147483647]"],
    [0, [2], [], "a tensor has shape [2], strides []"],
    [0, new Array(65).fill(1), new Array(65).fill(1), "a tensor has shape [1, 1,"],
    [0, [2 ** 31 - 1], [0], "a tensor of shape [2147483647] over 6 elements takes more than"],
  ])("at %s of shape %j, strides %j are refused", async (offset, shape, strides, sentence) => {
    expect(await refusal(() => views([offset, shape, strides]))).toContain(sentence);
  });
});

it("counts a storage once, however many views it has", async () => {
  const view = tensorOf(storage("FloatStorage", "0", 1_000_000), 0, [1_000_000], [1]);
  const file = torchFile(["](", ...new Array(20).fill(view), "e"], [new Uint8Array(4_000_000)]);
  const { root } = await loadTorch(file, { maxBytes: 4_100_000 });
  expect((root as Tensor[]).length).toBe(20);
  expect(await refusal(() => loadTorch(file, { maxBytes: 3_900_000 }))).toContain("storage '0' takes more than");
});

it("counts widening before it happens", async () => {
  const half = tensorOf(storage("HalfStorage", "0", 1_000_000), 0, [1_000_000], [1]);
  const file = torchFile([half], [new Uint8Array(2_000_000)]);
  expect(fileDTypeOf((await loadTorch(file, { maxBytes: 4_100_000 })).root as Tensor)).toBe("F16");
  expect(await refusal(() => loadTorch(file, { maxBytes: 3_900_000 }))).toContain("storage '0' takes more than");
});

describe("Storages", () => {
  const region = { key: "0", size: 16 };
  const make = (int64: "int32" | "bigint") => new Storages("file", budgetFor("file", 16, undefined), int64);
  const longs = new Uint8Array(BigInt64Array.of(2n ** 40n, -1n).buffer);

  it("gathers the views of 64-bit numbers", () => {
    const storages = make("bigint");
    const x = storages.tensor(new StorageReference(region, "I64", 0, 2), 1, [2, 2], [0, 0]);
    const y = storages.tensor(new StorageReference(region, "I64", 1, 1), 0, [1], [1]);
    storages.fill(region, longs);
    expect(x).toEqual({ dtype: "I64", shape: [2, 2], data: BigInt64Array.of(-1n, -1n, -1n, -1n) });
    expect(y).toEqual({ dtype: "I64", shape: [1], data: BigInt64Array.of(-1n) });
  });

  it("reads bytes of no dtype as the tensors say, each in its own way", () => {
    const storages = make("int32");
    const bytes = new StorageReference({ key: "0", size: 4 }, null, 0, 4);
    const wide = storages.tensor(bytes, 0, [2], [1], "U16") as Tensor;
    const small = storages.tensor(bytes, 1, [3], [1], "U8") as Tensor;
    storages.fill(bytes.region, Uint8Array.of(1, 2, 3, 4));
    expect([wide.toNested(), small.toNested()]).toEqual([
      [513, 1027],
      [2, 3, 4],
    ]);
    expect([fileDTypeOf(wide), fileDTypeOf(small)]).toEqual(["U16", "U8"]);
  });

  it("leave the bytes to the numbers, and copies where two dtypes read them", () => {
    const storages = make("int32");
    const bytes = new StorageReference({ key: "0", size: 8 }, null, 0, 8);
    const floats = storages.tensor(bytes, 0, [2], [1], "F32") as Tensor;
    const given = Uint8Array.of(0, 0, 128, 63, 0, 0, 0, 64);
    storages.fill(bytes.region, given);
    expect(floats.value.storage.data.buffer).toBe(given.buffer);
    const shared = make("int32");
    const [a, b] = (["F32", "I32"] as const).map((dtype) => shared.tensor(bytes, 0, [2], [1], dtype) as Tensor);
    shared.fill(bytes.region, given);
    a.fill_(0);
    expect(b.toNested()).toEqual([0x3f800000, 0x40000000]);
  });

  it("needs a dtype from somewhere", async () => {
    expect(await refusal(() => make("int32").tensor(new StorageReference(region, null, 0, 16), 0, [1], [1]))).toContain(
      "storage '0' has no dtype",
    );
  });
});
