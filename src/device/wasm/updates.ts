/** The updates of optimisers in the kernels, float32 alone; null where they have no answer. */

import { elements, type Value } from "../value.js";
import { few } from "./operands.js";
import type { Ops, OpsKernels } from "./ops_module.js";

/** Floats of each array at a time: five of them stay in the nearest caches. */
const piece = 4096;

type Numbers = Readonly<Record<string, number>>;

/**
 * An update by a kernel that is handed where its arrays lie, the parameter's, the gradient's and the running ones'.
 * What it returns is null where nothing was done.
 */
function through(kernel: (kernels: OpsKernels, arrays: readonly number[], count: number, numbers: Numbers) => void) {
  return (
    { kernels, memory }: Ops,
    parameter: Value,
    gradient: Value,
    running: readonly Value[],
    numbers: Numbers,
  ): unknown => {
    if (parameter.dtype !== "float32" || parameter.numel < few) return null;
    const data = [parameter, gradient, ...running].map((value) => elements(value) as Float32Array);
    memory.reset();
    const arrays = data.map(() => memory.take(piece));
    const { floats } = memory;
    for (let start = 0; start < parameter.numel; start += piece) {
      const end = Math.min(start + piece, parameter.numel);
      const isAll = end - start === parameter.numel;
      for (let i = 0; i < data.length; i++) {
        floats.set(isAll ? data[i] : data[i].subarray(start, end), arrays[i] / 4);
      }
      kernel(kernels, arrays, (end - start + 3) & ~3, numbers);
      data.forEach((array, i) => {
        if (i !== 1) array.set(floats.subarray(arrays[i] / 4, arrays[i] / 4 + end - start), start);
      });
    }
    return true;
  };
}

export const sgd = through((kernels, [p, d, b], count, { lr, weightDecay, momentum, taken, ahead }) => {
  if (b === undefined) kernels.descend(p, d, count, lr, weightDecay);
  else kernels.sgd(p, d, b, count, lr, weightDecay, momentum, taken, ahead);
});

export const adam = through((kernels, [p, d, m, v, top = 0], count, numbers) => {
  const { weightDecay, beta1, beta2, eps, pace, spread } = numbers;
  kernels.adam(p, d, m, v, top, count, weightDecay, beta1, beta2, eps, pace, spread);
});
