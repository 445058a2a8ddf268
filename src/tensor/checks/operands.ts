/** Which operands meet, and in which dtype: PyTorch's rules of promotion, and its sentences where they refuse. */

import { fail, mistyped } from "../../base/errors.js";
import { cName, type DType, isFloat, promote, scalarName, type Value } from "../../device/value.js";
import { Variable } from "../autograd.js";

/** Refuses what is no tensor; `as` says where it stood. */
export function checkTensor(where: string, x: unknown, as = ""): void {
  if (!(x instanceof Variable)) mistyped(`${where} expected a Tensor${as}`, x);
}

/** Refuses what is no boolean, since `"false"` would count as true. */
export function checkFlag(name: string, flag: unknown): void {
  if (typeof flag !== "boolean") mistyped(`${name} expected a boolean`, flag);
}

interface Shaped {
  readonly dtype: DType;
  readonly ndim: number;
}

/** The dtype two operands meet in: a scalar tensor gives way to one with dimensions of the same kind, as in PyTorch. */
export function meeting(a: Shaped, b: Shaped): DType {
  const kind = (x: Shaped) => (isFloat(x.dtype) ? "float" : x.dtype);
  if (kind(a) === kind(b) && (a.ndim === 0) !== (b.ndim === 0)) return a.ndim === 0 ? b.dtype : a.dtype;
  return promote(a.dtype, b.dtype);
}

/** The dtype of a plain number beside a tensor: the tensor's, but whole tensors meet fractions in float32. */
export function numberType(x: number, beside: DType): DType {
  if (isFloat(beside)) return beside;
  return Number.isInteger(x) ? "int32" : "float32";
}

/** Refuses a dtype for which PyTorch has no kernel of this name. */
export function checkImplemented(kernel: string, dtype: DType, implemented: boolean): void {
  if (!implemented) fail("NotImplementedError", `"${kernel}" not implemented for '${scalarName(dtype)}'`);
}

export function checkSub(a: DType, b: DType): void {
  if (a !== "bool" && b !== "bool") return;
  const [what, instead] =
    a === b
      ? ["two bool tensors is not supported. Use the `^` or `logical_xor()` operator instead."]
      : [
          "a bool tensor is not supported.",
          "If you are trying to invert a mask, use the `~` or `logical_not()` operator instead.",
        ];
  fail("RuntimeError", ["Subtraction, the `-` operator, with", what, instead].filter(Boolean).join(" "));
}

export function checkNeg(dtype: DType): void {
  if (dtype !== "bool") return;
  fail(
    "RuntimeError",
    "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead.",
  );
}

export function checkRelu(dtype: DType): void {
  if (dtype === "bool") fail("RuntimeError", "Boolean inputs not supported for relu");
}

/** `dtype` is the one that base and exponent meet in. */
export function checkPow(dtype: DType, exponent: unknown): void {
  checkImplemented("pow", dtype, dtype !== "bool");
  if (!isFloat(dtype) && typeof exponent === "number" && exponent < 0) {
    fail("RuntimeError", "Integers to negative integer powers are not allowed.");
  }
}

/** The bounds of `clamp` that are given. */
export function clampBounds(min: number | null, max: number | null): number[] {
  const bounds = [min, max].filter((bound) => bound !== null);
  if (bounds.length === 0) fail("RuntimeError", "torch.clamp: At least one of 'min' or 'max' must not be None");
  return bounds;
}

export function checkMask(mask: Variable): void {
  checkTensor("maskedFill()", mask);
  const { dtype } = mask.value;
  if (dtype === "bool") return;
  fail("RuntimeError", `masked_fill_ only supports boolean masks, but got mask with dtype ${cName(dtype)}`);
}

/** What PyTorch says where dtypes differ depends on which of its products would have run. */
export function checkMatmul(a: Value, b: Value): void {
  const [m, n] = [a.shape.length, b.shape.length];
  if (m === 0 || n === 0) {
    fail("RuntimeError", `both arguments to matmul need to be at least 1D, but they are ${m}D and ${n}D`);
  }
  if (a.dtype !== b.dtype) {
    const [left, right] = [scalarName(a.dtype), scalarName(b.dtype)];
    if (m === 1 && n === 1) {
      fail("RuntimeError", `dot : expected both vectors to have same dtype, but found ${left} and ${right}`);
    }
    if (n > 2) fail("RuntimeError", `expected scalar type ${left} but found ${right}`);
    fail("RuntimeError", `expected m1 and m2 to have the same dtype, but got: ${cName(a.dtype)} != ${cName(b.dtype)}`);
  }
  checkImplemented("addmm_impl_cpu_", a.dtype, a.dtype !== "bool");
}

/** Refuses what are no batches of matrices that can be multiplied. */
export function checkBmm(a: Value, b: Value): void {
  [a, b].forEach((x, i) => {
    if (x.shape.length !== 3) fail("RuntimeError", `batch${i + 1} must be a 3D tensor`);
  });
  const [B, , K] = a.shape;
  const got = b.shape.slice(0, 2);
  if (got[0] !== B || got[1] !== K) {
    fail(
      "RuntimeError",
      `Expected size for first two dimensions of batch2 tensor to be: [${B}, ${K}] but got: [${got.join(", ")}].`,
    );
  }
  if (a.dtype !== b.dtype) {
    fail("RuntimeError", `expected scalar type ${scalarName(a.dtype)} but found ${scalarName(b.dtype)}`);
  }
  checkImplemented("bmm", a.dtype, a.dtype !== "bool");
}
