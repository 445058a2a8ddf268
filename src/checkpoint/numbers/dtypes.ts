/**
 * The one table of dtypes: what a file calls them, how wide they are, and what they become in memory.
 *
 * Half-precision floats widen to float32, whole numbers become int32 or are refused, and on saving everything goes back
 * to what it was. Numbers in files are little-endian unless a file says otherwise; so is every engine this runs on.
 */

import { type DType, isFloat, type Storage, type TypedArray } from "../../device/value.js";
import type { Tensor } from "../../tensor/tensor.js";

/** Whole numbers that int32 may not hold. */
export type WideDType = "I64" | "U64" | "U32";

/** Numbers as files have them: floats of 16 bits as whole numbers, bools as bytes. */
type FileArray = TypedArray | BigInt64Array | BigUint64Array | Uint32Array | Int16Array | Uint16Array | Int8Array;

export interface FileFormat {
  /** Bytes an element. */
  readonly size: number;
  /** What its bytes are read and written as. */
  readonly array: {
    new (count: number): FileArray;
    new (buffer: ArrayBuffer, begin: number, count: number): FileArray;
  };
  /** What it becomes. */
  readonly dtype: DType;
  /** PyTorch's name: `torch.float16`. */
  readonly torch: string;
  /** PyTorch's class of storages; null for dtypes that came after those classes. */
  readonly storage: string | null;
}

/** Under their names in safetensors. */
const table = {
  F64: { size: 8, array: Float64Array, dtype: "float64", torch: "float64", storage: "DoubleStorage" },
  F32: { size: 4, array: Float32Array, dtype: "float32", torch: "float32", storage: "FloatStorage" },
  F16: { size: 2, array: Uint16Array, dtype: "float32", torch: "float16", storage: "HalfStorage" },
  BF16: { size: 2, array: Uint16Array, dtype: "float32", torch: "bfloat16", storage: "BFloat16Storage" },
  I64: { size: 8, array: BigInt64Array, dtype: "int32", torch: "int64", storage: "LongStorage" },
  I32: { size: 4, array: Int32Array, dtype: "int32", torch: "int32", storage: "IntStorage" },
  I16: { size: 2, array: Int16Array, dtype: "int32", torch: "int16", storage: "ShortStorage" },
  I8: { size: 1, array: Int8Array, dtype: "int32", torch: "int8", storage: "CharStorage" },
  U64: { size: 8, array: BigUint64Array, dtype: "int32", torch: "uint64", storage: null },
  U32: { size: 4, array: Uint32Array, dtype: "int32", torch: "uint32", storage: null },
  U16: { size: 2, array: Uint16Array, dtype: "int32", torch: "uint16", storage: null },
  U8: { size: 1, array: Uint8Array, dtype: "int32", torch: "uint8", storage: "ByteStorage" },
  BOOL: { size: 1, array: Uint8Array, dtype: "bool", torch: "bool", storage: "BoolStorage" },
} as const satisfies Readonly<Record<string, FileFormat>>;

/** The dtypes of files. */
export type FileDType = keyof typeof table;

export const fileDTypes: Readonly<Record<FileDType, FileFormat>> = table;

export function isFileDType(name: string): name is FileDType {
  return Object.hasOwn(fileDTypes, name);
}

/** Whether int32 may be too narrow for it. */
export function isWide(dtype: FileDType): dtype is WideDType {
  return dtype === "I64" || dtype === "U64" || dtype === "U32";
}

const natural: Record<DType, FileDType> = { float32: "F32", float64: "F64", int32: "I32", bool: "BOOL" };

export function rememberOrigin(storage: Storage, dtype: FileDType): void {
  if (dtype !== natural[storage.dtype]) storage.fileDType = dtype;
}

/**
 * The dtype that a tensor had in the file it was loaded from, and gets again when it is saved: `F16` for a float32
 * tensor whose numbers were stored as float16, `I64` also for the batches that a BatchNorm has counted. Of any other
 * tensor its own.
 */
export function fileDTypeOf(tensor: Tensor): FileDType {
  return savedDType(tensor.value.storage, "original");
}

/** The dtypes that may be asked for when tensors are saved. */
export const savedDTypes = ["original", "memory", "F64", "F32", "F16", "BF16"] as const;

export type SavedDType = (typeof savedDTypes)[number];

/** The dtype in which a storage goes to the file: a float dtype that is asked for leaves whole numbers alone. */
export function savedDType(storage: Storage, asked: SavedDType): FileDType {
  if (asked !== "original" && asked !== "memory" && isFloat(storage.dtype)) return asked;
  return (asked === "memory" ? null : (storage.fileDType as FileDType | null)) ?? natural[storage.dtype];
}
