import { describe, expect, it } from "vitest";
import { decoder, type Target, widenHalf } from "../../../src/checkpoint/numbers/decode.js";
import type { FileDType } from "../../../src/checkpoint/numbers/dtypes.js";
import { little, refusal } from "../archives.js";

/** The numbers that bytes give, poured in portions of `step` bytes. */
function decoded<T extends Target>(dtype: FileDType, bytes: Uint8Array, target: T, step: number, order?: "big"): T {
  const sink = decoder("storage 0", dtype, target, order);
  for (let i = 0; i < bytes.length; i += step) sink(bytes.subarray(i, i + step));
  return target;
}

const raw = (array: ArrayBufferView) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

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

describe("decoder", () => {
  it.each(cases)("reads %s, however it is cut", (dtype, from, target, expected) => {
    for (const step of [1, 3, 8, 1000]) {
      target.fill(0 as never);
      expect([...decoded(dtype, raw(from), target, step)]).toEqual(expected);
    }
  });

  it("keeps 64 bits where that is asked for", () => {
    const wide = BigInt64Array.of(2n ** 62n, -1n);
    expect(decoded("I64", raw(wide), new BigInt64Array(2), 5)).toEqual(wide);
    const unsigned = BigUint64Array.of(2n ** 64n - 1n);
    expect(decoded("U64", raw(unsigned), new BigUint64Array(1), 5)).toEqual(unsigned);
    expect([...decoded("U32", raw(Uint32Array.of(2 ** 32 - 1)), new BigInt64Array(1), 2)]).toEqual([4294967295n]);
  });

  it("reads big-endian numbers", () => {
    const bytes = Uint8Array.of(0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0);
    expect([...decoded("F32", bytes, new Float32Array(2), 3, "big")]).toEqual([1, -2]);
  });

  it("reads more than fits in its scratch memory", () => {
    const many = Float32Array.from({ length: 50_000 }, (_, i) => i);
    expect(decoded("F32", raw(many), new Float32Array(50_000), 77_777)).toEqual(many);
  });

  it.each([
    ["I64", little(2n ** 31n, 8), "2147483648"],
    ["I64", little(-(2n ** 31n) - 1n, 8), "-2147483649"],
    ["U64", little(2n ** 64n - 1n, 8), "18446744073709551615"],
    ["U32", little(2n ** 31n, 4), "2147483648"],
  ] as const)("refuses %s that int32 cannot hold", async (dtype, bytes, value) => {
    const sentence = await refusal(() => decoded(dtype, Uint8Array.from(bytes), new Int32Array(1), 8));
    expect(sentence).toBe(`storage 0 holds ${value}, which int32 cannot hold; load it with { int64: "bigint" }`);
  });
});

it("widens NaN to NaN with its sign and payload", () => {
  expect(widenHalf(0x7e01) >>> 0).toBe(0x7fc02000);
  expect(widenHalf(0xfe01) >>> 0).toBe(0xffc02000);
});
