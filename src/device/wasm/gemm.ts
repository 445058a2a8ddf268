/** out (+)= a·b through the kernels: any strides, laid out on the way in. float32 only. */

import { selectView } from "../../base/shape.js";
import { copy, laidOut } from "../js/elementwise.js";
import { type Value, wrap } from "../value.js";
import { type Memory, padded } from "./memory.js";
import type { Kernels } from "./module.js";

/** The matrices of a batch, or the ones that are given. */
export function matrices(...values: [Value, Value, Value]): Value[][] {
  const [, , { shape }] = values;
  if (shape.length === 2) return [values];
  return Array.from({ length: shape[0] }, (_, i) => values.map((value) => value.at(selectView(value, 0, i))));
}

export function gemm(kernels: Kernels, memory: Memory, a: Value, b: Value, out: Value, accumulate: boolean): void {
  const [M, N] = out.shape;
  const K = a.shape[1];
  const wide = padded(N);
  memory.reset();
  const left = memory.load(laidOut(a) as Float32Array, K);
  const right = memory.load(laidOut(b) as Float32Array, N);
  const panels = memory.take(K * wide);
  kernels.pack(right, wide * 4, 4, K, wide, panels);
  const c = memory.take(M * wide);
  kernels.gemm(left, padded(K) * 4, 4, panels, c, wide * 4, M, wide, K, 0, 0);
  const product = memory.store(c, M, N);
  if (accumulate) {
    const before = laidOut(out);
    for (let i = 0; i < product.length; i++) product[i] += before[i];
  }
  copy(wrap("float32", product, out.shape), out);
}
