/**
 * The tensor: a value that remembers where it came from, with PyTorch's methods in camelCase.
 *
 * Its methods stand in storeys, each class extending the one below: what can be read (readable.ts), what moves elements
 * (movable.ts), arithmetic (arithmetic.ts), what folds dimensions (folding.ts), and here gradients and writing in place.
 * A method checks its arguments, once, and applies an op; derived methods are written in terms of others and have no
 * gradient of their own. Source: https://docs.pytorch.org/docs/stable/tensors.html
 */

import { checkOptions, fail, typeName } from "../base/errors.js";
import { fillNormal, fillUniform, type Generator } from "../base/random.js";
import { broadcast, listText, type Shape, sameShape } from "../base/shape.js";
import { allocate, type FloatArray, isFloat, scalarName, type Value } from "../device/value.js";
import { type Applied, applied, isGradEnabled, type Lifted } from "./autograd.js";
import { chosenGenerator } from "./chance.js";
import { device } from "./device.js";
import { Folding } from "./folding.js";
import { checkWhole, convert, inMemoryOrder, scalar } from "./kernels.js";
import { overwrite } from "./ops/elementwise.js";
import type { Op } from "./ops/op.js";

/** What stands on the right of an operator: a number takes the tensor's dtype. */
export type Operand = Tensor | number;

/**
 * Numbers of one dtype in a shape, which remember where they came from. Made by `tensor()`, `zeros()`, `randn()` and the
 * like, never by `new`. Methods have PyTorch's names in camelCase; those that end in `_` write in place.
 *
 * Source: https://docs.pytorch.org/docs/stable/tensors.html
 */
export class Tensor extends Folding<Tensor> {
  /** @internal */
  protected override make(value: Value): Tensor {
    return new Tensor(value);
  }

  /** The gradient accumulated by `backward()`, or null. It shares memory: writing into it changes it. */
  get grad(): Tensor | null {
    return this.gradient && new Tensor(this.gradient);
  }

  set grad(grad: Tensor | null) {
    if (grad !== null && !(grad instanceof Tensor)) {
      fail("TypeError", `grad expected a Tensor or null, got: ${typeName(grad)}`);
    }
    if (grad !== null && !sameShape(grad.value.shape, this.value.shape)) {
      fail(
        "RuntimeError",
        `attempting to assign a gradient of size '${listText(grad.shape)}' to a tensor of size '${listText(this.shape)}'. Please ensure that the gradient and the tensor are the same size`,
      );
    }
    this.gradient = grad && convert(grad.value, this.dtype);
  }

  /** Says whether gradients are wanted for this leaf; floats only. */
  requiresGrad_(wanted = true): this {
    this.requiresGrad = wanted;
    return this;
  }

  /** The same memory without the past: no gradient flows through it. */
  detach(): Tensor {
    const tensor = new Tensor(this.value);
    tensor.viewOf = "other";
    return tensor;
  }

  // ---- in place

  /** Takes over the elements, and the past, of `result`, which was computed from this. */
  private become(result: Tensor): this {
    this.keeps(result.value.shape);
    device().copy(result.value, this.value);
    this.value.storage.version++;
    this.seen = this.value.storage.version;
    if (result.node !== null) {
      this.node = result.node;
      this.output = result.output;
      this.wanted = false;
      this.value.storage.tracked = this.seen;
    }
    return this;
  }

  /** Refuses what would make gradients wrong: writing over a leaf, or over part of what the graph knows. */
  private guard(source: Tensor | null): void {
    if (!isGradEnabled()) return;
    if (this.wanted && this.node === null) {
      fail("RuntimeError", "a leaf Variable that requires grad is being used in an in-place operation.");
    }
    if (this.viewOf === "leaf" && this.requiresGrad) {
      fail("RuntimeError", "a view of a leaf Variable that requires grad is being used in an in-place operation.");
    }
    if (this.viewOf !== null && (this.requiresGrad || source?.requiresGrad)) {
      fail(
        "RuntimeError",
        "a view is being used in an in-place operation that would change the history of the tensor it shares its memory with, which is not supported: use cat, stack or where instead.",
      );
    }
  }

