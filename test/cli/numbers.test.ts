import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { numbersFormat, readNumbers, writeNumbers } from "../../src/cli/numbers.js";
import { randn, type Tensor, tensor, zeros } from "../../src/index.js";
import { jobOn, temporary } from "./support.js";

const job = jobOn();

async function again(name: string, original: Tensor): Promise<Tensor> {
  const path = temporary(name);
  await writeNumbers(path, original, job);
  return readNumbers(path, job);
}

it("tells the format by the extension", () => {
  expect([numbersFormat("a.npy"), numbersFormat("a.JSON")]).toEqual(["npy", "json"]);
  expect(() => numbersFormat("a.csv")).toThrow("expected to be one of .npy, .json");
});

describe("what is written is read back bit for bit", () => {
  it.each(["x.npy", "x.json"])("%s", async (name) => {
    for (const shape of [[5], [2, 3], [2, 1, 3], [2, 2, 2, 2], [1, 1]]) {
      const original = randn(shape);
      const read = await again(name, original);
      expect([read.shape, read.toNested()]).toEqual([shape, original.toNested()]);
    }
  });

  it("as .npy, NaN and infinity too", async () => {
    expect((await again("x.npy", tensor([NaN, Infinity]))).toNested()).toEqual([NaN, Infinity]);
  });

  it("as JSON, in digits that float64 needs", async () => {
    await again("y.json", tensor([[0.1, 1 / 3]], { dtype: "float64" }));
    expect(readFileSync(temporary("y.json"), "utf8")).toBe(`[[0.1,${1 / 3}]]\n`);
  });

  it("as JSON, in few digits for float32, with a line a row", async () => {
    await again("y.json", tensor([[[0.1, 2]], [[3, -4.5]]]));
    expect(readFileSync(temporary("y.json"), "utf8")).toBe("[[[0.1,2]],\n[[3,-4.5]]]\n");
  });
});

describe("refuses in one sentence", () => {
  it.each([
    ["[1, 2", "is no JSON: "],
    ["\u{feff}nothing", "is no JSON: "],
    ['["a"]', "expected numbers or booleans in nested arrays, got: string"],
    ["[[1], [2, 3]]", "expected sequence of length 1 at dim 1 (got 2)"],
    ["[[1], 2]", "expected an array at depth 1, got: number"],
    ["{}", "got: Object"],
    ["null", "got: null"],
    ["[".repeat(100_000) + "]".repeat(100_000), "has arrays nested deeper than 8"],
  ])("%#", async (text, sentence) => {
    writeFileSync(temporary("bad.json"), text);
    await expect(readNumbers(temporary("bad.json"), job)).rejects.toThrow(sentence);
    await expect(readNumbers(temporary("bad.json"), job)).rejects.toThrow(temporary("bad.json"));
  });

  it("numbers that JSON has not", async () => {
    for (const x of [NaN, -Infinity]) {
      await expect(writeNumbers(temporary("z.json"), tensor([x]), job)).rejects.toThrow("JSON has no NaN");
    }
    await expect(readNumbers(temporary("z.json"), job)).rejects.toThrow("no such file");
  });
});

it("writes nothing as nothing", async () => {
  await writeNumbers(temporary("empty.npy"), zeros([0, 3]), job);
  expect((await readNumbers(temporary("empty.npy"), job)).shape).toEqual([0, 3]);
});
