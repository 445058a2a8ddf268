/** Tensors of whole numbers that int32 cannot hold. */

import { fail, shown, typeName } from "../../base/errors.js";
import { isA } from "../../base/realm.js";
import { numel, type Shape } from "../../base/shape.js";
import { Tensor } from "../../tensor/tensor.js";
import { isFileDType, isWide, type WideDType } from "./dtypes.js";

/** Whole numbers of 64 bits as they stand in the file, row-major: what `{ int64: "bigint" }` asks for. */
export interface WideTensor {
  readonly dtype: WideDType;
  readonly shape: Shape;
  /** Row-major. */
  readonly data: BigInt64Array | BigUint64Array;
}

/** @throws ValueError for what has the numbers of one, but another dtype or shape */
export function isWideTensor(value: unknown): value is WideTensor {
  if (typeof value !== "object" || value === null || value instanceof Tensor) return false;
  const { data, dtype, shape } = value as Partial<WideTensor>;
  if (!(isA(data, "BigInt64Array") || isA(data, "BigUint64Array"))) return false;
  const isRight = isA(data, dtype === "U64" ? "BigUint64Array" : "BigInt64Array");
  if (typeof dtype === "string" && isFileDType(dtype) && isWide(dtype) && isRight && Array.isArray(shape)) {
    if (numel(shape) === data.length) return true;
  }
  return fail(
    "ValueError",
    `a tensor of 64-bit whole numbers needs dtype I64 or U32 with a BigInt64Array or U64 with a BigUint64Array, and a shape of ${data.length} elements, got: ${shown(dtype)}, ${typeName(data)}, [${String(shape)}]`,
  );
}

/** Whether that is a tensor of either kind. */
export function isTensor(value: unknown): value is Tensor | WideTensor {
  return value instanceof Tensor || isWideTensor(value);
}
