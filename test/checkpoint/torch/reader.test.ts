import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { load, loadTorch } from "../../../src/checkpoint/index.js";
import { Storages } from "../../../src/checkpoint/numbers/storages.js";
import type { Tensor } from "../../../src/index.js";
import { archive, bytesOf, refusal, storage, tensorOf, text, torchFile } from "../archives.js";
import { expected, pathOf, plain } from "../fixtures.js";

const good = Object.keys(expected).filter((name) => name.endsWith(".pt") && name !== "wide.pt");

describe("loadTorch", () => {
  it.each(good)("reads %s as torch does", async (name) => {
    const checkpoint = await loadTorch(pathOf(name));
    const { root = checkpoint } = checkpoint;
    const { metadata, ...value } = expected[name] as { metadata?: unknown };
    expect(plain(root)).toEqual(value);
    if (metadata !== undefined) expect(plain(checkpoint.metadata)).toEqual(metadata);
  });

  it("keeps 64 bits where that is asked for", async () => {
    const wide = await loadTorch(pathOf("wide.pt"), { int64: "bigint" });
    expect(plain(wide)).toEqual(expected["wide.pt"]);
    expect(await refusal(() => loadTorch(pathOf("wide.pt")))).toMatch(/holds 1099511627776, which int32 cannot hold/);
  });

  it("keeps views of one storage views of one storage", async () => {
    const views = await loadTorch(pathOf("views.pt"));
    const [whole, matrix, transposed, expanded] = ["whole", "matrix", "transposed", "expanded"].map(
      (name) => (views.get(name) as Tensor).value,
    );
    expect(matrix.storage).toBe(whole.storage);
    expect(transposed.storage).toBe(whole.storage);
    expect(expanded.storage.data.length).toBe(2);
  });

  it("writes nothing on any prototype", async () => {
    const training = await loadTorch(pathOf("training.pt"));
    expect(plain(training.get("__proto__"))).toEqual({ dict: [["polluted", 1]] });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it.each([
    ["script.pt", "is a TorchScript archive: a program, which is not run here; in Python,"],
    ["evil.pt", "Unsupported global: GLOBAL posix.system was not an allowed global by default."],
    ["module.pt", "Unsupported global: GLOBAL torch.nn.modules.linear.Linear was not an allowed global by default."],
    ["dtypes.safetensors", "is no file of torch.save"],
  ])("refuses %s", async (name, sentence) => {
    expect(await refusal(() => loadTorch(pathOf(name)))).toContain(sentence);
  });

  it.each(["lstm.pt", "deflated.pt", "training.pt"])("refuses %s cut off anywhere", async (name) => {
    const whole = readFileSync(pathOf(name));
    for (let length = 0; length < whole.length; length += 53) {
      expect(await refusal(() => loadTorch(whole.subarray(0, length)))).toMatch(/cut off|is no file of torch.save/);
    }
  });

  it("takes no memory for a deflated storage before its checksum is known to hold", async () => {
    const bytes = Uint8Array.from(readFileSync(pathOf("deflated.pt")));
    const [name, buffer] = ["some/deep folder/data/0", Buffer.from(bytes)];
    // In its own header and in the directory.
    for (const place of [buffer.indexOf(name) - 30 + 14, buffer.lastIndexOf(name) - 46 + 16]) bytes[place] ^= 1;
    const fill = vi.spyOn(Storages.prototype, "fill");
    expect(await refusal(() => loadTorch(bytes))).toContain("data/0' is damaged: its checksum does not match");
    expect(fill).not.toHaveBeenCalled();
    fill.mockRestore();
  });

  it("sees every flipped bit of what it reads", async () => {
    const whole = readFileSync(pathOf("lstm.pt"));
    const at = whole.indexOf("data.pkl") + 40;
    for (let bit = 0; bit < 8; bit++) {
      const flipped = Uint8Array.from(whole);
      flipped[at] ^= 1 << bit;
      expect(await refusal(() => loadTorch(flipped))).toContain("is damaged: its checksum does not match");
    }
  });
});

describe("archives made by hand", () => {
  const floats = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
  const x = (count: number) => tensorOf(storage("FloatStorage", "0", count), 0, [4], [1]);

  it.each<[sentence: string, bytes: Uint8Array]>([
    ["storage '0' is not in the archive", torchFile([x(4)])],
    ["storage '0' claims 20 bytes, but has 16", torchFile([x(5)], [floats])],
    ["has no data.pkl, only b/c", archive({ "b/c": floats })],
    ["has no data.pkl, only nothing", archive({})],
    ["Unknown endianness type: middle", archive({ "a/data.pkl": bytesOf("N."), "a/byteorder": bytesOf("middle") })],
    ["a/data.pkl: pickle ends too early", archive({ "a/data.pkl": bytesOf("N") })],
  ])("are refused: %s", async (sentence, bytes) => {
    expect(await refusal(() => loadTorch(bytes))).toContain(sentence);
  });

  it("may have any name before their members, and another pickle deeper down", async () => {
    const named = (prefix: string) =>
      archive({ [`${prefix}data/data.pkl`]: bytesOf("]."), [`${prefix}data.pkl`]: bytesOf("K\x07.") });
    for (const prefix of ["", "a/", "a b/ü/c/"]) expect((await load(named(prefix))).root).toBe(7);
  });

  it("whose root is a dict with other keys have it as their root", async () => {
    const { size, root } = await loadTorch(torchFile(["}K\x01Ns"]));
    expect([size, root]).toEqual([0, new Map([[1, null]])]);
    expect([...(await loadTorch(torchFile(["}", text("a"), "K\x01s"])))]).toEqual([["a", 1]]);
  });
});
