/** Arithmetic on tensors, element by element, and the matrix product. */

import { fail, typeName } from "../base/errors.js";
import type { Compare, Unary } from "../device/device.js";
import { cName, type DType, isFloat, promote, scalarName } from "../device/value.js";
import { binary, scalar, unary } from "./kernels.js";
import { Movable } from "./movable.js";
import * as ops from "./ops/elementwise.js";
import { matmul } from "./ops/matmul.js";

/** The dtype two operands meet in: a scalar tensor gives way to one with dimensions of the same kind, as in PyTorch. */
export function meeting(a: Shaped, b: Shaped): DType {
  const kind = (x: Shaped) => (isFloat(x.dtype) ? "float" : x.dtype);
  if (kind(a) === kind(b) && (a.ndim === 0) !== (b.ndim === 0)) return a.ndim === 0 ? b.dtype : a.dtype;
  return promote(a.dtype, b.dtype);
}

interface Shaped {
  readonly dtype: DType;
  readonly ndim: number;
}

/** The dtype of a plain number beside a tensor: the tensor's, but whole tensors meet fractions in float32. */
export function numberType(x: number, beside: DType): DType {
  if (isFloat(beside)) return beside;
  return Number.isInteger(x) ? "int32" : "float32";
}

export abstract class Arithmetic<T extends Arithmetic<T>> extends Movable<T> {
  /** A tensor itself, or a number as one; anything else is refused. */
  private operand(where: string, x: T | number): T {
    if (x instanceof Arithmetic) return x as T;
    if (typeof x !== "number") fail("TypeError", `${where} expected a Tensor or a number, got: ${typeName(x)}`);
    return this.make(scalar(x, numberType(x, this.dtype)));
  }

  private pair(name: string, other: T | number): [T, T] {
    const right = this.operand(name, other);
    const dtype = meeting(this, right);
    return [this.to(dtype), right.to(dtype)];
  }

  protected float(): T {
    return isFloat(this.dtype) ? this.self : this.to("float32");
  }

  private compare(op: Compare, other: T | number): T {
    const [a, b] = this.pair(`${op}()`, other);
    return this.make(binary(op, a.value, b.value, "bool"));
  }

  private predicate(op: Unary): T {
    return this.make(unary(op, this.value));
  }

  /** this + other, stretched over each other. */
  add(other: T | number): T {
    return this.apply(ops.add, ...this.pair("add()", other));
  }

  /** this − other, stretched over each other; not for bool. */
  sub(other: T | number): T {
    const [a, b] = this.pair("sub()", other);
    if (a.dtype === "bool") {
      fail(
        "RuntimeError",
        "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator instead.",
      );
    }
    if (this.dtype === "bool" || (other instanceof Arithmetic && other.dtype === "bool")) {
      fail(
        "RuntimeError",
        "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead.",
      );
    }
    return this.apply(ops.add, a, b.neg());
  }

  /** this · other, element by element, stretched over each other. */
  mul(other: T | number): T {
    return this.apply(ops.mul, ...this.pair("mul()", other));
  }

  /** True division: whole numbers give floats. */
  div(other: T | number): T {
    return this.apply(ops.div, ...this.pair("div()", other));
  }

  /** this to the power of `exponent`, stretched over each other; whole numbers stay whole. */
  pow(exponent: T | number): T {
    const [a, b] = this.pair("pow()", exponent);
    if (a.dtype === "bool") fail("NotImplementedError", `"pow" not implemented for 'Bool'`);
    if (!isFloat(a.dtype) && typeof exponent === "number" && exponent < 0) {
      fail("RuntimeError", "Integers to negative integer powers are not allowed.");
    }
    return this.apply(ops.pow, a, b);
  }

  /** −this; not for bool. */
  neg(): T {
    if (this.dtype === "bool") {
      fail(
        "RuntimeError",
        "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead.",
      );
    }
    return this.apply(ops.neg, this);
  }

  /** eˣ; whole numbers give float32. */
  exp(): T {
    return this.apply(ops.exp, this.float());
  }

  /** The natural logarithm. */
  log(): T {
    return this.apply(ops.log, this.float());
  }

  /** √x; whole numbers give float32. */
  sqrt(): T {
    return this.apply(ops.sqrt, this.float());
  }

