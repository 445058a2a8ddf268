import { expect, it } from "vitest";
import { rememberOrigin } from "../../src/checkpoint/numbers/dtypes.js";
import { checkSaveOptions, isWideTensor, recordOf, savedDType } from "../../src/checkpoint/saving.js";
import { tensor } from "../../src/index.js";
import { refusal } from "./archives.js";

it("chooses the dtype of a storage", () => {
  const { storage } = tensor([1]).value;
  const whole = tensor(Int32Array.of(1)).value.storage;
  rememberOrigin(storage, "BF16");
  rememberOrigin(whole, "I64");
  const choices = (["original", "memory", "F16"] as const).map((asked) => [
    savedDType(storage, asked),
    savedDType(whole, asked),
  ]);
  expect(choices).toEqual([
    ["BF16", "I64"],
    ["F32", "I32"],
    ["F16", "I64"],
  ]);
});

it("knows plain objects, of whatever realm", () => {
  expect(recordOf({ a: 1 })).toEqual([["a", 1]]);
  expect(recordOf(Object.assign(Object.create(null), { a: 1 }))).toEqual([["a", 1]]);
  const wide = { dtype: "I64", shape: [1], data: new BigInt64Array(1) };
  for (const other of [[], new Map(), new Date(), null, 3, wide]) expect(recordOf(other)).toBeNull();
});

it("knows tensors of 64-bit numbers, and what only looks like one", async () => {
  expect(isWideTensor({ dtype: "U64", shape: [2], data: new BigUint64Array(2) })).toBe(true);
  expect(isWideTensor({ dtype: "U32", shape: [], data: new BigInt64Array(1) })).toBe(true);
  expect(isWideTensor({ data: [1] })).toBe(false);
  expect(await refusal(() => isWideTensor({ dtype: "U64", shape: [1], data: new BigInt64Array(1) }))).toContain(
    "U64 with a BigUint64Array",
  );
  expect(await refusal(() => isWideTensor({ dtype: "F32", shape: [1], data: new BigInt64Array(1) }))).toContain(
    "got: F32",
  );
});

it("checks its options", async () => {
  expect(checkSaveOptions("f()", {})).toBe("original");
  expect(await refusal(() => checkSaveOptions("f()", { dtype: "float16" as never }))).toContain("got: float16");
});
