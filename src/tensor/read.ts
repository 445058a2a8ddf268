/** What a value's numbers are read into: arrays of the caller's and nested arrays. */

import { fail, mistyped } from "../base/errors.js";
import { type DType, elements, isFloat, type TypedArray, type Value } from "../device/value.js";
import { copy, rowMajor } from "./kernels.js";

/** Numbers (booleans for bool) nested as deeply as the shape; a plain number for a scalar. */
export type Nested = number | boolean | Nested[];

/** All elements in row-major order, in memory of their own. */
export function toArray(value: Value): TypedArray {
  return elements(copy(value));
}

/** Whether numbers of a dtype keep their meaning in an array: floats may be rounded, but never cut to whole numbers. */
function holds(out: unknown, dtype: DType): boolean {
  if (out instanceof Float32Array || out instanceof Float64Array) return true;
  return (out instanceof Int32Array && !isFloat(dtype)) || (out instanceof Uint8Array && dtype === "bool");
}

/** Writes all elements in row-major order into `out`. */
export function copyTo<A extends TypedArray>(value: Value, out: A): A {
  if (!holds(out, value.dtype)) mistyped(`copyTo() expected an array that can hold ${value.dtype}`, out);
  if (out.length !== value.numel) {
    fail("ValueError", `copyTo() expected an array of ${value.numel} elements, got: ${out.length}`);
  }
  out.set(elements(rowMajor(value)));
  return out;
}

/** The elements as nested arrays. */
export function toNested(value: Value): Nested {
  const { shape, dtype } = value;
  const counts = [1];
  for (const size of shape) counts.push(counts[counts.length - 1] * size);
  let level: Nested[] = Array.from(elements(rowMajor(value)), (x) => (dtype === "bool" ? x !== 0 : x));
  // From the innermost dimension outwards: no recursion, however many there are.
  for (let d = shape.length - 1; d >= 0; d--) {
    const inner = level;
    level = Array.from({ length: counts[d] }, (_, i) => inner.slice(i * shape[d], (i + 1) * shape[d]));
  }
  return level[0];
}

/** The one element. */
export function item(value: Value): number {
  if (value.numel !== 1) fail("RuntimeError", `a Tensor with ${value.numel} elements cannot be converted to Scalar`);
  return elements(rowMajor(value))[0];
}
