/**
 * Parameters that are computed from others each time that they are read.
 * Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.parametrizations.weight_norm.html, Salimans and
 * Kingma (2016); …torch.nn.utils.parametrize.remove_parametrizations.html
 */

import { checkOptions, fail, shown, typed } from "../base/errors.js";
import { dimension } from "../base/shape.js";
import { noGrad } from "../tensor/autograd.js";
import type { Tensor } from "../tensor/tensor.js";
import { checkTensor } from "./checks.js";
import { Module, Parameter } from "./module.js";

/** Options of `weightNorm`. */
export interface WeightNormOptions {
  /** The parameter's name. Default "weight". */
  name?: string;
  /** The dimension whose slices have a magnitude each; null, or as in PyTorch −1, for one magnitude of all. Default 0. */
  dim?: number | null;
}

/** The norm of each slice of `dim`, kept as sizes of 1; of all, a scalar. */
function normOf(x: Tensor, dim: number | null): Tensor {
  if (dim === null) return x.norm();
  const others = x.shape.map((_, i) => i).filter((i) => i !== dim);
  return x.norm(2, others, true);
}

/** A weight as a magnitude and a direction: original0·original1 / ‖original1‖. */
class ParametrizationList extends Module {
  static override name = "ParametrizationList";

  /** The magnitude. */
  original0: Parameter;
  /** The direction, of any length. */
  original1: Parameter;

  constructor(
    weight: Parameter,
    private readonly dim: number | null,
  ) {
    super();
    const [magnitude, direction] = noGrad(() => [normOf(weight, dim).clone(), weight.clone()]);
    this.original0 = new Parameter(magnitude, weight.requiresGrad);
    this.original1 = new Parameter(direction, weight.requiresGrad);
  }

  override forward(): Tensor {
    const { original0, original1, dim } = this;
    const weight = original1.mul(original0.div(normOf(original1, dim)));
    return weight.isLeaf ? new Parameter(weight, false) : weight;
  }

  /** Takes a weight apart. */
  assign(weight: Tensor): void {
    checkTensor("a computed parameter", "weight", 1, weight);
    noGrad(() => {
      this.original0.copy_(normOf(weight, this.dim));
      this.original1.copy_(weight);
    });
  }

  protected override childLines(): string[] {
    return ["(0): _WeightNorm()"];
  }
}

/** The parametrizations of a module by the names of its parameters. */
class ModuleDict extends Module {
  static override name = "ModuleDict";

  [name: string]: unknown;
}

/** A module some of whose parameters are computed. */
type Parametrized = Module & { parametrizations?: ModuleDict } & Record<string, unknown>;

/** Whether a parameter of a module is computed. */
const listOf = (module: Parametrized, name: string): ParametrizationList | null => {
  const { parametrizations: all } = module;
  const list = all !== undefined && Object.hasOwn(all, name) ? all[name] : null;
  return list instanceof ParametrizationList ? list : null;
};

/** Gives a module a class of its own, on which properties can be: `ParametrizedLinear`. */
function subclass(module: Parametrized): void {
  const Base = module.constructor as typeof Module;
  const Own = class extends Base {};
  Object.defineProperty(Own, "name", { value: `Parametrized${Base.name}` });
  Object.setPrototypeOf(module, Own.prototype);
}

/**
 * Has a parameter of a module computed from a magnitude and a direction, which are trained in its place under PyTorch's
 * names: `parametrizations.weight.original0` and `…original1`. Reading the parameter computes it.
 * @returns the module itself
 * @throws ValueError where there is no such parameter, or it is computed already
 */
function weightNorm<M extends Module>(module: M, options: WeightNormOptions = {}): M {
  checkOptions("weight_norm()", options, ["name", "dim"]);
  const { name = "weight", dim = 0 } = options;
  if (!(module instanceof Module)) fail("TypeError", `weight_norm() expected a Module, got: ${shown(module)}`);
  const target = module as unknown as Parametrized;
  if (listOf(target, name) !== null) fail("ValueError", `weight_norm() expected a parameter, got: '${name}', computed`);
  const weight = Object.hasOwn(module, name) ? target[name] : null;
  if (!(weight instanceof Parameter)) {
    fail(
      "ValueError",
      `Module '${module}' does not have a parameter, a buffer, or a parametrized element with name '${shown(name)}'`,
    );
  }
  // As in PyTorch −1 is null, not the last dimension.
  const list = new ParametrizationList(weight, dim === null || dim === -1 ? null : dimension(dim, weight.ndim));
  if (target.parametrizations === undefined) {
    subclass(target);
    target.parametrizations = new ModuleDict();
  }
  delete target[name];
  target.parametrizations[name] = list;
  Object.defineProperty(Object.getPrototypeOf(module), name, {
    configurable: true,
    get(this: Parametrized) {
      return listOf(this, name)?.forward();
    },
    set(this: Parametrized, given: Tensor) {
      listOf(this, name)?.assign(given);
    },
  });
  return module;
}

/** Options of `removeParametrizations`. */
export interface RemoveOptions {
  /** Whether the parameter has the value that was computed. Default true; nothing else is possible here. */
  leaveParametrized?: boolean;
}

/**
 * Makes a computed parameter an ordinary one again, with the value that it has now.
 * @returns the module itself
 * @throws ValueError where the parameter is not computed
 */
function removeParametrizations<M extends Module>(module: M, name: string, options: RemoveOptions = {}): M {
  checkOptions("remove_parametrizations()", options, ["leaveParametrized"]);
  const target = module as unknown as Parametrized;
  const list = module instanceof Module ? listOf(target, name) : null;
  if (list === null) {
    fail("ValueError", `Module ${String(module)} does not have a parametrization on ${shown(name)}`);
  }
  const { leaveParametrized = true } = options;
  typed("leave_parametrized", leaveParametrized, "bool");
  if (!leaveParametrized) {
    fail(
      "ValueError",
      "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a sequence of tensors.",
    );
  }
  const { requiresGrad } = list.original1;
  const value = noGrad(() => list.forward());
  const all = target.parametrizations as ModuleDict;
  delete all[name];
  if (all.children().length === 0) {
    delete target.parametrizations;
    Object.setPrototypeOf(module, Object.getPrototypeOf(Object.getPrototypeOf(module)));
  }
  // The property of the class stays behind this one: a clone of the module may have the same class.
  Object.defineProperty(module, name, {
    value: new Parameter(value, requiresGrad),
    ...{ writable: true, enumerable: true, configurable: true },
  });
  return module;
}

/** torch.nn.utils.parametrizations */
export const parametrizations = { weightNorm };
/** torch.nn.utils.parametrize */
export const parametrize = { removeParametrizations };
