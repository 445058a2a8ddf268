import { describe, expect, it } from "vitest";
import { loadTorch } from "../../../src/checkpoint/index.js";
import { Opaque, OrderedDict } from "../../../src/checkpoint/pickle/values.js";
import { verified } from "../../../src/checkpoint/pickle/verify.js";
import { tensor } from "../../../src/index.js";
import { refusal, storage, torchFile } from "../archives.js";

const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);

describe("verified", () => {
  it("passes what a checkpoint may hold", () => {
    const shared = new Map([["a", tensor([1])]]);
    const value = [shared, shared, new Set([1n]), Uint8Array.of(1), null, nested(90)];
    expect(verified("file", value)).toBe(value);
  });

  it("walks what many share once", () => {
    let value: unknown = [1];
    for (let i = 0; i < 90; i++) value = [value, value];
    // Walked more than once, 2⁹⁰ arrays would not come to an end.
    expect(verified("file", value)).toBe(value);
  });

  it("refuses depth, also through what was seen before", async () => {
    verified("file", nested(100));
    expect(await refusal(() => verified("file", nested(101)))).toContain("nested more than 100 deep");
    const inner = nested(60);
    let outer: unknown = inner;
    for (let i = 0; i < 60; i++) outer = [outer];
    expect(await refusal(() => verified("file", [inner, outer]))).toContain("nested more than 100 deep");
  });

  it("refuses what holds itself", async () => {
    const list: unknown[] = [];
    list.push(list);
    const dict = new OrderedDict();
    dict.attributes.set("_metadata", dict);
    expect(await refusal(() => verified("file", list))).toBe("file: a Array holds itself, which is not supported");
    expect(await refusal(() => verified("file", dict))).toContain("OrderedDict holds itself");
    expect(await refusal(() => loadTorch(torchFile(["]q\0h\0a"])))).toContain("holds itself");
  });

  it("refuses stray parts of a pickle", async () => {
    const alone = torchFile([storage("FloatStorage", "0", 4)], [new Uint8Array(16)]);
    expect(await refusal(() => loadTorch(alone))).toContain("a StorageReference stands where a value should");
    expect(await refusal(() => verified("file", [new Date()]))).toContain("a Date stands where a value should");
  });

  it("passes objects that hold themselves, which may be in what they hold, and nothing else", async () => {
    const object = new Opaque("x", []);
    const inner: unknown[] = [object];
    object.state = new Map([["me", inner as never]]);
    expect(verified("file", inner)).toBe(inner);
    const list: unknown[] = [object];
    list.push(list);
    expect(await refusal(() => verified("file", list))).toContain("a Array holds itself");
  });
});
