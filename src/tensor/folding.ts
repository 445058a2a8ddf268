/** What folds dimensions of a tensor, or runs along one: sums, extremes, order, probabilities. */

import { checkOptions, fail } from "../base/errors.js";
import { dimension, type Shape } from "../base/shape.js";
import { isFloat, scalarName } from "../device/value.js";
import { Arithmetic } from "./arithmetic.js";
import { convert, device } from "./kernels.js";
import * as roots from "./ops/elementwise.js";
import * as ops from "./ops/reduce.js";

/** One dimension, several, or (left out) all; negative ones count from the back. */
export type Dims = number | readonly number[];

/** What was found along a dimension, and where: int32 indices. */
export interface ValuesAndIndices<T> {
  readonly values: T;
  readonly indices: T;
}

export abstract class Folding<T extends Folding<T>> extends Arithmetic<T> {
  private dims(dims: Dims | undefined): number[] {
    if (dims === undefined) return [...this.value.shape.keys()];
    const list = (typeof dims === "number" ? [dims] : dims).map((dim) => dimension(dim, this.ndim));
    list.forEach((dim, i) => {
      if (list.indexOf(dim) !== i) fail("RuntimeError", `dim ${dim} appears multiple times in the list of dims`);
    });
    return this.ndim === 0 ? [] : list;
  }

  /** Folded dimensions back as size 1, if asked. */
  private keep(dims: readonly number[], keepdim: boolean, shape: Shape): T {
    return keepdim ? this.reshape(shape.map((size, i) => (dims.includes(i) ? 1 : size))) : this.self;
  }

  /** Over `dim`, or all; bool and int32 give int32. */
  sum(dim?: Dims, keepdim = false): T {
    const dims = this.dims(dim);
    return this.apply(ops.sum, this, dims).keep(dims, keepdim, this.shape);
  }

  mean(dim?: Dims, keepdim = false): T {
    if (!isFloat(this.dtype)) {
      fail(
        "RuntimeError",
        `mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: ${scalarName(this.dtype)}`,
      );
    }
    const count = this.dims(dim).reduce((n, d) => n * this.value.shape[d], 1);
    return this.sum(dim, keepdim).div(count);
  }

  /** The variance; `correction` 1 is the unbiased estimate, 0 the plain mean of squares. */
  var(dim?: Dims, options: { correction?: number; keepdim?: boolean } = {}): T {
    checkOptions("var()", options, ["correction", "keepdim"]);
    const { correction = 1, keepdim = false } = options;
    if (!isFloat(this.dtype)) fail("RuntimeError", "std and var only support floating point and complex dtypes");
    const count = this.dims(dim).reduce((n, d) => n * this.value.shape[d], 1);
    const difference = this.sub(this.mean(dim ?? this.dims(dim), true));
    return difference
      .mul(difference)
      .sum(dim, keepdim)
      .div(Math.max(count - correction, 0));
  }

  /** The standard deviation: the root of `var`. */
  std(dim?: Dims, options: { correction?: number; keepdim?: boolean } = {}): T {
    return this.apply(roots.root, this.var(dim, options));
  }

  /** The p-norm (Σ |x|ᵖ)^(1/p); p may be Infinity or 0 (how many are not 0). */
  norm(p = 2, dim?: Dims, keepdim = false): T {
    if (!isFloat(this.dtype)) {
      fail(
        "RuntimeError",
        `linalg.vector_norm: Expected a floating point or complex tensor as input. Got ${scalarName(this.dtype)}`,
      );
    }
    const dims = this.dims(dim);
    if (p === 2) return this.apply(roots.root, this.mul(this.self).sum(dims, keepdim));
    const sizes = this.abs();
    if (p === 1) return sizes.sum(dims, keepdim);
    if (p === 0) return this.ne(0).to(this.dtype).sum(dims, keepdim);
    if (p === Infinity || p === -Infinity) {
      const rest = this.dims(undefined).filter((d) => !dims.includes(d));
      const lines = sizes.permute([...rest, ...dims]).reshape([...rest.map((d) => this.value.shape[d]), -1]);
      const found = p > 0 ? lines.max(-1) : lines.min(-1);
      return found.values.keep(dims, keepdim, this.shape);
    }
    return sizes
      .pow(p)
      .sum(dims, keepdim)
      .pow(1 / p);
  }

