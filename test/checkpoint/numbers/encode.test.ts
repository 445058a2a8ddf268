import { describe, expect, it } from "vitest";
import { joined } from "../../../src/checkpoint/bytes/file.js";
import { type Target, widenHalf } from "../../../src/checkpoint/numbers/decode.js";
import type { FileDType } from "../../../src/checkpoint/numbers/dtypes.js";
import { encodeNumbers, narrowBrain, narrowHalf } from "../../../src/checkpoint/numbers/encode.js";
import { refusal } from "../archives.js";

const encoded = (data: Target, dtype: FileDType) => joined(encodeNumbers("storage 0", data, dtype)).buffer;
const half = (x: number) => new Uint16Array(encoded(Float32Array.of(x), "F16"))[0];
const brain = (x: number) => new Uint16Array(encoded(Float32Array.of(x), "BF16"))[0];

describe("halves", () => {
  it("come back from float32 as they were, every one", () => {
    const strays = Array.from({ length: 65536 }, (_, i) => i).filter(
      (i) => narrowHalf(widenHalf(i)) !== i || narrowBrain(i << 16) !== i,
    );
    expect(strays).toEqual([]);
  });

  it("are the nearest, ties to even", () => {
    expect([half(1), half(1 + 2 ** -11), half(1 + 3 * 2 ** -11), half(1 + 2 ** -11 + 2 ** -20)]).toEqual([
      0x3c00, 0x3c00, 0x3c02, 0x3c01,
    ]);
    expect([half(65504), half(-65519.99), half(Infinity), half(-Infinity)]).toEqual([0x7bff, 0xfbff, 0x7c00, 0xfc00]);
    expect([half(2 ** -24), half(2 ** -25), half(2 ** -25 * 1.01), half(3 * 2 ** -25), half(-1e-30)]).toEqual([
      1, 0, 1, 2, 0x8000,
    ]);
    expect([brain(1), brain(1 + 2 ** -8), brain(1 + 3 * 2 ** -8), brain(3.39e38), brain(-Infinity)]).toEqual([
      0x3f80, 0x3f80, 0x3f82, 0x7f7f, 0xff80,
    ]);
    expect([half(NaN) & 0x7fff, brain(NaN) & 0x7fff]).toEqual([0x7e00, 0x7fc0]);
    expect([narrowHalf(0x7f800001), narrowBrain(0x7f800001)]).toEqual([0x7e00, 0x7fc0]);
  });
});

describe("encodeNumbers", () => {
  it("writes every dtype", () => {
    const wide = BigInt64Array.of(2n ** 62n);
    expect([...new Float64Array(encoded(Float32Array.of(1.5), "F64"))]).toEqual([1.5]);
    expect([...new Float32Array(encoded(Float64Array.of(0.1), "F32"))]).toEqual([Math.fround(0.1)]);
    expect([...new Float32Array(encoded(Float64Array.of(NaN, -Infinity), "F32"))]).toEqual([NaN, -Infinity]);
    expect([...new Uint16Array(encoded(Float64Array.of(-2), "F16"))]).toEqual([0xc000]);
    expect([...new BigInt64Array(encoded(Int32Array.of(-1), "I64"))]).toEqual([-1n]);
    expect([...new BigInt64Array(encoded(wide, "I64"))]).toEqual([2n ** 62n]);
    expect([...new BigUint64Array(encoded(Int32Array.of(7), "U64"))]).toEqual([7n]);
    expect([...new BigUint64Array(encoded(BigUint64Array.of(2n ** 64n - 1n), "U64"))]).toEqual([2n ** 64n - 1n]);
    expect([...new Uint32Array(encoded(BigInt64Array.of(2n ** 32n - 1n), "U32"))]).toEqual([2 ** 32 - 1]);
    expect([...new Int32Array(encoded(Int32Array.of(-9), "I32"))]).toEqual([-9]);
    expect([...new Int16Array(encoded(Int32Array.of(-32768), "I16"))]).toEqual([-32768]);
    expect([...new Uint16Array(encoded(Int32Array.of(65535), "U16"))]).toEqual([65535]);
    expect([...new Int8Array(encoded(Int32Array.of(-128), "I8"))]).toEqual([-128]);
    expect([...new Uint8Array(encoded(Int32Array.of(255), "U8"))]).toEqual([255]);
    expect([...new Uint8Array(encoded(Uint8Array.of(0, 1), "BOOL"))]).toEqual([0, 1]);
  });

  it.each([
    ["U8", Int32Array.of(256), "256"],
    ["I8", Int32Array.of(-129), "-129"],
    ["U16", Int32Array.of(-1), "-1"],
    ["I16", Int32Array.of(32768), "32768"],
    ["U32", BigInt64Array.of(2n ** 32n), "4294967296"],
    ["U64", Int32Array.of(-1), "-1"],
    ["F16", Float32Array.of(Infinity, 1, 65520), "65520"],
    ["F16", Float32Array.of(-1e9), "-1000000000"],
    ["F16", Float64Array.of(1e300), "1e+300"],
    ["BF16", Float64Array.of(-3.4e38), "-3.4e+38"],
    ["F32", Float64Array.of(NaN, Infinity, 1e39), "1e+39"],
  ] as const)("refuses what %s cannot hold", async (dtype, data, value) => {
    expect(await refusal(() => encoded(data, dtype))).toBe(`storage 0 holds ${value}, which ${dtype} cannot hold`);
  });
});
