/**
 * Ops of one element at a time in the kernels, wherever the operands lie. What is no float, of two dtypes or of few elements
 * is the js device's.
 */

import {
  type Binary,
  broadcast,
  type Device,
  type DType,
  type FloatArray,
  isRowMajor,
  js,
  type Shape,
  type Slope,
  type Unary,
  type Value,
} from "elman-nn/device";
import type { Binding } from "./binding.js";
import { mostDims, overShape } from "./plan.js";
import { count, room } from "./room.js";

/** Below as many elements, the way to C++ takes longer than the loop in JavaScript. */
const few = 64;

/** Ops stand at the numbers of kernels/elementwise.h. */
const numbers = ["neg", "exp", "log", "sqrt", "abs", "sign", "tanh", "sigmoid", "logSigmoid", "relu"] as const;
const arithmetic = ["add", "sub", "mul", "div", "pow", "maximum", "minimum"] as const;
const slopes = ["exp", "log", "sqrt", "root", "abs", "tanh", "sigmoid", "logSigmoid", "relu"] as const;
const predicates = ["isnan", "logicalNot"] as const;
const comparisons = ["eq", "ne", "lt", "le", "gt", "ge", "logicalAnd", "logicalOr"] as const;

const numbered = (first: number, ops: readonly string[]) => ops.map((op, i) => [op, first + i] as const);
const unaryOps = new Map<string, number>([...numbered(0, numbers), ...numbered(26, predicates)]);
const binaryOps = new Map<string, number>([...numbered(10, arithmetic), ...numbered(28, comparisons)]);
const slopeOps = new Map<string, number>(numbered(17, slopes));
const addOp = binaryOps.get("add") as number;
/** Ops from this number on answer with true or false. */
const firstTruth = 26;

const isFloat = (dtype: DType): boolean => dtype === "float32" || dtype === "float64";
const floats = (x: Value): FloatArray => x.storage.data as FloatArray;

/** Whether the kernels compute this: floats of one dtype, enough of them. */
function isCovered(shape: Shape, count: number, a: Value, b: Value): boolean {
  return count >= few && shape.length <= mostDims && a.dtype === b.dtype && isFloat(a.dtype);
}

type Names = "unary" | "slope" | "binary" | "where" | "copy" | "accumulate";

/** The kernels of a device over a module. */
export function elementwise(binding: Binding): Pick<Device, Names> {
  /** The op of a and b over `shape`, as a fresh value. */
  function computed(op: number, dtype: DType, shape: Shape, a: Value, b: Value): Value {
    const out = room(dtype, shape);
    binding.elementwise(op, out.storage.data, 0, floats(a), floats(b), overShape(shape, a, b));
    return out;
  }

  /** Writes the op of a and b into `to`, which is row-major. */
  function write(op: number, a: Value, b: Value, to: Value): void {
    binding.elementwise(op, to.storage.data, to.offset, floats(a), floats(b), overShape(to.shape, a, b));
  }

  return {
    unary(op: Unary, x: Value): Value {
      const which = unaryOps.get(op) as number;
      if (!isCovered(x.shape, x.numel, x, x)) return js.unary(op, x);
      return computed(which, which < firstTruth ? x.dtype : "bool", x.shape, x, x);
    },
    slope(op: Slope, d: Value, saved: Value): Value {
      if (!isCovered(saved.shape, saved.numel, d, saved)) return js.slope(op, d, saved);
      return computed(slopeOps.get(op) as number, saved.dtype, saved.shape, d, saved);
    },
    binary(op: Binary, a: Value, b: Value, dtype: DType): Value {
      const shape = broadcast(a.shape, b.shape);
      const which = binaryOps.get(op) as number;
      if (!isCovered(shape, count(shape), a, b) || dtype !== (which < firstTruth ? a.dtype : "bool")) {
        return js.binary(op, a, b, dtype);
      }
      return computed(which, dtype, shape, a, b);
    },
    where(condition: Value, a: Value, b: Value): Value {
      const shape = broadcast(condition.shape, broadcast(a.shape, b.shape));
      if (condition.dtype !== "bool" || !isCovered(shape, count(shape), a, b)) return js.where(condition, a, b);
      const out = room(a.dtype, shape);
      const chosen = condition.storage.data as Uint8Array;
      binding.where(floats(out), floats(a), floats(b), chosen, overShape(shape, a, b, condition));
      return out;
    },
    copy(from: Value, to: Value): void {
      // What is row-major on both sides is one copy of the engine's.
      const isKernels = isCovered(to.shape, to.numel, from, to) && from.storage !== to.storage;
      if (!isKernels || (isRowMajor(to) && isRowMajor(from))) js.copy(from, to);
      else binding.scatter(floats(to), floats(from), overShape(to.shape, from, to));
    },
    accumulate(from: Value, to: Value): void {
      if (!isCovered(to.shape, to.numel, from, to)) js.accumulate(from, to);
      else if (isRowMajor(to) && from.storage !== to.storage) write(addOp, to, from, to);
      else {
        const sum = computed(addOp, to.dtype, to.shape, to, from);
        binding.scatter(floats(to), floats(sum), overShape(to.shape, sum, to));
      }
    },
  };
}
