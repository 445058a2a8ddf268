/**
 * What can be read from a tensor: its shape, its numbers, its place in the graph. Raw memory never goes out writable:
 * `toArray()` copies, or the version of the storage would lie.
 */

import { checkOptions, fail, typeName } from "../base/errors.js";
import { dimension, isRowMajor, type Shape } from "../base/shape.js";
import { type DType, elements, isFloat, type TypedArray, type Value } from "../device/value.js";
import { type Applied, applied, backward, type Lifted, startingGradient, Variable } from "./autograd.js";
import { copy, rowMajor } from "./kernels.js";
import type { Op } from "./ops/op.js";
import { print } from "./print.js";

/** Numbers (booleans for bool) nested as deeply as the shape; a plain number for a scalar. */
export type Nested = number | boolean | Nested[];

/** How `backward` runs. */
export interface BackwardOptions {
  /** Keep what was saved, so that `backward` can run again. Default false. */
  retainGraph?: boolean;
}

/** T is the class of tensors itself: each storey of it is written against the whole. */
export abstract class Readable<T extends Variable> extends Variable {
  /** @internal This, as the whole tensor that it is. */
  protected get self(): T {
    return this as unknown as T;
  }

  /** @internal A tensor over a value. */
  protected abstract make(value: Value): T;

  /** @internal Runs an op and remembers it where a gradient may be wanted. */
  protected apply<Args extends readonly unknown[], Out extends Value | Value[], Saved extends readonly unknown[]>(
    op: Op<Args, Out, Saved>,
    ...args: Lifted<Args, Variable>
  ): Applied<Out, T> {
    return applied(op, args, (value) => this.make(value));
  }

  /** The size of each dimension; `[]` for a scalar. A copy. */
  get shape(): number[] {
    return [...this.value.shape];
  }

  /** The number of dimensions; 0 for a scalar. */
  get ndim(): number {
    return this.value.shape.length;
  }

  /** float32, float64, int32 or bool. */
  get dtype(): DType {
    return this.value.dtype;
  }

  /** The shape, or the size of one dimension (negative counts from the back). */
  size(): number[];
  size(dim: number): number;
  size(dim?: number): number | number[] {
    if (dim === undefined) return this.shape;
    const at = dimension(dim, this.ndim);
    if (this.ndim === 0) fail("IndexError", `Dimension specified as ${dim} but tensor has no dimensions`);
    return this.value.shape[at];
  }

  /** The number of elements. */
  numel(): number {
    return this.value.numel;
  }

  /** How many elements of memory lie between neighbours, for each dimension. */
  stride(): number[] {
    return [...this.value.strides];
  }

  /** Whether the elements lie row-major and side by side. */
  isContiguous(): boolean {
    return isRowMajor(this.value);
  }

  /** All elements in row-major order, as a flat typed array of their own: Uint8Array of 0 and 1 for bool. */
  toArray(): TypedArray {
    return elements(copy(this.value));
  }

  /** As `toArray()`, on every device: reading may have to wait for a device that is not the CPU. */
  async data(): Promise<TypedArray> {
    return this.toArray();
  }

  /** Writes all elements in row-major order into `out`, which must hold exactly as many, and returns it. */
  copyTo<A extends TypedArray>(out: A): A {
    if (!holds(out, this.dtype)) {
      fail("TypeError", `copyTo() expected an array that can hold ${this.dtype}, got: ${typeName(out)}`);
    }
    if (out.length !== this.numel()) {
      fail("ValueError", `copyTo() expected an array of ${this.numel()} elements, got: ${out.length}`);
    }
    out.set(elements(rowMajor(this.value)));
    return out;
  }

  /** The elements as nested arrays. */
  toNested(): Nested {
    const flat = elements(rowMajor(this.value));
    const isBool = this.dtype === "bool";
    let at = 0;
    const nest = (shape: Shape): Nested => {
      if (shape.length > 0) return Array.from({ length: shape[0] }, () => nest(shape.slice(1)));
      const x = flat[at++];
      return isBool ? x !== 0 : x;
    };
    return nest(this.value.shape);
  }

  /** The one element as a number (0 or 1 for bool). Throws RuntimeError if there are more, or none. */
  item(): number {
    if (this.numel() !== 1) {
      fail("RuntimeError", `a Tensor with ${this.numel()} elements cannot be converted to Scalar`);
    }
    return elements(rowMajor(this.value))[0];
  }

  /** Whether operations on this are recorded: true for a leaf that wants its gradient, and for what was computed from one. */
  get requiresGrad(): boolean {
    return this.tracked;
  }

  set requiresGrad(wanted: boolean) {
    if (typeof wanted !== "boolean") fail("RuntimeError", "requires_grad must be a bool");
    if (this.node !== null) {
      if (wanted) return;
      fail(
        "RuntimeError",
        "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a subgraph that doesn't require differentiation use var_no_grad = var.detach().",
      );
    }
    if (wanted && !isFloat(this.dtype)) {
      fail("RuntimeError", "only Tensors of floating point dtype can require gradients");
    }
    this.wanted = wanted;
  }

  /** Whether this was made by the user, not by a recorded operation. */
  get isLeaf(): boolean {
    return this.node === null;
  }

  /**
   * Adds the gradient of this to `grad` of every leaf it was computed from.
   * @param gradient what to start from, of this shape; may be left out for a scalar, where it is 1.
   * @throws RuntimeError where there is no graph, or it has been freed, or a saved tensor was modified since.
   */
  backward(gradient?: T | null, options: BackwardOptions = {}): void {
    checkOptions("backward()", options, ["retainGraph", "createGraph"]);
    const { retainGraph = false } = options;
    if ("createGraph" in options && options.createGraph) {
      fail("NotImplementedError", "backward() computes first-order gradients only: createGraph is not supported");
    }
    backward(this, startingGradient(this, gradient ?? null), retainGraph);
  }

  /** As PyTorch prints it. */
  override toString(): string {
    return print(this.value, this.node?.name ?? null, this.wanted);
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/** Whether numbers of a dtype keep their meaning in an array: floats may be rounded, but never cut to whole numbers. */
function holds(out: unknown, dtype: DType): boolean {
  if (out instanceof Float32Array || out instanceof Float64Array) return true;
  return (out instanceof Int32Array && !isFloat(dtype)) || (out instanceof Uint8Array && dtype === "bool");
}
