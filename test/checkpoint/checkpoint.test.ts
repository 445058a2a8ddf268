import { expect, it } from "vitest";
import { Checkpoint, fileDTypeOf, load, OrderedDict } from "../../src/checkpoint/index.js";
import { type Tensor, tensor } from "../../src/index.js";
import { pathOf } from "./fixtures.js";

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
