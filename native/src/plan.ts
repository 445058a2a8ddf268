/** Where operands lie, written down for the module in C++: one array that every call reads before it computes. */

import type { Shape, View } from "elman-nn/device";

/** Dimensions that the kernels know at most. */
export const mostDims = 16;

/** Room for a shape and where three operands lie over it. */
const plan = new Float64Array((mostDims + 1) * 4);

/** A shape, then of each view its offset and its strides, which go with the last dimensions; what is stretched has 0. */
export function overShape(shape: Shape, ...views: readonly View[]): Float64Array {
  let at = 0;
  plan[at++] = shape.length;
  for (const size of shape) plan[at++] = size;
  for (const { shape: own, strides, offset } of views) {
    plan[at++] = offset;
    const lead = shape.length - own.length;
    for (let i = 0; i < shape.length; i++) {
      plan[at++] = i < lead || (own[i - lead] === 1 && shape[i] !== 1) ? 0 : strides[i - lead];
    }
  }
  return plan;
}

/** What is kept of a view and what is folded, each as a shape and strides, and the offset. */
export function split({ shape, strides, offset }: View, dims: readonly number[]): Float64Array {
  let at = 0;
  for (const isFolded of [false, true]) {
    const chosen = shape.flatMap((_, dim) => (dims.includes(dim) === isFolded ? [dim] : []));
    plan[at++] = chosen.length;
    for (const dim of chosen) plan[at++] = shape[dim];
    for (const dim of chosen) plan[at++] = strides[dim];
  }
  plan[at] = offset;
  return plan;
}
