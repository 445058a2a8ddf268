/** What the kernels' module offers: memory is managed from outside, from `heap` on. */

export { gemm, pack } from "./gemm";
export { backward, columnSums, forward } from "./recurrence";
export { step } from "./stepper";

import { sigmoid, tanh } from "./elementwise";

/** Where memory is free from. */
export function heap(): usize {
  return __heap_base;
}

/** sigmoid (0) or tanh (1) of `count` floats, a multiple of four, in place: a net's activations. */
export function activate(which: i32, at: usize, count: i32): void {
  const end = at + <usize>count * 4;
  for (; at < end; at += 16) {
    const x = v128.load(at);
    v128.store(at, which === 0 ? sigmoid(x) : tanh(x));
  }
}
