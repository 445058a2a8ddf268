/**
 * What optimisers have in common: groups of parameters with settings of their own, and one state a parameter.
 * Source: https://docs.pytorch.org/docs/stable/optim.html
 */

import { checkOptions, fail, isForeign, isIterable, mistyped, shown, typeName } from "../base/errors.js";
import { convert, device, neg, rowMajor } from "../tensor/kernels.js";
import { Tensor } from "../tensor/tensor.js";
import { type Rule, type State, step } from "./rule.js";
import { type OptimizerState, packedGroup, packedState, unpacked, unpackedGroup, unpackedState } from "./state.js";

/** What every optimiser's groups have. */
export interface Settings {
  /** The learning rate. */
  lr: number;
  /** Goes up the gradient, not down. Default false. */
  maximize?: boolean;
}
/** What schedulers keep in the groups they drive. */
export interface Scheduled {
  /** lr before the first scheduler. */
  initialLr?: number;
  /** The bounds of `OneCycleLR`. */
  maxLr?: number;
  /** The rate at which a schedule ends. */
  minLr?: number;
  /** The momentum at the lowest rate. */
  maxMomentum?: number;
  /** The momentum at the highest rate. */
  baseMomentum?: number;
}
const scheduled = ["initialLr", "maxLr", "minLr", "maxMomentum", "baseMomentum"];

/** Parameters with their settings; settings may be changed between steps. */
export type Group<S> = S & Scheduled & { params: Tensor[] };
/** A group as it is given: what it does not set is the optimiser's. */
export type GivenGroup<S> = Partial<S> & { params: Tensor | Iterable<Tensor> };
/** Parameters, or several groups of them, each with settings that differ from the others'. */
export type Params<S> = Iterable<Tensor> | Iterable<GivenGroup<S>>;

/**
 * The base of optimisers: groups of parameters, a state for each, `step()` and `zeroGrad()`.
 *
 * Source: https://docs.pytorch.org/docs/stable/optim.html
 */
export abstract class Optimizer<S extends Settings = Settings> {
  /** Settings may be changed between steps: `optimizer.paramGroups[0].lr = 1e-4`. */
  readonly paramGroups: Group<S>[] = [];
  /** What groups do not set. */
  readonly defaults: Readonly<S>;
  /** @internal Whether a step was taken, perhaps before a state dict was written: schedulers ask. */
  stepped = false;
  private readonly states = new Map<Tensor, State>();

  /**
   * @param name the class, for messages
   * @param params tensors, or groups `{ params, lr, … }` of them
   * @param defaults every setting there is
   */
  constructor(
    private readonly name: string,
    params: Params<S>,
    defaults: S,
    options: Partial<S>,
  ) {
    if (new.target === Optimizer) fail("TypeError", "Optimizer is abstract: use SGD or Adam, or extend it");
    checkOptions(`${name}.__init__()`, options, Object.keys(defaults));
    this.defaults = { ...defaults, ...chosen(options) };
    if (params instanceof Tensor || !isIterable(params)) {
      fail(
        "TypeError",
        `params argument given to the optimizer should be an iterable of Tensors or dicts, but got ${typeName(params)}`,
      );
    }
    const given = [...params];
    if (given.length === 0) fail("ValueError", "optimizer got an empty parameter list");
    const groups = (given[0] instanceof Tensor ? [{ params: given }] : given) as GivenGroup<S>[];
    for (const group of groups) this.addParamGroup(group);
  }

  /**
   * Adds parameters to those that are trained, with settings of their own: layers that thaw during training.
   * @throws ValueError for a parameter that is in a group already, for one that was computed, and for settings that make
   *   no sense
   */
  addParamGroup(group: GivenGroup<S>): void {
    const list = members(group);
    const seen = new Set(this.parameters());
    for (const parameter of list) {
      if (!(parameter instanceof Tensor)) {
        fail("TypeError", `optimizer can only optimize Tensors, but one of the params is ${typeName(parameter)}`);
      }
      if (!parameter.isLeaf) fail("ValueError", "can't optimize a non-leaf Tensor");
      if (seen.has(parameter)) fail("ValueError", "some parameters appear in more than one parameter group");
      seen.add(parameter);
    }
    checkOptions(`a parameter group of ${this.name}`, group, ["params", ...Object.keys(this.defaults)]);
    const complete = { ...this.defaults, ...chosen<S>(group), params: list };
    this.check(complete);
    this.paramGroups.push(complete);
  }

