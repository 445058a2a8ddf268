import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { load, saveSafetensors } from "../../src/checkpoint/index.js";
import { besideIndex } from "../../src/checkpoint/shards.js";
import { type Tensor, tensor } from "../../src/index.js";
import { refusal } from "./archives.js";
import { pathOf } from "./fixtures.js";

const indices = ["model.safetensors.index.json", "pytorch_model.bin.index.json"];
const folder = mkdtempSync(join(tmpdir(), "elman-"));
afterAll(() => rmSync(folder, { recursive: true }));

function indexOf(content: unknown): string {
  const path = join(folder, "x.index.json");
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

describe("an index of shards", () => {
  it.each(indices)("%s is one checkpoint, in its order", async (name) => {
    const path = pathOf(`opaque/${name}`);
    for (const source of [path, pathToFileURL(path)]) {
      const checkpoint = await load(source);
      expect([...checkpoint].map(([name, one]) => [name, (one as Tensor).toNested()])).toEqual(
        [3, 2, 1, 0].map((i) => [
          `layer${i}.weight`,
          [
            [i, i],
            [i, i],
          ],
        ]),
      );
      expect(checkpoint.format).toBe(name.startsWith("model") ? "safetensors" : "torch");
    }
    const some = await load(path, { names: (one) => one === "layer1.weight" });
    expect([...some.keys()]).toEqual(["layer1.weight"]);
  });

  it("tells how far all of it is, costs no more than it may, and hears a signal", async () => {
    const path = pathOf("opaque/model.safetensors.index.json");
    const told: number[][] = [];
    await load(path, { onProgress: (...both) => told.push(both) });
    const done = told.map(([one]) => one);
    expect(done).toEqual([...new Set(done)].toSorted((a, b) => a - b));
    expect(told.at(-1)).toEqual([368, 368]);
    expect(await refusal(() => load(path, { maxBytes: 2 * (64 * 5 + 32) }))).toMatch(
      /index\.json.* takes more than the 704/,
    );
    await expect(load(path, { signal: AbortSignal.abort("enough") })).rejects.toBe("enough");
  });

  it("takes of each file what the index says it has", async () => {
    await saveSafetensors({ a: tensor([1]), b: tensor([2]) }, join(folder, "1"));
    await saveSafetensors({ a: tensor([3]), b: tensor([4]) }, join(folder, "2"));
    const checkpoint = await load(indexOf({ weight_map: { a: "2", b: "1" } }));
    expect([...checkpoint.values()].map((one) => (one as Tensor).toNested())).toEqual([[3], [2]]);
    expect(await refusal(() => load(indexOf({ weight_map: { a: "2", c: "1" } })))).toContain("'1' does not hold 'c'");
    expect(await refusal(() => load(indexOf({ weight_map: { a: "3" } })))).toMatch(/cannot read '.*3': no such file/);
  });

  it.each<[content: unknown, sentence: string]>([
    ["{", "the index is no JSON"],
    ["[]", "is no index of shards: it has no weight_map"],
    ["null", "it has no weight_map"],
    [{ weight_map: [] }, "it has no weight_map"],
    [{ weight_map: { a: 1 } }, "'a' is expected in a file beside the index, got: 1"],
    [{ weight_map: { a: "../x" } }, "beside the index, got: ../x"],
    [{ weight_map: { a: "/etc/passwd" } }, "beside the index"],
    [{ weight_map: { a: ".." } }, "beside the index"],
    [{ weight_map: { a: "b\\c" } }, "beside the index"],
  ])("%j is refused", async (content, sentence) => {
    expect(await refusal(() => load(indexOf(content)))).toContain(sentence);
  });

  it("says that it is one where its path is not known", async () => {
    const bytes = readFileSync(pathOf("opaque/model.safetensors.index.json"));
    expect(await refusal(() => load(bytes))).toBe(
      "the given bytes is JSON, an index of shards: load() takes its path, which ends in .index.json",
    );
  });

  it("stands beside its files", () => {
    expect(besideIndex("a/b/x.index.json", "1 2")).toBe("a/b/1 2");
    expect(besideIndex("x.index.json", "1")).toBe("1");
    expect(besideIndex("C:\\a\\x.index.json", "1")).toBe("C:\\a\\1");
    expect(besideIndex("file:///a%20b/x.index.json", "1 2")).toBe("file:///a%20b/1%202");
  });
});