  private extremum(op: "max" | "min", dim: number | undefined, keepdim: boolean): T | ValuesAndIndices<T> {
    if (dim === undefined) {
      if (this.numel() === 0) {
        fail(
          "RuntimeError",
          `${op}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument.`,
        );
      }
      return this.apply(ops.extreme, op, this);
    }
    const at = this.arg(op, op, dim, true);
    const values = this.gather(dim, at);
    return keepdim ? { values, indices: at } : { values: values.squeeze(dim), indices: at.squeeze(dim) };
  }

  /** Where the extreme stands along `dim`, which stays as size 1. */
  private arg(op: "max" | "min", name: string, dim: number, keepdim: boolean): T {
    const along = dimension(dim, this.ndim);
    if (this.value.shape[along] === 0) {
      fail("IndexError", `${name}(): Expected reduction dim ${along} to have non-zero size.`);
    }
    const line = this.ndim === 0 ? this.reshape([1]) : this;
    const found = this.make(device().extremum(op, line.value, along).indices);
    return found.keep([along], keepdim, this.shape);
  }

  /** The greatest of all elements, or along `dim`; the first of equals; NaN wins. */
  max(): T;
  max(dim: number, keepdim?: boolean): ValuesAndIndices<T>;
  max(dim?: number, keepdim = false): T | ValuesAndIndices<T> {
    return this.extremum("max", dim, keepdim);
  }

  /** The least of all elements, or along `dim`; the first of equals; NaN wins. */
  min(): T;
  min(dim: number, keepdim?: boolean): ValuesAndIndices<T>;
  min(dim?: number, keepdim = false): T | ValuesAndIndices<T> {
    return this.extremum("min", dim, keepdim);
  }

  /** Where the greatest stands: in the flattened tensor, or along `dim`. int32 */
  argmax(dim?: number, keepdim = false): T {
    return dim === undefined ? this.flatten().arg("max", "argmax", 0, false) : this.arg("max", "argmax", dim, keepdim);
  }

  /** Where the least stands: in the flattened tensor, or along `dim`. int32 */
  argmin(dim?: number, keepdim = false): T {
    return dim === undefined ? this.flatten().arg("min", "argmin", 0, false) : this.arg("min", "argmin", dim, keepdim);
  }

  /** Whether any element is not 0. bool */
  any(dim?: Dims, keepdim = false): T {
    const dims = this.dims(dim);
    return this.make(device().reduce("max", convert(this.value, "bool"), dims)).keep(dims, keepdim, this.shape);
  }

  /** Whether every element is not 0. bool */
  all(dim?: Dims, keepdim = false): T {
    const dims = this.dims(dim);
    return this.make(device().reduce("min", convert(this.value, "bool"), dims)).keep(dims, keepdim, this.shape);
  }

  private along(dim: number): number {
    return dimension(dim, this.ndim);
  }

  /** Running sums along `dim`; bool gives int32. */
  cumsum(dim: number): T {
    return this.apply(ops.cumsum, this, this.along(dim));
  }

  /** log Σ eˣ, computed so that nothing overflows. */
  logsumexp(dim: Dims, keepdim = false): T {
    const dims = this.dims(dim);
    return this.apply(ops.logsumexp, this.float(), dims).keep(dims, keepdim, this.shape);
  }

  /** In order along `dim`, and where each element stood; equals keep their order; NaN is the greatest. */
  sort(dim = -1, descending = false): ValuesAndIndices<T> {
    const line = this.ndim === 0 ? this.reshape([1]) : this;
    const indices = this.make(device().argsort(line.value, this.along(dim), descending)).reshape(this.shape);
    return { values: this.gather(dim, indices), indices };
  }

  /** The k greatest (or least) along `dim`, in order, and where they stand. */
  topk(k: number, dim = -1, largest = true): ValuesAndIndices<T> {
    const size = this.value.shape[this.along(dim)] ?? 1;
    if (!Number.isInteger(k) || k < 0 || k > size) fail("RuntimeError", "selected index k out of range");
    const { values, indices } = this.sort(dim, largest);
    if (this.ndim === 0) return { values, indices };
    return { values: values.narrow(dim, 0, k), indices: indices.narrow(dim, 0, k) };
  }

  /** eˣ / Σ eˣ along `dim`. */
  softmax(dim: number): T {
    return this.apply(ops.softmax, this.probable("softmax"), this.along(dim));
  }

  /** log softmax along `dim`. */
  logSoftmax(dim: number): T {
    return this.apply(ops.logSoftmax, this.probable("log_softmax"), this.along(dim));
  }

  private probable(name: string): this {
    if (isFloat(this.dtype)) return this;
    return fail("RuntimeError", `"${name}_lastdim_kernel_impl" not implemented for '${scalarName(this.dtype)}'`);
  }
}
