/** What functions and layers ask of their arguments at the door, in PyTorch's words. Nothing here computes. */

import { fail, isIterable, mistyped, shown, typed, typeName } from "../base/errors.js";
import { listText } from "../base/shape.js";
import { type DType, isFloat, scalarName } from "../device/value.js";
import { Tensor } from "../tensor/tensor.js";

/** Refuses an argument that is not of the type that PyTorch names; `position` counts the arguments of `where` from 1. */
export function checkArgument(
  fits: boolean,
  where: string,
  name: string,
  position: number,
  type: string,
  value: unknown,
): asserts fits {
  if (fits) return;
  fail("TypeError", `${where}: argument '${name}' (position ${position}) must be ${type}, not ${typeName(value)}`);
}

/** Where floats stand in the place of whole numbers: PyTorch's `tensor([1, 2])` is int64, the one here float32. */
export const howToInt = 'Whole numbers are written tensor([1, 2], { dtype: "int32" })';

/** Refuses what is no tensor. */
export function checkTensor(where: string, name: string, position: number, value: unknown): asserts value is Tensor {
  checkArgument(value instanceof Tensor, where, name, position, "Tensor", value);
}

/** Refuses whole numbers and bools where only real ones make sense; `kernel` is PyTorch's name for what would run. */
export function checkFloat(kernel: string, { dtype }: { dtype: DType }): void {
  if (!isFloat(dtype)) fail("NotImplementedError", `"${kernel}" not implemented for '${scalarName(dtype)}'`);
}

/** Refuses operands of a product that differ in their dtypes. */
export function checkSameDType(left: DType, right: DType): void {
  if (left === right) return;
  fail("RuntimeError", `mat1 and mat2 must have the same dtype, but got ${scalarName(left)} and ${scalarName(right)}`);
}

/** Refuses what is no number; `name` is the argument's in PyTorch. */
export function checkNumber(where: string, name: string, value: unknown): void {
  if (typeof value !== "number") mistyped(`${where} expected ${name} as a number`, value);
}

/** Refuses what is no probability. */
export function checkProbability(p: number): void {
  typed("p", p, "float");
  if (!(p >= 0 && p <= 1)) fail("ValueError", `dropout probability has to be between 0 and 1, but got ${shown(p)}`);
}

/** Sizes of a module, which are also the shape of its weight: whole numbers, none negative. */
export function checkSizes(sizes: Readonly<Record<string, number>>): void {
  for (const [name, size] of Object.entries(sizes)) {
    typed(name, size, "int");
  }
  const list = Object.values(sizes);
  const negative = list.find((size) => size < 0);
  if (negative !== undefined) {
    fail("RuntimeError", `Trying to create tensor with negative dimension ${negative}: ${listText(list)}`);
  }
}

/** The padding row of a table counted from the front, or null. */
export function paddingRow(paddingIdx: number | null, rows: number): number | null {
  if (paddingIdx === null) return null;
  if (typeof paddingIdx !== "number") typed("padding_idx", paddingIdx, "int");
  if (!Number.isInteger(paddingIdx) || paddingIdx >= rows || paddingIdx < -rows) {
    fail("ValueError", "Padding_idx must be within num_embeddings");
  }
  return paddingIdx < 0 ? paddingIdx + rows : paddingIdx;
}

/** The items of what a caller gives as several; a tensor alone counts as one. */
export function listOf<T>(where: string, items: Iterable<T> | T): T[] {
  if (items instanceof Tensor) return [items];
  if (!isIterable<T>(items)) fail("TypeError", `${where} expected an iterable, but got ${typeName(items)}`);
  return [...items];
}
