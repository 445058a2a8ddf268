/**
 * Memory and what lies in it: a Value is a View of a Storage. It knows nothing of gradients or of how to compute.
 *
 * A storage is an ordinary typed array that the engine collects; whoever writes into one bumps its version, so that
 * saved values and packed copies can tell that they have grown old.
 */

import { fail, shown } from "../base/errors.js";
import { freshView, isRowMajor, numel, type Shape, type View } from "../base/shape.js";

/** float32 is the default; int32 holds indices and counts; bool holds 0 and 1. */
export type DType = "float32" | "float64" | "int32" | "bool";
/** The dtypes that can have gradients. */
export type FloatDType = "float32" | "float64";
/** What a tensor's numbers are read into and out of. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;
/** What float dtypes lie in. */
export type FloatArray = Float32Array | Float64Array;

/** A typed array, its dtype, and how often it was written since it was made. */
export interface Storage {
  readonly dtype: DType;
  /** The memory. */
  readonly data: TypedArray;
  /** Grows with each write, so that what was computed of the numbers before is known to be old. */
  version: number;
  /** What a file calls its dtype, where that is another: `I64` of whole numbers that PyTorch has in 64 bits. */
  fileDType: string | null;
  /** What structured cloning, which knows no classes, fails at: it says what to send instead. */
  readonly unsendable: symbol;
}

const unsendable = Symbol("a Tensor: send the bytes of encodeSafetensors(), which loadSafetensors() reads,");

export class Value implements View {
  readonly shape: Shape;
  /** How far apart neighbours along each dimension lie, in elements. */
  readonly strides: Shape;
  /** Where the first element lies, in elements. */
  readonly offset: number;

  /**
   * @param storage the memory
   * @param view which elements of it, in which order
   */
  constructor(
    /** The memory that it is a view of. */
    readonly storage: Storage,
    view: View,
  ) {
    this.shape = view.shape;
    this.strides = view.strides;
    this.offset = view.offset;
  }

  /** What kind of numbers. */
  get dtype(): DType {
    return this.storage.dtype;
  }

  /** How many elements. */
  get numel(): number {
    return numel(this.shape);
  }

  /** Another view of the same storage. */
  at(view: View): Value {
    return new Value(this.storage, view);
  }
}

const arrays = { float32: Float32Array, float64: Float64Array, int32: Int32Array, bool: Uint8Array };

/** Refuses what is no dtype. */
export function checkDType(where: string, dtype: DType): DType {
  if (typeof dtype !== "string" || !Object.hasOwn(arrays, dtype)) {
    fail("TypeError", `${where} expected a dtype, one of ${Object.keys(arrays).join(", ")}, got: ${shown(dtype)}`);
  }
  return dtype;
}

/** Memory for `count` elements, all of them 0. */
export function allocate(dtype: DType, count: number): TypedArray {
  const array = arrays[dtype];
  try {
    return new array(count);
  } catch {
    const bytes = count * array.BYTES_PER_ELEMENT;
    return fail("RuntimeError", `can't allocate memory: you tried to allocate ${bytes} bytes.`);
  }
}

export function isFloat(dtype: DType): dtype is FloatDType {
  return dtype === "float32" || dtype === "float64";
}

/** Zeros of a shape, row-major, in memory of their own. */
export function fresh(dtype: DType, shape: Shape): Value {
  return wrap(dtype, allocate(dtype, numel(shape)), shape);
}

/** A value over `data` itself, row-major. */
export function wrap(dtype: DType, data: TypedArray, shape: Shape): Value {
  return new Value({ dtype, data, version: 0, fileDType: null, unsendable }, freshView(shape));
}

/** The elements of a row-major value, in order and in place: writing into them writes into the value. */
export function elements(value: Value): TypedArray {
  const { data } = value.storage;
  if (!isRowMajor(value)) throw new TypeError("elements() needs a row-major value");
  return value.offset === 0 && data.length === value.numel
    ? data
    : data.subarray(value.offset, value.offset + value.numel);
}

/** Whether a value is all of its memory, in order, and no more than one of `others` lies there: itself. */
export function isAlone(value: Value, others: readonly unknown[]): boolean {
  const { data } = value.storage;
  let times = 0;
  for (const other of others) if (other instanceof Value && other.storage.data === data) times++;
  return times <= 1 && data.length === value.numel && isRowMajor(value);
}

const rank: Record<DType, number> = { bool: 0, int32: 1, float32: 2, float64: 3 };

/** The dtype in which two operands meet. */
export function promote(a: DType, b: DType): DType {
  return rank[a] >= rank[b] ? a : b;
}

const torchNames: Record<DType, [dtype: string, scalar: string, c: string]> = {
  float32: ["torch.float32", "Float", "float"],
  float64: ["torch.float64", "Double", "double"],
  int32: ["torch.int32", "Int", "int"],
  bool: ["torch.bool", "Bool", "bool"],
};

/** PyTorch's name of a dtype, as its messages print it: `torch.float32`. */
export function torchName(dtype: DType): string {
  return torchNames[dtype][0];
}

/** PyTorch's name of a scalar type, as its messages print it: `Float`. */
export function scalarName(dtype: DType): string {
  return torchNames[dtype][1];
}

/** C's name of a dtype, as PyTorch's messages print it: `float`. */
export function cName(dtype: DType): string {
  return torchNames[dtype][2];
}
