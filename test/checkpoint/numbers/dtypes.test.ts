import { expect, it } from "vitest";
import {
  fileDTypeOf,
  fileDTypes,
  isFileDType,
  isWide,
  rememberOrigin,
  savedDType,
} from "../../../src/checkpoint/numbers/dtypes.js";
import { zeros } from "../../../src/index.js";

it("knows what each dtype becomes", () => {
  expect(Object.entries(fileDTypes).map(([name, { size, dtype }]) => `${name} ${size} ${dtype}`)).toEqual([
    "F64 8 float64",
    "F32 4 float32",
    "F16 2 float32",
    "BF16 2 float32",
    "I64 8 int32",
    "I32 4 int32",
    "I16 2 int32",
    "I8 1 int32",
    "U64 8 int32",
    "U32 4 int32",
    "U16 2 int32",
    "U8 1 int32",
    "BOOL 1 bool",
  ]);
  expect(Object.keys(fileDTypes).filter((name) => isFileDType(name) && isWide(name))).toEqual(["I64", "U64", "U32"]);
  expect([isFileDType("F8_E4M3"), isFileDType("toString")]).toEqual([false, false]);
});

it("remembers what a storage was, also for views of it", () => {
  const x = zeros([2, 3]);
  expect(fileDTypeOf(x)).toBe("F32");
  rememberOrigin(x.value.storage, "BF16");
  expect(fileDTypeOf(x.t().detach())).toBe("BF16");
  expect(fileDTypeOf(x.clone())).toBe("F32");
  expect(fileDTypeOf(zeros([1], { dtype: "int32" }))).toBe("I32");
});

it("chooses the dtype in which a storage is saved", () => {
  const { storage } = zeros([1]).value;
  const whole = zeros([1], { dtype: "int32" }).value.storage;
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
