/**
 * Bytes of a file to numbers in memory.
 *
 * Whole numbers are checked against int32; nothing is cut off or wrapped around.
 */

import { fail } from "../../base/errors.js";
import type { TypedArray } from "../../device/value.js";
import { type FileDType, fileDTypes, isWide } from "./dtypes.js";

/** What numbers of a file become. */
export type Target = TypedArray | BigInt64Array | BigUint64Array;

/** float16 to the bits of float32. */
export function widenHalf(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 31;
  const fraction = half & 0x3ff;
  if (exponent === 31) return sign | 0x7f800000 | (fraction << 13);
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // Subnormal: shift the first one out, and lower the exponent for each place.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}

/** How an error ends that says that 64 bits are needed to load the file. */
export const needsLong = 'load it with { int64: "bigint" }';

function widened(halves: Uint16Array, widen: (half: number) => number): Float32Array {
  const bits = new Int32Array(halves.length);
  for (let i = 0; i < bits.length; i++) bits[i] = widen(halves[i]);
  return new Float32Array(bits.buffer);
}

function narrowed(where: string, wide: ArrayLike<bigint | number>): Int32Array {
  const out = new Int32Array(wide.length);
  for (let i = 0; i < out.length; i++) {
    const x = Number(wide[i]);
    out[i] = x;
    if (out[i] !== x) fail("RuntimeError", `${where} holds ${wide[i]}, which int32 cannot hold; ${needsLong}`);
  }
  return out;
}

/**
 * The numbers that bytes are in a file's dtype; those that need no conversion stay in the memory of the bytes, which is
 * theirs from then on.
 * @param where how errors call the place
 * @param isLong whether whole numbers that int32 may not hold become 64 bits wide
 */
export function decode(
  where: string,
  dtype: FileDType,
  bytes: Uint8Array<ArrayBuffer>,
  order: "little" | "big" = "little",
  isLong = false,
): Target {
  const { size, array } = fileDTypes[dtype];
  const count = Math.floor(bytes.length / size);
  if (order === "big") for (let i = 0; i < bytes.length; i += size) bytes.subarray(i, i + size).reverse();
  const raw = new array(bytes.buffer, 0, count);
  if (dtype === "F16") return widened(raw as Uint16Array, widenHalf);
  if (dtype === "BF16") return widened(raw as Uint16Array, (half) => half << 16);
  if (dtype === "BOOL") return (raw as Uint8Array).map((x) => (x === 0 ? 0 : 1));
  if (dtype === "F64" || dtype === "F32" || dtype === "I32") return raw as TypedArray;
  if (!isWide(dtype)) return new Int32Array(raw as Uint8Array);
  if (!isLong) return narrowed(where, raw);
  return dtype === "U32" ? BigInt64Array.from(raw as Uint32Array, BigInt) : (raw as BigInt64Array);
}
