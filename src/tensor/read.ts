/** What a value's numbers are read into: arrays of the caller's and nested arrays. */

import { fail, mistyped } from "../base/errors.js";
import { isA } from "../base/realm.js";
import { type DType, elements, isFloat, scalarName, type TypedArray, Value, wrap } from "../device/value.js";
import { copy, rowMajor } from "./kernels.js";

/** Numbers (booleans for bool) nested as deeply as the shape; a plain number for a scalar. */
export type Nested = number | boolean | Nested[];

/** All elements in row-major order, in memory of their own. */
export function toArray(value: Value): TypedArray {
  return elements(copy(value));
}

/** Whether numbers of a dtype keep their meaning in an array: floats may be rounded, but never cut to whole numbers. */
function holds(out: unknown, dtype: DType): boolean {
  if (isA(out, "Float32Array") || isA(out, "Float64Array")) return true;
  return (isA(out, "Int32Array") && !isFloat(dtype)) || (isA(out, "Uint8Array") && dtype === "bool");
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

/** Where a bool value is true, counted in row-major order: an int32 vector. */
export function truePlaces(mask: Value): Value {
  const flags = elements(rowMajor(mask)) as Uint8Array;
  const places = new Int32Array(flags.reduce((sum, flag) => sum + flag, 0));
  let count = 0;
  flags.forEach((flag, i) => {
    if (flag !== 0) places[count++] = i;
  });
  return wrap("int32", places, [count]);
}

/** Places 0 … size − 1, each so many times, or as often as its own number of `times` says: an int32 vector. */
export function repeatedPlaces(size: number, times: number | Value): Value {
  if (typeof times === "number") {
    if (!Number.isInteger(times)) fail("TypeError", `repeatInterleave() expected a whole number, got: ${times}`);
    if (times < 0) fail("RuntimeError", "Repeats must be non-negative");
    const places = Int32Array.from({ length: size * times }, (_, i) => Math.floor(i / times));
    return wrap("int32", places, [places.length]);
  }
  if (!(times instanceof Value)) {
    mistyped("repeatInterleave() expected a number or a Tensor", times);
  }
  const { dtype, shape, numel } = times;
  if (dtype !== "int32") {
    fail("NotImplementedError", `"repeat_interleave_cpu" not implemented for '${scalarName(dtype)}'`);
  }
  if (shape.length > 1) fail("RuntimeError", "repeats must be 0-dim or 1-dim tensor");
  const each = elements(rowMajor(times));
  if (numel !== 1 && numel !== size) {
    fail(
      "RuntimeError",
      `repeats must have the same size as input along dim, but got repeats.size(0) = ${numel} and input.size(0) = ${size}`,
    );
  }
  if (each.some((count) => count < 0)) fail("RuntimeError", "repeats can not be negative");
  const places: number[] = [];
  for (let i = 0; i < size; i++) for (let k = 0; k < each[numel === 1 ? 0 : i]; k++) places.push(i);
  return wrap("int32", Int32Array.from(places), [places.length]);
}

/** The one element. */
export function item(value: Value): number {
  if (value.numel !== 1) fail("RuntimeError", `a Tensor with ${value.numel} elements cannot be converted to Scalar`);
  return elements(rowMajor(value))[0];
}
