import { describe, expect, it } from "vitest";
import {
  Checkpoint,
  type CheckpointValue,
  encodeTorch,
  loadTorch,
  OrderedDict,
} from "../../../src/checkpoint/index.js";
import { tensor } from "../../../src/index.js";
import { refusal } from "../archives.js";
import { plain } from "../fixtures.js";

/** What is read after a value was written. */
async function again(value: CheckpointValue): Promise<CheckpointValue | undefined> {
  return (await loadTorch(encodeTorch({ value }))).get("value");
}

describe("what is written is read again", () => {
  it.each<[what: string, value: CheckpointValue]>([
    ["null", null],
    ["booleans", [true, false]],
    ["whole numbers", [0, 255, 256, -1, 2 ** 31, -(2 ** 53) + 1]],
    ["other numbers", [0.5, -0, Infinity, NaN, 1e300]],
    ["bigints", [2n ** 70n, -(2n ** 70n)]],
    ["texts", ["", "größe ☃ 𝄞", "__proto__"]],
    ["bytes", Uint8Array.of(0, 255, 128)],
    ["no bytes", new Uint8Array()],
    ["tuples", Object.freeze([1, Object.freeze([])])],
    ["sets", new Set([1, "a", null])],
    ["an empty set", new Set()],
    [
      "dicts",
      new Map<string | number, CheckpointValue>([
        ["__proto__", 1],
        [3, []],
        ["", new Map()],
      ]),
    ],
    [
      "keys of all kinds",
      new Map<null | boolean | bigint, CheckpointValue>([
        [null, 1],
        [true, 2],
        [2n ** 64n, 3],
      ]),
    ],
  ])("%s", async (_, value) => {
    expect(plain(await again(value))).toEqual(plain(value));
  });

  it("an OrderedDict with its attributes", async () => {
    const dict = new OrderedDict<CheckpointValue>([["a", 1]]);
    dict.attributes.set("_metadata", new Map([["", new Map([["version", 1]])]]));
    const got = await again(dict);
    expect(got).toBeInstanceOf(OrderedDict);
    expect(plain(got)).toEqual(plain(dict));
    expect(await again(new Map())).not.toBeInstanceOf(OrderedDict);
  });

  it("a plain object as a dict, in the order of its names", async () => {
    const got = await loadTorch(encodeTorch({ b: 1, a: { c: [{ d: 2 }] } }));
    expect(plain(got)).toEqual(
      plain(
        new Map<string, CheckpointValue>([
          ["b", 1],
          ["a", new Map([["c", [new Map([["d", 2]])]]])],
        ]),
      ),
    );
  });

  it("what stands in two places as one thing", async () => {
    const shared = [1];
    const x = tensor([1, 2]);
    const got = await loadTorch(encodeTorch({ a: shared, b: shared, x, y: [x] }));
    expect(got.get("a")).toBe(got.get("b"));
    expect((got.get("y") as unknown[])[0]).toBe(got.get("x"));
  });
});

describe("a checkpoint", () => {
  it("keeps the metadata of its state dict", async () => {
    const metadata = new Map([["", new Map([["version", 2]])]]);
    const got = await loadTorch(encodeTorch(new Checkpoint([["w", tensor([1])]], "torch", metadata)));
    expect(plain(got.metadata)).toEqual(plain(metadata));
  });

  it("leaves out metadata of safetensors, which is none of a state dict", async () => {
    const got = await loadTorch(
      encodeTorch(new Checkpoint([["w", tensor([1])]], "safetensors", new Map([["format", "pt"]]))),
    );
    expect([...got.metadata]).toEqual([]);
  });

  it("is its root where that is no dict with names", async () => {
    const got = await loadTorch(encodeTorch(new Checkpoint([], "torch", new Map(), [1, "x"])));
    expect([got.size, got.root]).toEqual([0, [1, "x"]]);
  });
});

describe("refused", () => {
  const loop: unknown[] = [];
  loop.push(loop);
  let deep: unknown = 0;
  for (let i = 0; i < 101; i++) deep = [deep];
  it.each<[sentence: string, value: unknown]>([
    ["encodeTorch() cannot save ['a']['b']: function", { a: { b: () => 0 } }],
    ["encodeTorch() cannot save [0]: undefined", [undefined]],
    ["encodeTorch() cannot save this: Date", new Date()],
    ["cannot save ['x']: Float32Array", { x: new Float32Array(1) }],
    ["cannot save a key of this: Object", new Map([[{}, 1]])],
    ["cannot save ['a'][0]: it holds itself", { a: loop }],
    ["nested more than 100 deep", deep],
    ["cannot save this: an int this large", 2n ** 3000n],
    [`cannot save ['a']: text with half a surrogate pair, "x\\ud800"`, { a: "x\ud800" }],
    [`cannot save ['a']: text with half a surrogate pair, "\\udc00"`, { a: { "\udc00": 1 } }],
  ])("%s", async (sentence, value) => {
    expect(await refusal(() => encodeTorch(value as never))).toContain(sentence);
  });
});
