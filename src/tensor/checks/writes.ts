/** What may be written where: in place, and as a gradient. */

import { checkOptions, fail, mistyped, warn } from "../../base/errors.js";
import { checkKept, isRowMajor, listText, type Shape, sameShape } from "../../base/shape.js";
import { type DType, isFloat, scalarName, type Value } from "../../device/value.js";
import { checkCreation, isGradEnabled, type Variable } from "../autograd.js";
import { convert, reshape, scalar } from "../kernels.js";
import { checkTensor } from "./operands.js";

/** Refuses what would make gradients wrong: writing over a leaf that wants its gradient, or where no account is kept. */
export function checkHistory(target: Variable, source: Variable | null): void {
  const { base } = target;
  if (!isGradEnabled() || !(base?.tracked || source?.tracked || target.tracked)) return;
  checkCreation(target);
  if (target.tracked && (base ?? target).node === null) {
    const what = base === null ? "a leaf" : "a view of a leaf";
    fail("RuntimeError", `${what} Variable that requires grad is being used in an in-place operation.`);
  }
}

/** Whether elements may share memory: a stride does not lead out of what those below it reach over. */
function overlaps({ shape, strides }: Value): boolean {
  let reach = 0;
  const dims = [...shape.keys()].filter((i) => shape[i] > 1).sort((i, j) => strides[i] - strides[j]);
  return dims.some((i) => {
    const within = strides[i] <= reach;
    reach += (shape[i] - 1) * strides[i];
    return within;
  });
}

/** Refuses to write a result of `shape` over `target`: every element needs memory of its own, and the shape stays. */
export function checkRoom(target: Value, shape: Shape): void {
  if (!isRowMajor(target) && overlaps(target)) {
    fail(
      "RuntimeError",
      "unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please clone() the tensor before performing the operation.",
    );
  }
  checkKept(target.shape, shape);
}

/** Refuses to write a result of one dtype over another that would lose more than digits. */
export function checkCast(from: DType, to: DType): void {
  if (from === to || (isFloat(from) ? isFloat(to) : to !== "bool")) return;
  fail("RuntimeError", `result type ${scalarName(from)} can't be cast to the desired output type ${scalarName(to)}`);
}

/** Checks the arguments of a random draw. */
export function checkDraw(where: string, numbers: Record<string, unknown>, options: object): void {
  for (const [name, x] of Object.entries(numbers)) {
    if (typeof x !== "number") mistyped(`${where} expected ${name} as a number`, x);
  }
  checkOptions(where, options, ["generator"]);
}

/** Refuses to want gradients, or not to want them, where that has no meaning. */
export function checkRequiresGrad(target: Variable, wanted: unknown): void {
  if (typeof wanted !== "boolean") fail("RuntimeError", "requires_grad must be a bool");
  if (target.node !== null && !wanted) {
    fail(
      "RuntimeError",
      "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a subgraph that doesn't require differentiation use var_no_grad = var.detach().",
    );
  }
  if (wanted && !isFloat(target.value.dtype)) {
    fail("RuntimeError", "only Tensors of floating point dtype can require gradients");
  }
}

/** Refuses what cannot be the gradient of a value. */
export function checkGrad(of: Value, grad: Variable): void {
  checkTensor("grad", grad, " or null");
  const { shape } = grad.value;
  if (sameShape(shape, of.shape)) return;
  fail(
    "RuntimeError",
    `attempting to assign a gradient of size '${listText(shape)}' to a tensor of size '${listText(of.shape)}'. Please ensure that the gradient and the tensor are the same size`,
  );
}

export function checkRetainGrad(of: Variable): void {
  if (!of.tracked) fail("RuntimeError", "can't retain_grad on Tensor that has requires_grad=False");
}

export function warnOfNoGrad(): void {
  warn(
    "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be populated during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor by mistake, make sure you access the leaf Tensor instead. See github.com/pytorch/pytorch/pull/30531 for more information.",
  );
}

/** How `backward` runs. */
export interface BackwardOptions {
  /** Keep what was saved, so that `backward` can run again. Default false. */
  retainGraph?: boolean;
}

/** Whether the graph is retained. */
export function retained(options: BackwardOptions): boolean {
  checkOptions("backward()", options, ["retainGraph", "createGraph"]);
  if ("createGraph" in options && options.createGraph) {
    fail("NotImplementedError", "backward() computes first-order gradients only: createGraph is not supported");
  }
  return options.retainGraph ?? false;
}

/** Checks the gradient that `backward` starts from; without one the root must be a scalar, and it is 1. */
export function startingGradient(root: Variable, given: Variable | null): Value {
  const { value } = root;
  if (root.node === null && !root.wanted)
    fail("RuntimeError", "element 0 of tensors does not require grad and does not have a grad_fn");
  if (given === null) {
    if (value.numel !== 1) fail("RuntimeError", "grad can be implicitly created only for scalar outputs");
    return reshape(scalar(1, value.dtype), value.shape);
  }
  checkTensor("backward()", given);
  if (!sameShape(given.value.shape, value.shape)) {
    fail(
      "RuntimeError",
      `Mismatch in shape: grad_output[0] has a shape of torch.Size(${listText(given.value.shape)}) and output[0] has a shape of torch.Size(${listText(value.shape)}).`,
    );
  }
  return convert(given.value, value.dtype);
}
