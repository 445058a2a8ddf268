/** What folds dimensions of a tensor, or runs along one: sums, extremes, order, probabilities. */

import { checkOptions, fail, shown, typeName } from "../base/errors.js";
import { dimension, type Shape } from "../base/shape.js";
import { isFloat, scalarName } from "../device/value.js";
import { Arithmetic } from "./arithmetic.js";
import { device } from "./device.js";
import { convert } from "./kernels.js";
import * as roots from "./ops/elementwise.js";
import * as ops from "./ops/reduce.js";

/** One dimension, several, or (left out) all; negative ones count from the back. */
export type Dims = number | readonly number[];

/** What was found along a dimension, and where: int32 indices. */
export interface ValuesAndIndices<T> {
  /** What was found. */
  readonly values: T;
  /** Where it stood along the dimension. int32 */
  readonly indices: T;
}

/** Refuses what is no boolean, since `"false"` would count as true. */
function checkFlag(name: string, flag: unknown): void {
  if (typeof flag !== "boolean") fail("TypeError", `${name} expected a boolean, got: ${typeName(flag)}`);
}

export abstract class Folding<T extends Folding<T>> extends Arithmetic<T> {
  /** The dimensions meant; an empty list means all, but for `any` and `all`. */
  private dims(dims: Dims | null | undefined, none: "all" | "none" = "all"): number[] {
    if (dims === undefined || dims === null) return [...this.value.shape.keys()];
    if (typeof dims !== "number" && !Array.isArray(dims)) {
      fail("TypeError", `dim expected a number or an array of numbers, got: ${typeName(dims)}`);
    }
    if (typeof dims !== "number" && dims.length === 0 && none === "all") return [...this.value.shape.keys()];
    const list = (typeof dims === "number" ? [dims] : dims).map((dim) => dimension(dim, this.ndim));
    list.forEach((dim, i) => {
      if (list.indexOf(dim) !== i) fail("RuntimeError", `dim ${dim} appears multiple times in the list of dims`);
    });
    return this.ndim === 0 ? [] : list;
  }

  /** Folded dimensions back as size 1, if asked. */
  private keep(dims: readonly number[], keepdim: boolean, shape: Shape): T {
    checkFlag("keepdim", keepdim);
    return keepdim ? this.reshape(shape.map((size, i) => (dims.includes(i) ? 1 : size))) : this.self;
  }

  /** Over `dim`, or all; bool and int32 give int32. */
  sum(dim?: Dims, keepdim = false): T {
    const dims = this.dims(dim);
    return this.apply(ops.sum, this, dims).keep(dims, keepdim, this.shape);
  }

  /** Over `dim`, or all; floats only. */
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
    if (typeof correction !== "number") {
      fail("TypeError", `var() expected correction as a number, got: ${typeName(correction)}`);
    }
    const difference = this.sub(this.mean(dim, true));
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
    if (typeof p !== "number" || Number.isNaN(p)) fail("TypeError", `norm() expected p as a number, got: ${shown(p)}`);
    const dims = this.dims(dim);
    const empty = dims.find((d) => this.value.shape[d] === 0);
    if (Math.abs(p) === Infinity && empty !== undefined) {
      // PyTorch's words, the missing space included.
      const where =
        dim === undefined ? "an empty tensor " : `the dimension ${empty}because this dimension is empty and `;
      const because = dim === undefined ? "because " : "";
      fail(
        "RuntimeError",
        `linalg.vector_norm cannot compute the ${p > 0 ? "inf" : "-inf"} norm on ${where}${because}the operation does not have an identity`,
      );
    }
    return this.apply(ops.norm, this, p, dims).keep(dims, keepdim, this.shape);
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
    if (typeof keepdim !== "boolean") fail("TypeError", `keepdim expected a boolean, got: ${typeName(keepdim)}`);
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

  private argAll(op: "max" | "min", name: string): T {
    if (this.numel() === 0) {
      fail("IndexError", `${name}(): Expected reduction dim to be specified for input.numel() == 0.`);
    }
    return this.flatten().arg(op, name, 0, false);
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
    return dim === undefined ? this.argAll("max", "argmax") : this.arg("max", "argmax", dim, keepdim);
  }

  /** Where the least stands: in the flattened tensor, or along `dim`. int32 */
  argmin(dim?: number, keepdim = false): T {
    return dim === undefined ? this.argAll("min", "argmin") : this.arg("min", "argmin", dim, keepdim);
  }

  /** Whether any element is not 0. bool */
  any(dim?: Dims, keepdim = false): T {
    const dims = this.dims(dim, "none");
    return this.make(device().reduce("max", convert(this.value, "bool"), dims)).keep(dims, keepdim, this.shape);
  }

  /** Whether every element is not 0. bool */
  all(dim?: Dims, keepdim = false): T {
    const dims = this.dims(dim, "none");
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
    checkFlag("descending", descending);
    const line = this.ndim === 0 ? this.reshape([1]) : this;
    const indices = this.make(device().argsort(line.value, this.along(dim), descending)).reshape(this.shape);
    return { values: this.gather(dim, indices), indices };
  }

  /** The k greatest (or least) along `dim`, in order, and where they stand. */
  topk(k: number, dim = -1, largest = true): ValuesAndIndices<T> {
    checkFlag("largest", largest);
    const size = this.value.shape[this.along(dim)] ?? 1;
    if (!Number.isInteger(k) || k < 0 || k > size) fail("RuntimeError", "selected index k out of range");
    const { values, indices } = this.sort(dim, largest);
    if (this.ndim === 0) return { values, indices };
    return { values: values.narrow(dim, 0, k), indices: indices.narrow(dim, 0, k) };
  }

  /** eˣ / Σ eˣ along `dim`. */
  softmax(dim: number): T {
    return this.apply(ops.softmax, this.probable("softmax", dim), this.along(dim));
  }

  /** log softmax along `dim`. */
  logSoftmax(dim: number): T {
    return this.apply(ops.logSoftmax, this.probable("log_softmax", dim), this.along(dim));
  }

  private probable(name: string, dim: number): this {
    if (isFloat(this.dtype)) return this;
    const kernel =
      this.along(dim) === Math.max(this.ndim, 1) - 1 ? `${name}_lastdim_kernel_impl` : `${name}_kernel_impl`;
    return fail("NotImplementedError", `"${kernel}" not implemented for '${scalarName(this.dtype)}'`);
  }
}
