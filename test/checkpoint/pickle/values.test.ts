import { expect, it } from "vitest";
import { Checkpoint, fileDTypeOf, load, OrderedDict } from "../../../src/checkpoint/index.js";
import { isKey, recordOf, versionsOf } from "../../../src/checkpoint/pickle/values.js";
import { type Tensor, tensor } from "../../../src/index.js";
import { pathOf } from "../fixtures.js";

it("is a Map in the order of the file, with what the file says of itself", () => {
  const checkpoint = new Checkpoint(
    [
      ["b", 1],
      ["a", 2],
    ],
    "torch",
    new Map([["k", "v"]]),
  );
  expect(checkpoint).toBeInstanceOf(Map);
  expect([...checkpoint]).toEqual([
    ["b", 1],
    ["a", 2],
  ]);
  expect([checkpoint.format, checkpoint.metadata.get("k"), checkpoint.root]).toEqual(["torch", "v", undefined]);
  expect(new OrderedDict([["a", 1]]).attributes.size).toBe(0);
});

it("remembers the dtype of the file for as long as the numbers stay where they are", async () => {
  const half = (await load(pathOf("dtypes.pt"))).get("float16") as Tensor;
  expect([half.dtype, fileDTypeOf(half), fileDTypeOf(half.reshape([11, 1]).detach())]).toEqual([
    "float32",
    "F16",
    "F16",
  ]);
  expect([fileDTypeOf(half.mul(2)), fileDTypeOf(tensor([true]))]).toEqual(["F32", "BOOL"]);
});

it("knows plain objects, of whatever realm", () => {
  expect(recordOf({ a: 1 })).toEqual([["a", 1]]);
  expect(recordOf(Object.assign(Object.create(null), { a: 1 }))).toEqual([["a", 1]]);
  const wide = { dtype: "I64", shape: [1], data: new BigInt64Array(1) };
  for (const other of [[], new Map(), new Date(), null, 3, wide]) expect(recordOf(other)).toBeNull();
});

it("knows keys", () => {
  expect(["a", 1, 2n, true, null].every(isKey)).toBe(true);
  expect([undefined, {}, [], Symbol("a")].some(isKey)).toBe(false);
});

it("finds the versions of modules", () => {
  const dict = new OrderedDict();
  expect([versionsOf(dict), versionsOf(new Map([["_metadata", new Map()]]))]).toEqual([undefined, undefined]);
  const versions = new Map([["", new Map([["version", 1]])]]);
  dict.attributes.set("_metadata", versions);
  expect(versionsOf(dict)).toBe(versions);
});
