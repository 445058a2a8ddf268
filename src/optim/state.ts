/**
 * An optimiser's state as PyTorch's: settings under its names, and what is kept of each parameter under its number.
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.state_dict.html
 */

import { dictOf } from "../base/dict.js";
import { fail, mistyped, typeName } from "../base/errors.js";
import { listText, sameShape } from "../base/shape.js";
import { rowMajor, scalar } from "../tensor/kernels.js";
import { Tensor } from "../tensor/tensor.js";
import type { State } from "./rule.js";

/** A setting as files hold it. */
export type Setting = number | boolean | string | null | readonly Setting[];

/** What `stateDict()` gives and files hold: a `torch.save` of it is what PyTorch's optimiser of the same name loads. */
export type OptimizerState = {
  /** Of every parameter that has taken a step, by its number. */
  readonly state: ReadonlyMap<number, Readonly<Record<string, Tensor>>>;
  /** Settings, and under `params` the numbers of the parameters. */
  readonly param_groups: readonly Readonly<Record<string, Setting>>[];
};

/** What a scheduler's `stateDict()` gives and files hold; one that drives others has theirs within. */
export type SchedulerState = { readonly [name: string]: Setting | readonly SchedulerState[] };

/** `weightDecay` as PyTorch writes it: `weight_decay`. */
export const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
/** `weight_decay` as it is written here: `weightDecay`. */
export const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Names in PyTorch's groups that say how a step is carried out, and change no number. */
const elsewhere = ["params", "param_names", "foreach", "capturable", "differentiable", "fused"];

/** The numbers of a parameter as tensors that share memory with them. */
export function packedState({ step, running }: State, counts: boolean): Record<string, Tensor> {
  const values = [...running].map(([name, value]) => [name, new Tensor(value)] as const);
  return Object.fromEntries([...(counts ? [["step", new Tensor(scalar(step, "float32"))] as const] : []), ...values]);
}

/** A group's settings under PyTorch's names. A pair becomes a tuple. */
export function packedGroup(group: object, params: readonly number[]): Record<string, Setting> {
  const settings = Object.entries(group).filter(([name]) => name !== "params");
  const packed = settings.map(([name, value]) => [
    snake(name),
    Array.isArray(value) ? Object.freeze([...value]) : value,
  ]);
  return { ...Object.fromEntries(packed), params };
}

/** The dict at a place of a state dict. */
export function checkDict(where: string, value: unknown): ReadonlyMap<unknown, unknown> {
  return dictOf(value) ?? mistyped(`${where} expected a Map or an object`, value);
}

/** The groups of a state dict, and what it has of parameters by number; names of a plain object are numbers, too. */
export function unpacked(
  where: string,
  dict: unknown,
): [groups: ReadonlyMap<unknown, unknown>[], state: ReadonlyMap<unknown, unknown>] {
  const entries = checkDict(where, dict);
  const [groups, state] = [entries.get("param_groups"), entries.get("state")];
  if (!Array.isArray(groups)) {
    mistyped(`${where} expected a list as param_groups of the state dict`, groups);
  }
  return [
    groups.map((group, i) => checkDict(`${where} of param_groups[${i}]`, group)),
    new Map(
      [...checkDict(`${where} of state`, state)].map(([id, kept]) => [typeof id === "string" ? Number(id) : id, kept]),
    ),
  ];
}

/**
 * A group's settings under the names they have here. Switches that PyTorch's older files lack stay as they are.
 * @param known names and defaults of all settings
 * @param extra names that may be there beside them
 */
export function unpackedGroup(
  where: string,
  group: ReadonlyMap<unknown, unknown>,
  known: Readonly<Record<string, unknown>>,
  extra: readonly string[],
): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const [key, value] of group) {
    const name = camel(String(key));
    if (Object.hasOwn(known, name)) settings[name] = Array.isArray(value) ? [...value] : value;
    else if (extra.includes(name) && typeof value === "number") settings[name] = value;
    else if (!elsewhere.includes(String(key))) {
      fail(
        "ValueError",
        `${where}: a parameter group of the state dict has '${String(key)}', which is no setting here`,
      );
    }
  }
  for (const [name, value] of Object.entries(known)) {
    if (name in settings) continue;
    if (typeof value !== "boolean") {
      fail("ValueError", `${where}: a parameter group of the state dict lacks '${snake(name)}'`);
    }
    settings[name] = value;
  }
  return settings;
}

/**
 * What a state dict has of one parameter, copied, in the parameter's dtype as PyTorch does it.
 * @param needed names that must be there
 */
export function unpackedState(where: string, value: unknown, parameter: Tensor, needed: readonly string[]): State {
  const state: State = { step: 0, running: new Map() };
  const entries = checkDict(where, value);
  for (const [key, entry] of entries) {
    if (key === "step") state.step = countOf(where, entry);
    else if (entry instanceof Tensor) {
      if (!sameShape(entry.value.shape, parameter.value.shape)) {
        fail(
          "RuntimeError",
          `${where}: the size of ${String(key)} ${listText(entry.shape)} must match the size of the parameter ${listText(parameter.shape)}`,
        );
      }
      state.running.set(String(key), rowMajor(entry.detach().clone().to(parameter.dtype).value));
    } else if (entry !== null) {
      mistyped(`${where} expected a Tensor as ${String(key)}`, entry);
    }
  }
  for (const name of needed) if (!entries.has(name)) fail("ValueError", `${where}: the state dict lacks '${name}'`);
  return state;
}

function countOf(where: string, value: unknown): number {
  const count = value instanceof Tensor && value.numel() === 1 ? value.item() : value;
  if (typeof count === "number" && Number.isSafeInteger(count) && count >= 0) return count;
  return fail("ValueError", `${where} expected step as a whole number from 0 up, got: ${typeName(count)}`);
}
