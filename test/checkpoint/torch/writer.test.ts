import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readZip } from "../../../src/checkpoint/bytes/unzip.js";
import { encodeTorch, load, loadTorch, OrderedDict, type Savable, saveTorch } from "../../../src/checkpoint/index.js";
import { torchParts } from "../../../src/checkpoint/torch/writer.js";
import { nn, randn, type Tensor, tensor } from "../../../src/index.js";
import { memory, refusal } from "../archives.js";
import { expected, pathOf, plain } from "../fixtures.js";

const folder = mkdtempSync(join(tmpdir(), "elman-"));
afterAll(() => rmSync(folder, { recursive: true }));

const names = Object.keys(expected).filter((name) => name.endsWith(".pt"));

describe("encodeTorch", () => {
  it.each(names)("%s is read as it was before", async (name) => {
    const first = await load(pathOf(name), { int64: "bigint" });
    const second = await load(encodeTorch(first), { int64: "bigint" });
    expect(plain(second.root ?? second)).toEqual(plain(first.root ?? first));
    expect(plain(second.metadata as never)).toEqual(plain(new Map(first.metadata) as never));
    expect(Buffer.from(encodeTorch(second)).equals(encodeTorch(first))).toBe(true);
  });

  it("lays the archive out as torch does", async () => {
    const members = await readZip(memory(encodeTorch({ x: tensor([1]), y: tensor([2, 3]) })));
    expect([...members.values()].map(({ name, size }) => [name, size]).slice(1)).toEqual([
      ["archive/byteorder", 6],
      ["archive/data/0", 4],
      ["archive/data/1", 8],
      ["archive/version", 2],
    ]);
  });

  it("writes a shared storage once, in the dtype that is asked for", async () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    const bytes = encodeTorch({ x, t: x.t(), last: x.select(0, 1) }, { dtype: "BF16" });
    const members = await readZip(memory(bytes));
    expect([...members.values()].find(({ name }) => name === "archive/data/0")?.size).toBe(8);
    expect(members.has("archive/data/1")).toBe(false);
    const got = await loadTorch(bytes);
    expect(plain(got)).toEqual({
      dict: [
        ["x", { tensor: [1, 2, 3, 4], dtype: "bfloat16", shape: [2, 2] }],
        ["t", { tensor: [1, 3, 2, 4], dtype: "bfloat16", shape: [2, 2] }],
        ["last", { tensor: [3, 4], dtype: "bfloat16", shape: [2] }],
      ],
    });
    expect((got.get("t") as Tensor).value.storage).toBe((got.get("x") as Tensor).value.storage);
  });

  it("takes what a module has, nested as people nest it, and a module takes it back", async () => {
    const [from, to] = [new nn.GRU(2, 3), new nn.GRU(2, 3)];
    const got = await loadTorch(encodeTorch({ epoch: 3, model_state_dict: from.stateDict(), loss: 0.5 }));
    expect([got.get("epoch"), got.get("loss")]).toEqual([3, 0.5]);
    to.loadStateDict(got.get("model_state_dict") as Map<string, Tensor>);
    expect(plain(to.stateDict())).toEqual(plain(from.stateDict()));
    expect(got.get("model_state_dict")).not.toBeInstanceOf(OrderedDict);
  });

  it("refuses numbers that the dtype would make infinite, and says whose", async () => {
    const sentence = (value: Savable, dtype: "F16" | "F32") => refusal(() => encodeTorch(value, { dtype }));
    expect(await sentence({ a: tensor([1]), b: { c: tensor([7e4]) } }, "F16")).toBe(
      "encodeTorch(): the storage of ['b']['c'] holds 70000, which F16 cannot hold",
    );
    expect(await sentence(tensor([1e300], { dtype: "float64" }), "F32")).toBe(
      "encodeTorch(): the storage of the tensor holds 1e+300, which F32 cannot hold",
    );
  });

  it("refuses options that do not exist", async () => {
    expect(await refusal(() => encodeTorch({}, { format: "zip" } as never))).toContain(
      "unexpected keyword argument 'format'",
    );
  });
});

it("torchParts hands out the memory of tensors, and knows how much there is", () => {
  const x = randn([1000]);
  const tensors = { x, t: x.reshape([10, 100]) };
  const parts = torchParts("f()", tensors, "original");
  expect(parts.size).toBe(encodeTorch(tensors).length);
  expect([...parts].map(({ buffer }) => buffer)).toContain(x.value.storage.data.buffer);
});

it("saveTorch writes what encodeTorch gives, as it is at the moment of the call", async () => {
  const x = tensor([1, 2]);
  const bytes = encodeTorch({ x });
  const saved = saveTorch({ x }, join(folder, "x.pt"));
  x.mul_(2);
  await saved;
  expect(Buffer.from(bytes).equals(readFileSync(join(folder, "x.pt")))).toBe(true);
});
