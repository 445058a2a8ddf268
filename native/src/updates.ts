/** The updates of optimisers in the kernels; few numbers, and mixed dtypes, are the js device's. */

import { elements, type FloatArray, js, type Update, type Value } from "elman-nn/device";
import type { Binding } from "./binding.js";

type Numbers = Readonly<Record<string, number>>;

/** Below as many elements, the way to C++ takes longer. */
const few = 32;
/** The numbers of one step, in the order of kernels/updates.h. */
const order: Readonly<Record<string, readonly string[]>> = {
  sgd: ["lr", "weightDecay", "momentum", "taken", "ahead"],
  adam: ["shrink", "pace", "spread", "eps", "weightDecay", "beta1", "beta2"],
  rmsprop: ["lr", "alpha", "eps", "weightDecay", "momentum"],
};

/** Where a rule's running values stand: those of rmsprop depend on what it was asked for. */
function placed(rule: string, running: readonly Value[], { centered, momentum }: Numbers): (Value | null)[] {
  if (rule !== "rmsprop") return [0, 1, 2].map((i) => running[i] ?? null);
  return [running[0], centered === 1 ? running[1] : null, momentum > 0 ? running[1 + centered] : null];
}

/** The updates over a module. */
export function updates(binding: Binding): Readonly<Record<string, Update>> {
  const numbers = new Float64Array(8);
  const native = (rule: string, which: number): Update => {
    return (parameter, gradient, running, given) => {
      const values = [parameter, gradient, ...running];
      if (parameter.numel < few || values.some(({ dtype }) => dtype !== parameter.dtype)) {
        js.updates[rule](parameter, gradient, running, given);
        return;
      }
      order[rule].forEach((name, i) => {
        numbers[i] = given[name];
      });
      const [p, d, a, b, c] = [parameter, gradient, ...placed(rule, running, given)].map(
        (value) => value && (elements(value) as FloatArray),
      );
      binding.update(which, p as FloatArray, d as FloatArray, a, b, c, numbers);
    };
  };
  return { ...js.updates, ...Object.fromEntries(Object.keys(order).map((rule, which) => [rule, native(rule, which)])) };
}
