/** What the module of ops offers, in the memory that it shares with the runs over time. */

export { rowSums, softmaxGradient } from "./crossentropy";
export { compare, elementwise, where } from "./elementwise";
export { layerNorm, layerNormBackward } from "./layernorm";
export { fold } from "./reduce";
export { softmaxBackwardRows, softmaxRows } from "./softmax";
export { adam, rmsprop, sgd } from "./updates";

/** Where this module's constants end. */
export function heap(): usize {
  return __heap_base;
}
