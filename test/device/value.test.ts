import { describe, expect, it } from "vitest";
import { ElmanError, shown } from "../../src/base/errors.js";
import {
  allocate,
  checkDType,
  cName,
  type DType,
  elements,
  fresh,
  isAlone,
  isFloat,
  promote,
  scalarName,
  torchName,
  Value,
  wrap,
} from "../../src/device/value.js";

it("allocates zeros of the array that holds a dtype", () => {
  expect(allocate("float32", 2)).toEqual(new Float32Array(2));
  expect(allocate("float64", 2)).toEqual(new Float64Array(2));
  expect(allocate("int32", 2)).toEqual(new Int32Array(2));
  expect(allocate("bool", 2)).toEqual(new Uint8Array(2));
});

it("says so where there is no memory", () => {
  expect(() => allocate("float32", 1e15)).toThrow(ElmanError);
  expect(() => allocate("float32", 1e15)).toThrow("you tried to allocate 4000000000000000 bytes");
});

it("a fresh value is row-major zeros of version 0", () => {
  const x = fresh("int32", [2, 3]);
  expect([x.shape, x.strides, x.offset, x.numel, x.dtype]).toEqual([[2, 3], [3, 1], 0, 6, "int32"]);
  expect(x.storage.version).toBe(0);
  expect(elements(x)).toEqual(new Int32Array(6));
  expect(fresh("bool", []).numel).toBe(1);
});

it("wrap and at share the memory they are given", () => {
  const data = Float64Array.of(1, 2, 3, 4);
  const x = wrap("float64", data, [2, 2]);
  expect(elements(x)).toBe(data);
  const row = x.at({ shape: [2], strides: [1], offset: 2 });
  expect(row.storage).toBe(x.storage);
  elements(row)[0] = 30;
  expect([...data]).toEqual([1, 2, 30, 4]);
});

it("a value is alone in its memory where it fills it and no other does", () => {
  const x = fresh("float32", [2, 3]);
  expect([isAlone(x, []), isAlone(x, [x, null, fresh("float32", [2, 3])])]).toEqual([true, true]);
  expect(isAlone(x, [x, wrap("float32", x.storage.data, [6])])).toBe(false);
  expect(isAlone(x.at({ shape: [3], strides: [1], offset: 0 }), [])).toBe(false);
  expect(isAlone(x.at({ shape: [3, 2], strides: [1, 3], offset: 0 }), [])).toBe(false);
});

it("elements refuses what does not lie row-major", () => {
  const column = new Value(fresh("float32", [2, 2]).storage, { shape: [2], strides: [2], offset: 0 });
  expect(() => elements(column)).toThrow("elements() needs a row-major value");
});

describe("dtypes", () => {
  it("are four; anything else is refused", () => {
    expect(checkDType("f()", "bool")).toBe("bool");
    for (const wrong of ["float16", "toString", undefined, null, Symbol("float32"), ["float32"], {}]) {
      expect(() => checkDType("f()", wrong as never)).toThrow(
        `f() expected a dtype, one of float32, float64, int32, bool, got: ${shown(wrong)}`,
      );
    }
  });

  const all: DType[] = ["bool", "int32", "float32", "float64"];
  it("promote to the later of bool, int32, float32, float64", () => {
    all.forEach((a, i) => {
      all.forEach((b, j) => {
        expect(promote(a, b)).toBe(all[Math.max(i, j)]);
      });
    });
  });

  it("are floats or not, and have PyTorch's names", () => {
    expect(all.map(isFloat)).toEqual([false, false, true, true]);
    expect(all.map(torchName)).toEqual(["torch.bool", "torch.int32", "torch.float32", "torch.float64"]);
    expect(all.map(scalarName)).toEqual(["Bool", "Int", "Float", "Double"]);
    expect(all.map(cName)).toEqual(["bool", "int", "float", "double"]);
  });
});
