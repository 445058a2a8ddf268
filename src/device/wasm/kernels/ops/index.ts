/** What the module of ops offers, in the memory that it shares with the runs over time. */

export { binary, compare, spread, unary, where } from "./elementwise";
export { foldColumns, foldRows } from "./reduce";
export { softmaxBackwardColumns, softmaxBackwardRows, softmaxColumns, softmaxRows } from "./softmax";

/** Where this module's constants end. */
export function heap(): usize {
  return __heap_base;
}
