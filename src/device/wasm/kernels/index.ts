/** What the kernels' module offers: memory is managed from outside, from `heap` on. */

// The steps of cells are for the module of those that are made around them.
export { gruBackward, gruForward, lstmBackward, lstmForward } from "./cells";
export { activate } from "./elementwise";
export { gemm, pack } from "./gemm";
export { backward, columnSums, forward } from "./recurrence";
export { step } from "./stepper";

/** Where memory is free from. */
export function heap(): usize {
  return __heap_base;
}
