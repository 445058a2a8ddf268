/**
 * Bytes of a file to numbers in memory, as they come: parts of any length, at no more cost than the numbers themselves.
 *
 * Whole numbers are checked against int32; nothing is cut off or wrapped around.
 */

import { ElmanError } from "../../base/errors.js";
import type { TypedArray } from "../../device/value.js";
import type { Sink } from "../bytes/source.js";
import { type FileDType, fileDTypes } from "./dtypes.js";

/** What numbers of a file are read into. */
export type Target = TypedArray | BigInt64Array | BigUint64Array;

/** Writes the elements in `bytes` to `target` from `at` on. */
type Decode = (bytes: Uint8Array<ArrayBuffer>, count: number, target: Target, at: number, where: string) => void;

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

const errors = new WeakSet<object>();

/** Whether an error says that `{ int64: "bigint" }` is needed to load the file. */
export const isTooWide = (error: unknown): boolean => errors.has(error as object);

function tooWide(where: string, value: bigint): never {
  const sentence = `${where} holds ${value}, which int32 cannot hold; load it with { int64: "bigint" }`;
  const error = new ElmanError("RuntimeError", sentence);
  errors.add(error);
  throw error;
}

/** Pairs of 32 bits that fit into the lower one, with its sign or without. */
function narrow(isSigned: boolean): Decode {
  return (bytes, count, target, at, where) => {
    const halves = new Int32Array(bytes.buffer, 0, 2 * count);
    for (let i = 0; i < count; i++) {
      const low = halves[2 * i];
      const high = halves[2 * i + 1];
      if (isSigned ? high !== low >> 31 : high !== 0 || low < 0) {
        const Whole = isSigned ? BigInt64Array : BigUint64Array;
        tooWide(where, new Whole(bytes.buffer, 8 * i, 1)[0]);
      }
      target[at + i] = low;
    }
  };
}

type Reader = new (buffer: ArrayBuffer, begin: number, count: number) => ArrayLike<number> & { length: number };

function plain(Numbers: Reader): Decode {
  return (bytes, count, target, at) => {
    (target as TypedArray).set(new Numbers(bytes.buffer, 0, count), at);
  };
}

function bits(widen: (half: number) => number): Decode {
  return (bytes, count, target, at) => {
    const from = new Uint16Array(bytes.buffer, 0, count);
    const to = new Int32Array(target.buffer, target.byteOffset + 4 * at, count);
    for (let i = 0; i < count; i++) to[i] = widen(from[i]);
  };
}

const decoders: Record<FileDType, Decode> = {
  F64: plain(Float64Array),
  F32: plain(Float32Array),
  F16: bits(widenHalf),
  BF16: bits((half) => half << 16),
  I64: narrow(true),
  I32: plain(Int32Array),
  I16: plain(Int16Array),
  I8: plain(Int8Array),
  U64: narrow(false),
  U32: (bytes, count, target, at, where) => {
    const from = new Uint32Array(bytes.buffer, 0, count);
    for (let i = 0; i < count; i++) {
      if (from[i] > 0x7fffffff) tooWide(where, BigInt(from[i]));
      target[at + i] = from[i];
    }
  },
  U16: plain(Uint16Array),
  U8: plain(Uint8Array),
  BOOL: (bytes, count, target, at) => {
    for (let i = 0; i < count; i++) target[at + i] = bytes[i] === 0 ? 0 : 1;
  },
};

const wide: Partial<Record<FileDType, Decode>> = {
  I64: (bytes, count, target, at) => (target as BigInt64Array).set(new BigInt64Array(bytes.buffer, 0, count), at),
  U64: (bytes, count, target, at) => (target as BigUint64Array).set(new BigUint64Array(bytes.buffer, 0, count), at),
  U32: (bytes, count, target, at) => {
    const from = new Uint32Array(bytes.buffer, 0, count);
    for (let i = 0; i < count; i++) target[at + i] = BigInt(from[i]);
  },
};

/** Each element's bytes the other way round. */
function swap(bytes: Uint8Array, size: number): void {
  for (let i = 0; i < bytes.length; i += size) bytes.subarray(i, i + size).reverse();
}

/**
 * A sink for the bytes of `target.length` elements of a dtype.
 * @param where how errors call the place
 */
export function decoder(where: string, dtype: FileDType, target: Target, order: "little" | "big" = "little"): Sink {
  const { size } = fileDTypes[dtype];
  const isBig = target instanceof BigInt64Array || target instanceof BigUint64Array;
  const decode = (isBig ? wide[dtype] : undefined) ?? decoders[dtype];
  const scratch = new Uint8Array(Math.min(1 << 16, Math.max(target.length, 1) * size));
  let held = 0;
  let at = 0;
  return (part) => {
    for (let from = 0; from < part.length; ) {
      const taken = Math.min(scratch.length - held, part.length - from);
      scratch.set(part.subarray(from, from + taken), held);
      held += taken;
      from += taken;
      const left = (target.length - at) * size;
      if (held < Math.min(scratch.length, left)) continue;
      const count = held / size;
      if (order === "big") swap(scratch.subarray(0, held), size);
      decode(scratch, count, target, at, where);
      at += count;
      held = 0;
    }
  };
}
