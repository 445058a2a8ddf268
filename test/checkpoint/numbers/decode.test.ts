import { describe, expect, it } from "vitest";
import { decode, type Target, widenHalf } from "../../../src/checkpoint/numbers/decode.js";
import type { FileDType } from "../../../src/checkpoint/numbers/dtypes.js";
import { little, refusal } from "../archives.js";

const raw = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);

const cases: [dtype: FileDType, from: ArrayBufferView, target: Target, expected: number[]][] = [
  ["F64", Float64Array.of(0.1, -Infinity), new Float64Array(2), [0.1, -Infinity]],
  ["F32", Float32Array.of(1.5, -2), new Float32Array(2), [1.5, -2]],
  [
    "F16",
    Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x83ff, 0x7bff),
    new Float32Array(5),
    [1, -2, 2 ** -24, -1023 / 2 ** 24, 65504],
  ],
  ["F16", Uint16Array.of(0x7c00, 0xfc00, 0x8000, 0x0400), new Float32Array(4), [Infinity, -Infinity, -0, 2 ** -14]],
  ["BF16", Uint16Array.of(0x3f80, 0xc040, 0x7f80), new Float32Array(3), [1, -3, Infinity]],
  ["I64", BigInt64Array.of(-(2n ** 31n), 2n ** 31n - 1n, -1n), new Int32Array(3), [-(2 ** 31), 2 ** 31 - 1, -1]],
  ["U64", BigUint64Array.of(0n, 2n ** 31n - 1n), new Int32Array(2), [0, 2 ** 31 - 1]],
  ["U32", Uint32Array.of(0, 2 ** 31 - 1), new Int32Array(2), [0, 2 ** 31 - 1]],
  ["I32", Int32Array.of(-5, 5), new Int32Array(2), [-5, 5]],
  ["I16", Int16Array.of(-32768, 3), new Int32Array(2), [-32768, 3]],
  ["U16", Uint16Array.of(65535, 3), new Int32Array(2), [65535, 3]],
  ["I8", Int8Array.of(-128, 3), new Int32Array(2), [-128, 3]],
  ["U8", Uint8Array.of(255, 3), new Int32Array(2), [255, 3]],
  ["BOOL", Uint8Array.of(0, 1, 2, 255), new Uint8Array(4), [0, 1, 1, 1]],
];

describe("decode", () => {
  it.each(cases)("reads %s", (dtype, from, target, expected) => {
    const numbers = decode("storage 0", dtype, raw(from));
    expect(numbers.constructor).toBe(target.constructor);
    expect([...numbers]).toEqual(expected);
  });

  it("keeps 64 bits where that is asked for", () => {
    const long = (dtype: FileDType, from: ArrayBufferView) => decode("storage 0", dtype, raw(from), "little", true);
    expect(long("I64", BigInt64Array.of(2n ** 62n, -1n))).toEqual(BigInt64Array.of(2n ** 62n, -1n));
    expect(long("U64", BigUint64Array.of(2n ** 64n - 1n))).toEqual(BigUint64Array.of(2n ** 64n - 1n));
    expect(long("U32", Uint32Array.of(2 ** 32 - 1))).toEqual(BigInt64Array.of(4294967295n));
    expect(long("I16", Int16Array.of(-5))).toEqual(Int32Array.of(-5));
  });

  it("reads big-endian numbers", () => {
    const bytes = Uint8Array.of(0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0);
    expect([...decode("storage 0", "F32", bytes, "big")]).toEqual([1, -2]);
  });

  it.each([
    ["I64", little(2n ** 31n, 8), "2147483648"],
    ["I64", little(-(2n ** 31n) - 1n, 8), "-2147483649"],
    ["U64", little(2n ** 64n - 1n, 8), "18446744073709551615"],
    ["U32", little(2n ** 31n, 4), "2147483648"],
  ] as const)("refuses %s that int32 cannot hold", async (dtype, bytes, value) => {
    const sentence = await refusal(() => decode("storage 0", dtype, Uint8Array.from(bytes)));
    expect(sentence).toBe(`storage 0 holds ${value}, which int32 cannot hold; load it with { int64: "bigint" }`);
  });
});

it("widens NaN to NaN with its sign and payload", () => {
  expect(widenHalf(0x7e01) >>> 0).toBe(0x7fc02000);
  expect(widenHalf(0xfe01) >>> 0).toBe(0xffc02000);
});
