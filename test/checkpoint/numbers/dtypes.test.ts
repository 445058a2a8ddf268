import { expect, it } from "vitest";
import {
  fileDTypes,
  isFileDType,
  isWide,
  naturalOf,
  originOf,
  rememberOrigin,
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
  expect(originOf(x.value.storage)).toBe("F32");
  rememberOrigin(x.value.storage, "BF16");
  expect(originOf(x.t().detach().value.storage)).toBe("BF16");
  expect(naturalOf(x.value.storage)).toBe("F32");
  expect(originOf(x.clone().value.storage)).toBe("F32");
  expect(originOf(zeros([1], { dtype: "int32" }).value.storage)).toBe("I32");
});