  private keeps(shape: Shape): void {
    if (this.value.shape.some((size, i) => size > 1 && this.value.strides[i] === 0)) {
      fail(
        "RuntimeError",
        "unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please clone() the tensor before performing the operation.",
      );
    }
    if (sameShape(shape, this.value.shape)) return;
    fail(
      "RuntimeError",
      `output with shape ${listText(this.shape)} doesn't match the broadcast shape ${listText(shape)}`,
    );
  }

  private fits(dtype: Tensor["dtype"]): void {
    if (dtype !== this.dtype && (isFloat(dtype) || this.dtype === "bool")) {
      if (isFloat(dtype) && isFloat(this.dtype)) return;
      fail(
        "RuntimeError",
        `result type ${scalarName(dtype)} can't be cast to the desired output type ${scalarName(this.dtype)}`,
      );
    }
  }

  /** Overwrites the elements with those of `source`, stretched and converted. */
  copy_(source: Tensor): this {
    if (!(source instanceof Tensor)) fail("TypeError", `copy_() expected a Tensor, got: ${typeName(source)}`);
    this.guard(source);
    this.keeps(broadcast(this.value.shape, source.value.shape));
    if (this.dtype === "int32" && isFloat(source.dtype)) checkWhole(source.toArray());
    return this.become(this.apply(overwrite, this, source));
  }

  /** Overwrites every element with one number, in place. */
  fill_(value: number): this {
    if (typeof value !== "number") fail("TypeError", `fill_() expected a number, got: ${typeName(value)}`);
    this.guard(null);
    return this.become(this.apply(overwrite, this, new Tensor(scalar(value, this.dtype))));
  }

  /** Overwrites every element with 0, in place. */
  zero_(): this {
    return this.fill_(0);
  }

  /** Adds in place; the shape and the dtype stay. Under grad, leaves that want gradients and views are refused. */
  add_(other: Operand): this {
    return this.update(other, this.add(other));
  }

  /** Multiplies in place; the shape and the dtype stay. Under grad, leaves that want gradients and views are refused. */
  mul_(other: Operand): this {
    return this.update(other, this.clone().mul(other));
  }

  private update(other: Operand, result: Tensor): this {
    this.guard(other instanceof Tensor ? other : null);
    this.fits(result.dtype);
    return this.become(result);
  }

  /** Draws every element from U(low, high): torch's stream, bit for bit. */
  uniform_(low = 0, high = 1, options: { generator?: Generator } = {}): this {
    checkDraw("uniform_()", { from: low, to: high }, options);
    return this.draw("check_uniform_bounds", (out) => fillUniform(out, low, high, chosenGenerator(options)));
  }

  /** Draws every element from N(mean, std²): torch's stream, to the last digits of its logarithm and sine. */
  normal_(mean = 0, std = 1, options: { generator?: Generator } = {}): this {
    checkDraw("normal_()", { mean, std }, options);
    return this.draw("normal_kernel_cpu", (out) => fillNormal(out, mean, std, chosenGenerator(options)));
  }

  private draw(kernel: string, fill: (out: FloatArray) => void): this {
    if (!isFloat(this.dtype))
      fail("NotImplementedError", `"${kernel}" not implemented for '${scalarName(this.dtype)}'`);
    this.guard(null);
    const drawn = allocate(this.dtype, this.numel()) as FloatArray;
    // As in torch: in the order of memory, and where elements do not lie side by side one at a time.
    if (this.isContiguous()) fill(drawn);
    else for (let i = 0; i < drawn.length; i++) fill(drawn.subarray(i, i + 1));
    const source = new Tensor(inMemoryOrder(this.value, this.dtype, drawn));
    return this.become(this.apply(overwrite, this, source));
  }
}

function checkDraw(where: string, numbers: Record<string, unknown>, options: object): void {
  for (const [name, x] of Object.entries(numbers)) {
    if (typeof x !== "number") fail("TypeError", `${where} expected ${name} as a number, got: ${typeName(x)}`);
  }
  checkOptions(where, options, ["generator"]);
}

/**
 * Runs an op on tensors and remembers it where a gradient may be wanted.
 * @internal
 */
export function apply<Args extends readonly unknown[], Out extends Value | Value[], Saved extends readonly unknown[]>(
  op: Op<Args, Out, Saved>,
  ...args: Lifted<Args, Tensor>
): Applied<Out, Tensor> {
  return applied(op, args, (value) => new Tensor(value));
}
