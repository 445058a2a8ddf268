/** One number in, one number out, in the kernels; null where they have no answer. */

import type { Unary } from "../device.js";
import { laidOut } from "../js/elementwise.js";
import { allocate, type Value, wrap } from "../value.js";
import type { Ops } from "./ops_module.js";

/** Floats that go through the kernels at a time: they stay in the nearest caches on their way. */
const chunk = 8192;

/** The numbers of kernels/ops/elementwise.ts. */
const unaries: Partial<Record<Unary, number>> = { exp: 0, tanh: 1 };

export function unary({ kernels, memory }: Ops, op: Unary, x: Value): Value | null {
  const which = unaries[op];
  if (which === undefined || x.dtype !== "float32") return null;
  const from = laidOut(x) as Float32Array;
  const to = allocate("float32", from.length) as Float32Array;
  memory.reset();
  const at = memory.take(Math.min(chunk, from.length));
  for (let start = 0; start < from.length; start += chunk) {
    const count = Math.min(chunk, from.length - start);
    const { floats } = memory;
    floats.set(from.subarray(start, start + count), at / 4);
    kernels.unary(which, at, (count + 3) & ~3);
    to.set(floats.subarray(at / 4, at / 4 + count), start);
  }
  return wrap("float32", to, x.shape);
}
