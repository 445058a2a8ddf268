/** Memory for results that the kernels write whole: nobody fills it before. */

import { allocate, type DType, type FloatArray, type Shape, type TypedArray, type Value, wrap } from "elman-nn/device";
import type { Binding } from "./binding.js";

/** Bytes from which on filling takes longer than the way to memory without. */
const worthwhile = 1 << 16;

/** How many elements a shape has. */
export const count = (shape: Shape): number => shape.reduce((all, size) => all * size, 1);

/** So many elements, of any value: whoever takes them writes them all. */
function unfilled(dtype: DType, length: number): TypedArray {
  const like = allocate(dtype, 0);
  const bytes = length * like.BYTES_PER_ELEMENT;
  if (bytes < worthwhile) return allocate(dtype, length);
  try {
    // Memory of its own, that no other array shares.
    return Reflect.construct(like.constructor, [Buffer.allocUnsafeSlow(bytes).buffer]) as TypedArray;
  } catch {
    // A typed array may be longer than a buffer; where not, its error says what was asked for.
    return allocate(dtype, length);
  }
}

/** A value of any elements: whoever takes it writes them all. */
export function room(dtype: DType, shape: Shape): Value {
  return wrap(dtype, unfilled(dtype, count(shape)), shape);
}

/** So many elements of any value, the first at a multiple of 64 bytes, a line of the cache. */
export function aligned(binding: Binding, dtype: DType, length: number): FloatArray {
  const array = unfilled(dtype, length + 64 / (dtype === "float64" ? 8 : 4)) as FloatArray;
  const skip = binding.skew(array) / array.BYTES_PER_ELEMENT;
  return array.subarray(skip, skip + length);
}
