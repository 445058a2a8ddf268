/** Folds in the kernels, over any dimensions, wherever the elements lie. What is no float, or few, is the js device's. */

import { type Device, type FloatArray, fresh, js, type Reduction, type Value } from "elman-nn/device";
import type { Binding } from "./binding.js";
import { mostDims, split } from "./plan.js";

/** Below as many elements, the way to C++ takes longer. */
const few = 64;
/** Folds stand at the numbers of kernels/reduce.h. */
const folds: readonly Reduction[] = ["sum", "squares", "max", "min"];

/** The kernel of a device over a module. */
export function reduce(binding: Binding): Device["reduce"] {
  return (op: Reduction, x: Value, dims: readonly number[]): Value => {
    const isFloat = x.dtype === "float32" || x.dtype === "float64";
    if (!isFloat || x.numel < few || x.shape.length > mostDims) return js.reduce(op, x, dims);
    const out = fresh(
      x.dtype,
      x.shape.filter((_, dim) => !dims.includes(dim)),
    );
    binding.reduce(folds.indexOf(op), out.storage.data as FloatArray, x.storage.data as FloatArray, split(x, dims));
    return out;
  };
}
