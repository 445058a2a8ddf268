/**
 * What optimisers have in common: groups of parameters with settings of their own, and one state a parameter.
 * Source: https://docs.pytorch.org/docs/stable/optim.html
 */

import { checkOptions, fail, isIterable, mistyped, shown, typeName } from "../base/errors.js";
import { convert, device, rowMajor } from "../tensor/kernels.js";
import { Tensor } from "../tensor/tensor.js";
import { type Rule, type State, step } from "./rule.js";

/** Parameters with their settings; settings may be changed between steps. */
export type Group<S> = S & { params: Tensor[] };
/** Parameters, or several groups of them, each with settings that differ from the others'. */
export type Params<S> = Iterable<Tensor> | Iterable<Partial<S> & { params: Tensor | Iterable<Tensor> }>;

/**
 * The base of optimisers: groups of parameters, a state for each, `step()` and `zeroGrad()`.
 *
 * Source: https://docs.pytorch.org/docs/stable/optim.html
 */
export abstract class Optimizer<S extends object = object> {
  /** Settings may be changed between steps: `optimizer.paramGroups[0].lr = 1e-4`. */
  readonly paramGroups: Group<S>[];
  private readonly states = new Map<Tensor, State>();

  /** @param name the class, for messages; `defaults` name every setting there is */
  constructor(name: string, params: Params<S>, defaults: S, options: Partial<S>) {
    if (new.target === Optimizer) fail("TypeError", "Optimizer is abstract: use SGD or Adam, or extend it");
    const known = Object.keys(defaults);
    checkOptions(`${name}.__init__()`, options, known);
    if (params instanceof Tensor || !isIterable(params)) {
      fail(
        "TypeError",
        `params argument given to the optimizer should be an iterable of Tensors or dicts, but got ${typeName(params)}`,
      );
    }
    const given = [...params];
    if (given.length === 0) fail("ValueError", "optimizer got an empty parameter list");
    const groups = given[0] instanceof Tensor ? [{ params: given }] : given;
    const seen = new Set<Tensor>();
    this.paramGroups = groups.map((group) => {
      const list = members(group);
      for (const parameter of list) {
        if (!(parameter instanceof Tensor)) {
          fail("TypeError", `optimizer can only optimize Tensors, but one of the params is ${typeName(parameter)}`);
        }
        if (!parameter.isLeaf) fail("ValueError", "can't optimize a non-leaf Tensor");
        if (seen.has(parameter)) fail("ValueError", "some parameters appear in more than one parameter group");
        seen.add(parameter);
      }
      checkOptions(`a parameter group of ${name}`, group, ["params", ...known]);
      const complete = { ...defaults, ...chosen(options), ...chosen(group as Partial<S>), params: list };
      this.check(complete);
      return complete;
    });
  }

  /** Refuses settings that make no sense. */
  protected abstract check(settings: S): void;

  /** What a step does to a parameter. */
  protected abstract readonly rule: Rule<S>;

  /** Changes every parameter that has a gradient. */
  step(): void {
    for (const group of this.paramGroups) {
      this.check(group);
      for (const parameter of group.params) {
        const { gradient } = parameter;
        if (gradient === null) continue;
        const { value } = parameter;
        const numbers = rowMajor(value);
        const state = this.states.get(parameter) ?? { step: 0, running: [] };
        this.states.set(parameter, state);
        step(this.rule, numbers, rowMajor(convert(gradient, parameter.dtype)), state, group);
        if (numbers !== value) device().copy(numbers, value);
        value.storage.version++;
      }
    }
  }

  /** Forgets the gradients of every parameter. */
  zeroGrad(): void {
    for (const group of this.paramGroups) for (const parameter of group.params) parameter.grad = null;
  }
}

/** The parameters of a group; one alone may stand without a list. */
function members(group: unknown): Tensor[] {
  if (typeof group !== "object" || group === null || group instanceof Tensor) {
    const came = group instanceof Tensor ? "a Tensor beside groups" : typeName(group);
    return fail("TypeError", `optimizer can only optimize Tensors, but one of the params is ${came}`);
  }
  const { params } = group as { params?: Tensor | Iterable<Tensor> };
  if (params instanceof Tensor) return [params];
  if (!isIterable(params)) mistyped("optimizer expected groups with params, an iterable of Tensors", params);
  return [...params];
}

/** The settings that were given: undefined stands for the default. */
function chosen<S extends object>(settings: Partial<S>): Partial<S> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as Partial<S>;
}

/** Refuses a setting that is not a number from 0 up; `what` names it in PyTorch's messages. */
export function checkNotNegative(what: string, value: number): void {
  if (typeof value !== "number" || !(value >= 0)) fail("ValueError", `Invalid ${what}: ${shown(value)}`);
}
