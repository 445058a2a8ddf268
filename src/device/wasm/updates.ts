/** The updates of optimisers in the kernels, float32 alone; null where they have no answer. */

import { elements, type Value } from "../value.js";
import type { Ops, OpsKernels } from "./ops_module.js";
import { few, pieces } from "./pieces.js";

type Numbers = Readonly<Record<string, number>>;

/**
 * An update by a kernel that is handed where its arrays lie, the parameter's, the gradient's and the running ones'.
 * What it returns is null where nothing was done.
 */
function through(kernel: (kernels: OpsKernels, arrays: readonly number[], count: number, numbers: Numbers) => void) {
  return (ops: Ops, parameter: Value, gradient: Value, running: readonly Value[], numbers: Numbers): unknown => {
    if (parameter.dtype !== "float32" || parameter.numel < few) return null;
    const data = [parameter, gradient, ...running].map(elements);
    pieces(ops, [parameter.numel, 1], data, data.toSpliced(1, 1), [], (at, count) =>
      kernel(ops.kernels, data.map(at), (count + 3) & ~3, numbers),
    );
    return true;
  };
}

export const sgd = through((kernels, [p, d, b = 0], count, { lr, weightDecay, momentum, taken, ahead }) =>
  kernels.sgd(p, d, b, count, lr, weightDecay, momentum, taken, ahead),
);

export const adam = through((kernels, [p, d, m, v, top = 0], count, numbers) => {
  const { shrink, weightDecay, beta1, beta2, eps, pace, spread } = numbers;
  kernels.adam(p, d, m, v, top, count, shrink, weightDecay, beta1, beta2, eps, pace, spread);
});

export const rmsprop = through((kernels, [p, d, v, ...rest], count, numbers) => {
  const { lr, alpha, eps, weightDecay, momentum, centered } = numbers;
  const m = centered === 1 ? rest[0] : 0;
  const b = momentum > 0 ? rest[centered] : 0;
  kernels.rmsprop(p, d, v, m, b, count, lr, alpha, eps, weightDecay, momentum);
});