  /** |x|; not for bool. */
  abs(): T {
    if (this.dtype === "bool") fail("NotImplementedError", `"abs_cpu" not implemented for 'Bool'`);
    return this.apply(ops.abs, this);
  }

  /** The hyperbolic tangent; whole numbers give float32. */
  tanh(): T {
    return this.apply(ops.tanh, this.float());
  }

  /** The logistic function 1 / (1 + e⁻ˣ). */
  sigmoid(): T {
    return this.apply(ops.sigmoid, this.float());
  }

  /** max(x, 0); not for bool. */
  relu(): T {
    if (this.dtype === "bool") fail("RuntimeError", "Boolean inputs not supported for relu");
    return this.apply(ops.relu, this);
  }

  /** Limits every element to `min` … `max`; null leaves a side open. */
  clamp(min: number | null, max: number | null = null): T {
    const bounds = [min, max].filter((bound) => bound !== null);
    if (bounds.length === 0) fail("RuntimeError", "torch.clamp: At least one of 'min' or 'max' must not be None");
    const dtype = bounds.map((bound) => this.operand("clamp()", bound).dtype).reduce(promote, this.dtype);
    return this.to(dtype).apply(ops.clamp, this.to(dtype), min, max);
  }

  /** Where this = other, stretched over each other. bool, without gradient, like the five below. */
  eq(other: T | number): T {
    return this.compare("eq", other);
  }

  /** Where this ≠ other. bool */
  ne(other: T | number): T {
    return this.compare("ne", other);
  }

  /** Where this < other. bool */
  lt(other: T | number): T {
    return this.compare("lt", other);
  }

  /** Where this ≤ other. bool */
  le(other: T | number): T {
    return this.compare("le", other);
  }

  /** Where this > other. bool */
  gt(other: T | number): T {
    return this.compare("gt", other);
  }

  /** Where this ≥ other. bool */
  ge(other: T | number): T {
    return this.compare("ge", other);
  }

  /** Where neither this nor other is 0. bool */
  logicalAnd(other: T | number): T {
    return this.compare("logicalAnd", other);
  }

  /** Where this or other is not 0. bool */
  logicalOr(other: T | number): T {
    return this.compare("logicalOr", other);
  }

  /** Where this is 0. bool */
  logicalNot(): T {
    return this.predicate("logicalNot");
  }

  /** Where this is NaN. bool */
  isnan(): T {
    return this.predicate("isnan");
  }

  /** `value` where `mask` (bool, stretched to this shape) is true, else this. */
  maskedFill(mask: T, value: number): T {
    if (!(mask instanceof Arithmetic)) fail("TypeError", `maskedFill() expected a Tensor, got: ${typeName(mask)}`);
    if (mask.dtype !== "bool") {
      fail("RuntimeError", `masked_fill_ only supports boolean masks, but got mask with dtype ${cName(mask.dtype)}`);
    }
    return this.apply(ops.where, mask, this.operand("maskedFill()", value).to(this.dtype), this.self);
  }

  /** The matrix product, batches stretched over each other: `[…, M, K]·[…, K, N]`; vectors as in PyTorch. */
  matmul(other: T): T {
    if (!(other instanceof Arithmetic)) fail("TypeError", `matmul() expected a Tensor, got: ${typeName(other)}`);
    if (this.ndim === 0 || other.ndim === 0) {
      fail(
        "RuntimeError",
        `both arguments to matmul need to be at least 1D, but they are ${this.ndim}D and ${other.ndim}D`,
      );
    }
    if (this.dtype !== other.dtype) {
      const [a, b] = [scalarName(this.dtype), scalarName(other.dtype)];
      if (this.ndim === 1 && other.ndim === 1) {
        fail("RuntimeError", `dot : expected both vectors to have same dtype, but found ${a} and ${b}`);
      }
      if (other.ndim > 2) fail("RuntimeError", `expected scalar type ${a} but found ${b}`);
      fail(
        "RuntimeError",
        `expected m1 and m2 to have the same dtype, but got: ${cName(this.dtype)} != ${cName(other.dtype)}`,
      );
    }
    if (this.dtype === "bool") fail("NotImplementedError", `"addmm_impl_cpu_" not implemented for 'Bool'`);
    return this.apply(matmul, this, other);
  }
}
