/** Functions of several tensors, none of which is the obvious receiver. */

import { fail, mistyped, typeName } from "../base/errors.js";
import { dimension, listText, sameShape } from "../base/shape.js";
import { scalarName } from "../device/value.js";
import { checkTensor, meeting } from "./checks/operands.js";
import * as elementwise from "./ops/elementwise.js";
import { cat as catOp } from "./ops/shape.js";
import { apply, type Operand, operand, Tensor } from "./tensor.js";

function checkList(where: string, list: readonly Tensor[]): void {
  if (!Array.isArray(list)) mistyped(`${where} expected an array of Tensors`, list);
  list.forEach((item, i) => {
    checkTensor(where, item, ` as element ${i}`);
  });
}

/** How many operands an op is given at once: they are arguments, of which an engine allows some ten thousands. */
const most = 10_000;

/**
 * Tensors side by side along `dim`; the other sizes must agree.
 * @param tensors at least one, of one dtype
 */
export function cat(tensors: readonly Tensor[], dim = 0): Tensor {
  checkList("cat()", tensors);
  if (tensors.length === 0) fail("ValueError", "torch.cat(): expected a non-empty list of Tensors");
  const bare = tensors.findIndex((part) => part.ndim === 0);
  if (bare !== -1) fail("RuntimeError", `zero-dimensional tensor (at position ${bare}) cannot be concatenated`);
  // An empty vector goes with everything, as in PyTorch: what a loop that collects may start from.
  const nothing = (part: Tensor) => part.ndim === 1 && part.numel() === 0;
  const first = tensors.find((part) => !nothing(part)) ?? tensors[0];
  const at = dimension(dim, first.ndim);
  const parts = tensors.map((part) => (nothing(part) ? part.reshape(first.shape.with(at, 0)) : part));
  parts.forEach((part, i) => {
    if (part.ndim !== first.ndim) {
      fail("RuntimeError", `Tensors must have same number of dimensions: got ${first.ndim} and ${part.ndim}`);
    }
    if (!sameShape(part.shape.with(at, 0), first.shape.with(at, 0))) {
      const wrong = part.shape.findIndex((size, d) => d !== at && size !== first.shape[d]);
      fail(
        "RuntimeError",
        `Sizes of tensors must match except in dimension ${at}. Expected size ${first.shape[wrong]} but got size ${part.shape[wrong]} for tensor number ${i} in the list.`,
      );
    }
  });
  if (parts.length <= most) return apply(catOp, at, ...parts);
  const groups = Array.from({ length: Math.ceil(parts.length / most) }, (_, i) =>
    parts.slice(i * most, (i + 1) * most),
  );
  return cat(
    groups.map((group) => apply(catOp, at, ...group)),
    at,
  );
}

/**
 * Tensors of one shape side by side along a new dimension.
 * @param tensors at least one, of one dtype
 */
export function stack(tensors: readonly Tensor[], dim = 0): Tensor {
  checkList("stack()", tensors);
  if (tensors.length === 0) fail("RuntimeError", "stack expects a non-empty TensorList");
  tensors.forEach((part, i) => {
    if (!sameShape(part.shape, tensors[0].shape)) {
      fail(
        "RuntimeError",
        `stack expects each tensor to be equal size, but got ${listText(tensors[0].shape)} at entry 0 and ${listText(part.shape)} at entry ${i}`,
      );
    }
  });
  const at = dimension(dim, tensors[0].ndim + 1);
  return cat(
    tensors.map((part) => part.unsqueeze(at)),
    at,
  );
}

/** `a` where `condition` (bool) is true, else `b`, stretched over each other. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  if (!(condition instanceof Tensor) || condition.dtype !== "bool") {
    const came =
      condition instanceof Tensor ? `a tensor with dtype ${scalarName(condition.dtype)}` : typeName(condition);
    fail("RuntimeError", `where expected condition to be a boolean tensor, but got ${came}`);
  }
  const beside = a instanceof Tensor ? a.dtype : b instanceof Tensor ? b.dtype : "float32";
  const [left, right] = [operand("where()", a, beside), operand("where()", b, beside)];
  const dtype = meeting(left, right);
  return apply(elementwise.where, condition, left.to(dtype), right.to(dtype));
}