  /** Refuses settings that make no sense. */
  protected abstract check(settings: S): void;

  /** What a step does to a parameter. */
  protected abstract readonly rule: Rule<S>;

  private parameters(): Tensor[] {
    return this.paramGroups.flatMap(({ params }) => params);
  }

  /** Changes every parameter that has a gradient. */
  step(): void {
    this.stepped = true;
    for (const group of this.paramGroups) {
      this.check(group);
      for (const parameter of group.params) {
        const { gradient } = parameter;
        if (gradient === null) continue;
        const { value } = parameter;
        const numbers = rowMajor(value);
        const state = this.states.get(parameter) ?? { step: 0, running: new Map() };
        this.states.set(parameter, state);
        const along = rowMajor(convert(gradient, parameter.dtype));
        step(this.rule, numbers, group.maximize === true ? neg(along) : along, state, group);
        if (numbers !== value) device().copy(numbers, value);
        value.storage.version++;
      }
    }
  }

  /** Forgets the gradients of every parameter. */
  zeroGrad(): void {
    for (const parameter of this.parameters()) parameter.grad = null;
  }

  /** Settings and what is kept of every parameter, as PyTorch's optimiser of the same name has them; memory is shared. */
  stateDict(): OptimizerState {
    const parameters = this.parameters();
    const numberOf = new Map(parameters.map((parameter, i) => [parameter, i]));
    const state = parameters.flatMap((parameter, i): [number, Record<string, Tensor>][] => {
      const kept = this.states.get(parameter);
      const packed = kept === undefined ? {} : packedState(kept, this.rule.counts);
      return Object.keys(packed).length === 0 ? [] : [[i, packed]];
    });
    return {
      state: new Map(state),
      param_groups: this.paramGroups.map((group) =>
        packedGroup(
          group,
          group.params.map((parameter) => numberOf.get(parameter) as number),
        ),
      ),
    };
  }

  /**
   * Takes over settings and what is kept of parameters, from `stateDict()` or from a file that PyTorch wrote.
   * @throws ValueError for other groups and settings, RuntimeError for other shapes; then nothing has changed
   */
  loadStateDict(dict: unknown): void {
    const where = `${this.name}.load_state_dict()`;
    const [groups, kept] = unpacked(where, dict);
    if (groups.length !== this.paramGroups.length) {
      fail("ValueError", "loaded state dict has a different number of parameter groups");
    }
    const ids = groups.map((group) => group.get("params"));
    if (this.paramGroups.some(({ params }, i) => !Array.isArray(ids[i]) || ids[i].length !== params.length)) {
      fail(
        "ValueError",
        "loaded state dict contains a parameter group that doesn't match the size of optimizer's group",
      );
    }
    const settings = groups.map(
      (group) =>
        unpackedGroup(where, group, this.defaults as object as Record<string, unknown>, scheduled) as unknown as S,
    );
    for (const one of settings) this.check(one);
    const states: [Tensor, State][] = this.paramGroups.flatMap(({ params }, g) =>
      params.flatMap((parameter, i): [Tensor, State][] => {
        const id = (ids[g] as unknown[])[i];
        if (!kept.has(id)) return [];
        const needed = this.rule.counts ? ["step", ...this.rule.running(settings[g])] : [];
        return [[parameter, unpackedState(`${where} of state[${shown(id)}]`, kept.get(id), parameter, needed)]];
      }),
    );
    for (const [i, group] of this.paramGroups.entries()) Object.assign(group, settings[i]);
    this.states.clear();
    for (const [parameter, one] of states) this.states.set(parameter, one);
    this.stepped ||= states.length > 0;
  }
}

/** The parameters of a group; one alone may stand without a list. */
function members(group: unknown): Tensor[] {
  if (typeof group !== "object" || group === null || group instanceof Tensor || isForeign(group)) {
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
