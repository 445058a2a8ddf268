/** Arguments of what folds dimensions or runs along one, checked, and PyTorch's sentences where they do not fit. */

import { checkOptions, fail, mistyped, shown } from "../../base/errors.js";
import { dimension, type Shape } from "../../base/shape.js";
import { type DType, isFloat, scalarName, type Value } from "../../device/value.js";
import { checkImplemented } from "./operands.js";
import { distinct } from "./shapes.js";

/** One dimension, several, or (left out) all; negative ones count from the back. */
export type Dims = number | readonly number[];

/** The dimensions meant; an empty list means all, but for `any` and `all`. */
export function dimensions(shape: Shape, dims: Dims | null | undefined, none: "all" | "none" = "all"): number[] {
  if (dims === undefined || dims === null) return [...shape.keys()];
  if (typeof dims !== "number" && !Array.isArray(dims)) mistyped("dim expected a number or an array of numbers", dims);
  if (typeof dims !== "number" && dims.length === 0 && none === "all") return [...shape.keys()];
  const list = distinct(typeof dims === "number" ? [dims] : dims, shape.length);
  return shape.length === 0 ? [] : list;
}

/** How many elements are folded into one. */
export function folded(shape: Shape, dims: Dims | null | undefined): number {
  return dimensions(shape, dims).reduce((count, dim) => count * shape[dim], 1);
}

export function checkMean(dtype: DType): void {
  if (isFloat(dtype)) return;
  fail(
    "RuntimeError",
    `mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: ${scalarName(dtype)}`,
  );
}

export interface VarOptions {
  /** What is taken off the count before dividing by it: 1 for the unbiased estimate. Default 1. */
  correction?: number;
  /** Whether folded dimensions stay as size 1. Default false. */
  keepdim?: boolean;
}

export function varOptions(dtype: DType, options: VarOptions): Required<VarOptions> {
  checkOptions("var()", options, ["correction", "keepdim"]);
  const { correction = 1, keepdim = false } = options;
  if (!isFloat(dtype)) fail("RuntimeError", "std and var only support floating point and complex dtypes");
  if (typeof correction !== "number") mistyped("var() expected correction as a number", correction);
  return { correction, keepdim };
}

/** The dimensions of `norm`. */
export function checkNorm({ dtype, shape }: Value, p: number, dim: Dims | undefined): number[] {
  if (!isFloat(dtype)) {
    fail(
      "RuntimeError",
      `linalg.vector_norm: Expected a floating point or complex tensor as input. Got ${scalarName(dtype)}`,
    );
  }
  if (typeof p !== "number" || Number.isNaN(p)) fail("TypeError", `norm() expected p as a number, got: ${shown(p)}`);
  const dims = dimensions(shape, dim);
  const empty = dims.find((d) => shape[d] === 0);
  if (Math.abs(p) === Infinity && empty !== undefined) {
    // PyTorch's words, the missing space included.
    const where =
      dim === undefined ? "an empty tensor because" : `the dimension ${empty}because this dimension is empty and`;
    fail(
      "RuntimeError",
      `linalg.vector_norm cannot compute the ${p > 0 ? "inf" : "-inf"} norm on ${where} the operation does not have an identity`,
    );
  }
  return dims;
}

/** The extremes there are. */
export type Extreme = "max" | "min";

export function checkExtreme(op: Extreme, count: number): void {
  if (count > 0) return;
  fail(
    "RuntimeError",
    `${op}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument.`,
  );
}

/** The dimension along which `name` looks for an extreme. */
export function extremeDim(name: string, shape: Shape, dim: number): number {
  const at = dimension(dim, shape.length);
  if (shape[at] === 0) fail("IndexError", `${name}(): Expected reduction dim ${at} to have non-zero size.`);
  return at;
}

export function checkArg(name: string, count: number): void {
  if (count > 0) return;
  fail("IndexError", `${name}(): Expected reduction dim to be specified for input.numel() == 0.`);
}

export function checkTopk(k: number, shape: Shape, dim: number): void {
  const size = shape[dimension(dim, shape.length)] ?? 1;
  if (!Number.isInteger(k) || k < 0 || k > size) fail("RuntimeError", "selected index k out of range");
}

/** The dimension of a softmax; `name` is its name in PyTorch's kernels. */
export function softmaxDim(name: string, { dtype, shape }: Value, dim: number): number {
  const at = dimension(dim, shape.length);
  const last = at === Math.max(shape.length, 1) - 1;
  checkImplemented(last ? `${name}_lastdim_kernel_impl` : `${name}_kernel_impl`, dtype, isFloat(dtype));
  return at;
}
