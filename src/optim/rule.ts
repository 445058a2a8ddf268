/**
 * What makes an optimiser: a rule is one record, its formula in the methods of tensors. A device may have the same
 * formula as one fused kernel, under the rule's name.
 */

import { fresh, type Value } from "../device/value.js";
import { noGrad } from "../tensor/autograd.js";
import { device } from "../tensor/kernels.js";
import { Tensor } from "../tensor/tensor.js";

/** What is known of a parameter from step to step. */
export interface State {
  /** How many steps it has taken. */
  step: number;
  /** Running values by PyTorch's names, each of the parameter's shape. They begin as zeros in its dtype, when first needed. */
  readonly running: Map<string, Value>;
}

/** S: an optimiser's settings; N: the names of the numbers that a step takes. */
export interface Rule<S, N extends string = string> {
  /** What devices call it. */
  readonly name: string;
  /** Whether PyTorch keeps how many steps a parameter has taken. */
  readonly counts: boolean;
  /**
   * PyTorch's names of the running values that it needs.
   * @param settings the group's
   */
  running(settings: S): readonly string[];
  /**
   * The numbers of the step that `state` is before.
   * @param settings the group's
   */
  numbers(settings: S, state: Readonly<State>): Record<N, number>;
  /**
   * The parameter and the running values after a step.
   * @param gradient that of the parameter
   * @param numbers those of the step
   */
  formula(
    parameter: Tensor,
    gradient: Tensor,
    running: readonly Tensor[],
    numbers: Readonly<Record<N, number>>,
  ): readonly Tensor[];
}

/** One step of a parameter, in place, from its gradient; both row-major and of one dtype. */
export function step<S, N extends string>(
  rule: Rule<S, N>,
  parameter: Value,
  gradient: Value,
  state: State,
  settings: S,
): void {
  const numbers = rule.numbers(settings, state);
  const running = rule.running(settings).map((name) => {
    const value = state.running.get(name) ?? fresh(parameter.dtype, parameter.shape);
    state.running.set(name, value);
    return value;
  });
  state.step++;
  const fused = device().updates[rule.name];
  // A module that was converted has running values of the dtype it had before.
  if (fused !== undefined && running.every(({ dtype }) => dtype === parameter.dtype)) {
    fused(parameter, gradient, running, numbers);
    return;
  }
  const [p, g, ...before] = [parameter, gradient, ...running].map((value) => new Tensor(value));
  const after = noGrad(() => rule.formula(p, g, before, numbers));
  [parameter, ...running].forEach((value, i) => {
    device().copy(after[i].value, value);
  });
}
