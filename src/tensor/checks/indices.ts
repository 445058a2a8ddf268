/** Tensors of indices, checked number by number before a kernel trusts them. */

import { fail } from "../../base/errors.js";
import { dimension, listText, type Shape } from "../../base/shape.js";
import { elements } from "../../device/value.js";
import type { Variable } from "../autograd.js";
import { rowMajor } from "../kernels.js";
import { checkTensor } from "./operands.js";

function checkIndex(where: string, types: string, index: Variable): void {
  checkTensor(where, index, " as index");
  if (index.value.dtype !== "int32") fail("RuntimeError", `${where}: Expected dtype ${types} for index`);
}

/** The dimension of `indexSelect`, for indices into a tensor of this shape. */
export function checkIndexSelect(shape: Shape, dim: number, index: Variable): number {
  const at = dimension(dim, shape.length);
  checkIndex("index_select()", "int32 or int64", index);
  if (index.value.shape.length > 1) fail("IndexError", "index_select(): Index is supposed to be a vector");
  const size = shape[at] ?? 1;
  if (elements(rowMajor(index.value)).some((i) => i < 0 || i >= size)) fail("IndexError", "index out of range in self");
  return at;
}

/** The dimension of `gather`, for indices into a tensor of this shape. */
export function checkGather(shape: Shape, dim: number, index: Variable): number {
  const at = dimension(dim, shape.length);
  checkIndex("gather()", "int32/int64", index);
  const sizes = index.value.shape;
  if (sizes.length !== shape.length) {
    fail("RuntimeError", "Index tensor must have the same number of dimensions as input tensor");
  }
  const large = sizes.findIndex((size, d) => d !== at && size > shape[d]);
  if (large !== -1) {
    fail(
      "RuntimeError",
      `Size does not match at dimension ${large} expected index ${listText(sizes)} to be no larger than self ${listText(shape)} apart from dimension ${at}`,
    );
  }
  const length = shape[at] ?? 1;
  const wrong = elements(rowMajor(index.value)).find((i) => i < 0 || i >= length);
  if (wrong !== undefined) {
    fail("RuntimeError", `index ${wrong} is out of bounds for dimension ${at} with size ${length}`);
  }
  return at;
}
