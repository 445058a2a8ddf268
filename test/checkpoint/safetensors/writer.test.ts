import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  encodeSafetensors,
  encodeTorch,
  fileDTypeOf,
  load,
  loadSafetensors,
  saveSafetensors,
} from "../../../src/checkpoint/index.js";
import { safetensorsParts } from "../../../src/checkpoint/safetensors/writer.js";
import { nn, randn, tensor, zeros } from "../../../src/index.js";
import { bytesOf, refusal } from "../archives.js";
import { pathOf, plain } from "../fixtures.js";

const folder = mkdtempSync(join(tmpdir(), "elman-"));
afterAll(() => rmSync(folder, { recursive: true }));

const header = (bytes: Uint8Array) => Buffer.from(bytes.slice(8, 8 + bytes[0] + 256 * bytes[1])).toString();

describe("encodeSafetensors", () => {
  it("writes byte for byte what the reference wrote", async () => {
    const path = pathOf("dtypes.safetensors");
    expect(Buffer.from(encodeSafetensors(await load(path))).equals(readFileSync(path))).toBe(true);
  });

  it("names tensors in the order they came in, and lays the widest first", () => {
    const bytes = encodeSafetensors(
      { b: tensor([true]), a: tensor([1.5]), 'ü"': zeros([0, 2], { dtype: "float64" }) },
      { metadata: { z: "1", y: "ü" } },
    );
    expect(header(bytes)).toBe(
      '{"__metadata__":{"z":"1","y":"ü"},"b":{"dtype":"BOOL","shape":[1],"data_offsets":[4,5]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"ü\\"":{"dtype":"F64","shape":[0,2],"data_offsets":[0,0]}}'.padEnd(
        header(bytes).length,
      ),
    );
    expect((8 + bytes[0]) % 8).toBe(0);
    expect(bytes.slice(-5)).toEqual(bytesOf(new Uint8Array(Float32Array.of(1.5).buffer), [1]));
  });

  it("lays views out, and writes what is shared twice", async () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    const got = await loadSafetensors(
      encodeSafetensors(
        new Map([
          ["x", x],
          ["t", x.t()],
          ["s", x.select(1, 1)],
        ]),
      ),
    );
    expect([...got.values()].map((one) => one.toNested())).toEqual([
      [
        [1, 2],
        [3, 4],
      ],
      [
        [1, 3],
        [2, 4],
      ],
      [2, 4],
    ]);
  });

  it("gives numbers the dtype that is asked for", async () => {
    const half = await loadSafetensors(
      encodeSafetensors({ x: tensor([1 / 3]), n: tensor(Int32Array.of(7)) }, { dtype: "F16" }),
    );
    const dtypes = async (dtype?: "memory" | "F64") => {
      const again = await loadSafetensors(encodeSafetensors(half, dtype && { dtype }));
      return [...again.values()].map(fileDTypeOf);
    };
    expect(half.get("x")?.toNested()).toEqual([0.333251953125]);
    expect([await dtypes(), await dtypes("memory"), await dtypes("F64")]).toEqual([
      ["F16", "I32"],
      ["F32", "I32"],
      ["F64", "I32"],
    ]);
  });

  it("refuses numbers that the dtype would make infinite, and says whose", async () => {
    const tensors = { a: tensor([1]), b: tensor([-7e4]) };
    expect(await refusal(() => encodeSafetensors(tensors, { dtype: "F16" }))).toBe(
      "encodeSafetensors(): 'b' holds -70000, which F16 cannot hold",
    );
  });

  it("takes what a module has, and a module takes it back", async () => {
    const [from, to] = [new nn.LSTM(2, 3), new nn.LSTM(2, 3)];
    to.loadStateDict(await loadSafetensors(encodeSafetensors(from.stateDict())));
    expect([...to.stateDict().values()].map((x) => x.toNested())).toEqual(
      [...from.stateDict().values()].map((x) => x.toNested()),
    );
  });

  it("goes from .pt and back with the same bits and dtypes", async () => {
    const first = await load(pathOf("dtypes.pt"));
    const second = await load(encodeTorch(await load(encodeSafetensors(first))));
    expect(plain(second)).toEqual(plain(first));
  });

  it.each<[sentence: string, tensors: unknown, options?: unknown]>([
    ["expected tensors and nothing else, got: number under 'epoch'; stateDictOf()", { epoch: 3 }],
    ["expected a Map or an object of tensors, got: Array", [tensor([1])]],
    ["expected names of tensors, got: 1", new Map([[1, tensor([1])]])],
    ["expected names of tensors, got: __metadata__", { __metadata__: tensor([1]) }],
    [`to be text, got half a surrogate pair: "a\\ud800"`, { "a\ud800": tensor([1]) }],
    [`to be text, got half a surrogate pair: "\\udc00"`, {}, { metadata: { "\udc00": "" } }],
    [`to be text, got half a surrogate pair: "\\udc00b"`, {}, { metadata: { a: "\udc00b" } }],
    ["unexpected keyword argument 'meta'", {}, { meta: {} }],
    ["expected dtype as one of original, memory, F64, F32, F16, BF16, got: I8", {}, { dtype: "I8" }],
    ["expected metadata as an object of strings", {}, { metadata: { a: 1 } }],
    [
      "a shape of 2 elements, got: I64, BigInt64Array, [3]",
      { x: { dtype: "I64", shape: [3], data: new BigInt64Array(2) } },
    ],
  ])("refuses: %s", async (sentence, tensors, options) => {
    expect(await refusal(() => encodeSafetensors(tensors as never, options as never))).toContain(sentence);
  });

  it("lays out float32 bit for bit, whatever a NaN carries", async () => {
    const bits = Int32Array.of(0x7f800001, 1, -0x7ffffe, 2);
    const bytes = Uint8Array.from(new Uint8Array(bits.buffer));
    const [head, entry] = ['{"x":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}', new Uint8Array(8)];
    entry[0] = head.length;
    const { x } = Object.fromEntries(await loadSafetensors(bytesOf(entry, head, bytes)));
    const written = encodeSafetensors({ x: x.transpose(0, 1) });
    expect([...new Int32Array(written.slice(-16).buffer)]).toEqual([bits[0], bits[2], bits[1], bits[3]]);
  });

  it("refuses a checkpoint that is no dict", async () => {
    const list = await load(pathOf("list.pt"));
    expect(await refusal(() => encodeSafetensors(list))).toContain("a checkpoint of named tensors, got one of Array");
  });
});

it("safetensorsParts hands out the memory of tensors, and knows how much there is", () => {
  const tensors = { x: randn([1000]), y: randn([10]) };
  const parts = safetensorsParts("f()", Object.entries(tensors), [], "original");
  expect(parts.size).toBe(encodeSafetensors(tensors).length);
  expect([...parts].map(({ buffer }) => buffer)).toContain(tensors.x.value.storage.data.buffer);
});

describe("saveSafetensors", () => {
  it("writes what encodeSafetensors gives", async () => {
    const path = join(folder, "x.safetensors");
    await saveSafetensors({ x: tensor([1]) }, path);
    expect(Buffer.from(encodeSafetensors({ x: tensor([1]) })).equals(readFileSync(path))).toBe(true);
  });

  it("leaves nothing behind where a tensor cannot be written", async () => {
    const path = join(folder, "bad.safetensors");
    const small = (await load(pathOf("dtypes.pt"))).get("uint8") as ReturnType<typeof tensor>;
    small.add_(1000);
    expect(await refusal(() => saveSafetensors({ small }, path))).toContain("'small' holds 1000, which U8 cannot hold");
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});
