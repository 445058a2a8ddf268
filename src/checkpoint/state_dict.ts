/**
 * The state dict in a checkpoint: found under the names that people give it, and freed of the prefixes that wrappers
 * leave. Which one was taken is said, never guessed in silence.
 */

import { checkOptions, fail, shown, typed, typeName } from "../base/errors.js";
import { Tensor } from "../tensor/tensor.js";
import { type FoldedWeight, foldWeights } from "./fold.js";
import { isWideTensor } from "./numbers/wide.js";
import { Checkpoint, type CheckpointKey, type CheckpointValue, Opaque } from "./pickle/values.js";

/** Where state dicts are kept, in the order in which they are looked for. */
const spellings = [
  "state_dict",
  "model_state_dict",
  "model",
  "model_state",
  "net",
  "network",
  "module",
  "weights",
  "params",
];

/** What DataParallel, Lightning and torch.compile put before every name. */
const wrappers = ["module.", "model.", "_orig_mod."];

/** How a state dict is looked for in a checkpoint. */
export interface StateDictOptions {
  /**
   * Prefixes to take off, as long as all names but one begin with them: `true` for `module.`, `model.` and `_orig_mod.`,
   * or your own, which must be there. The one name keeps what it has. Default: none.
   */
  strip?: boolean | string | readonly string[];
  /**
   * Whether weights that the file has in parts (of weight_norm, pruning or weight drop) are computed. Default false: a
   * module that has the same parts takes them as they are.
   */
  fold?: boolean;
}

/** The state dict of a checkpoint, and where and how it was found. */
export interface FoundStateDict {
  /** The key it was found under; null for the checkpoint itself. */
  readonly key: string | null;
  /** What was taken off every name but perhaps one, `""` if nothing. */
  readonly prefix: string;
  /** What `module.loadStateDict` takes. */
  readonly stateDict: Map<string, Tensor>;
  /** Names that were left out: of what is no tensor, as `_extra_state`, and the count of models that were averaged. */
  readonly others: readonly string[];
  /** The weights that were computed, by name, and of what. */
  readonly folded: ReadonlyMap<string, FoldedWeight>;
}

type Dict = ReadonlyMap<CheckpointKey, CheckpointValue> | ReadonlyMap<string, CheckpointValue>;

/** The dict of a checkpoint: itself, or where not all of that one's keys are names, the one that it holds. */
function dictOf<D extends Dict>(checkpoint: D): D {
  const { root } = checkpoint instanceof Checkpoint ? checkpoint : { root: null };
  return root instanceof Map ? (root as unknown as D) : checkpoint;
}

/** The keys that lead to what a key with dots names, from the outermost in; null where nothing is there. */
function wayTo(dict: Dict, key: string): readonly string[] | null {
  if (dict.has(key)) return [key];
  for (let dot = key.indexOf("."); dot !== -1; dot = key.indexOf(".", dot + 1)) {
    const first = key.slice(0, dot);
    const inner = dict.get(first);
    const rest = inner instanceof Map ? wayTo(inner, key.slice(dot + 1)) : null;
    if (rest !== null) return [first, ...rest];
  }
  return null;
}

/** @internal What stands under a key; undefined where nothing does. */
export function at(checkpoint: Dict, key: string): CheckpointValue | undefined {
  const dict = dictOf(checkpoint);
  const way = wayTo(dict, key) ?? [key];
  return way.reduce<CheckpointValue | undefined>((value, one) => (value as Dict).get(one), dict as CheckpointValue);
}

/** @internal The names of what stands beside what is under a key, from the outermost dict in; null: the dict itself. */
export function beside(checkpoint: Dict, key: string | null): string[] {
  const dict = dictOf(checkpoint);
  const names: string[] = [];
  let [inner, outer] = [dict, ""];
  for (const taken of (key === null ? null : wayTo(dict, key)) ?? []) {
    for (const name of inner.keys()) if (name !== taken) names.push(`${outer}${String(name)}`);
    inner = inner.get(taken) as Dict;
    outer += `${taken}.`;
  }
  return names;
}

/**
 * The state dict of a checkpoint: the checkpoint itself if it holds nothing but tensors, what it has under one of the
 * usual names (`state_dict`, `model_state_dict`, `model`, …), or the only one there is. A whole module that was loaded
 * with `{ unknown: "opaque" }` is what its `state_dict()` would give.
 * @param key the name to take instead; in a dict within, a way with dots, as `ema.model`
 * @throws ValueError where there is none, or more than one under unusual names
 */
export function stateDictOf(
  checkpoint: Dict,
  key: string | null = null,
  options: StateDictOptions = {},
): FoundStateDict {
  checkOptions("stateDictOf()", options, ["strip", "fold"]);
  const { strip = false, fold = false } = options;
  typed("fold", fold, "bool");
  if (!(checkpoint instanceof Map)) fail("TypeError", `stateDictOf() expected a Map, got: ${typeName(checkpoint)}`);
  if (key !== null && typeof key !== "string") {
    fail("TypeError", `stateDictOf() expected a name or null before its options, got: ${typeName(key)}`);
  }
  const holder = dictOf(checkpoint);
  const found = key === null ? search(holder) : { key, dict: named(holder, key) };
  const { stateDict, ...rest } = stripped(found.dict, prefixesOf(strip), strip !== true);
  const whole = fold ? foldWeights<Tensor>(stateDict) : { stateDict, folded: new Map<string, FoldedWeight>() };
  return { key: found.key, ...rest, ...whole };
}

/** Named tensors, and beside them at most what modules put there: nothing, bytes, what no tensor here holds. */
type Named = ReadonlyMap<string, CheckpointValue>;

/** What modules and wrappers keep beside their parameters under these names may be anything. */
const isBeside = (name: string): boolean => /(^|\.)_extra_state$/.test(name);

function isOther(name: unknown, value: unknown): boolean {
  if (typeof name === "string" && isBeside(name)) return true;
  return value === null || value instanceof Uint8Array || value instanceof Opaque || isWideTensor(value);
}

function isNamed(value: unknown): value is Named {
  if (!(value instanceof Map)) return false;
  const entries = [...value];
  return (
    entries.some(([name, one]) => one instanceof Tensor && !isBeside(name)) &&
    entries.every(([name, one]) => typeof name === "string" && (one instanceof Tensor || isOther(name, one)))
  );
}

/** The state dict that a value is, or holds as a pickled module or as a dict of a class of its own; null if none. */
function stateDictIn(value: unknown): Named | null {
  if (isNamed(value)) return value;
  if (!(value instanceof Opaque)) return null;
  const dict = new Map<string, CheckpointValue>();
  gather(value, "", dict, { left: mostModules }, 0);
  return dict.size > 0 ? dict : isNamed(value.entries) ? value.entries : null;
}

/** Modules in a module: one that holds another twice, and that one likewise, doubles. */
const mostModules = 100_000;
/** How deep: more is not loaded, but in an object that holds itself. */
const deepest = 100;

/** What `state_dict()` of a pickled module would give: parameters, buffers that are kept, and the same of its modules. */
function gather(
  module: Opaque,
  prefix: string,
  into: Map<string, CheckpointValue>,
  budget: { left: number },
  depth: number,
): void {
  if (depth > deepest) fail("RuntimeError", `stateDictOf() found a ${module.name} that holds itself`);
  if (budget.left-- === 0) fail("RuntimeError", `stateDictOf() found more than ${mostModules} modules in one another`);
  const { state } = module;
  if (!(state instanceof Map)) return;
  const own = (key: string): [string, CheckpointValue][] => {
    const dict = state.get(key);
    return dict instanceof Map ? [...dict].map(([name, value]) => [String(name), value]) : [];
  };
  const transient = state.get("_non_persistent_buffers_set");
  const isKept = (name: string) => !(transient instanceof Set && transient.has(name));
  for (const [name, value] of [...own("_parameters"), ...own("_buffers").filter(([name]) => isKept(name))]) {
    if (value !== null) into.set(prefix + name, value);
  }
  for (const [name, value] of own("_modules")) {
    if (value instanceof Opaque) gather(value, `${prefix}${name}.`, into, budget, depth + 1);
  }
}

function named(checkpoint: Map<CheckpointKey, CheckpointValue>, key: string): Named {
  const value = at(checkpoint, key);
  const dict = stateDictIn(value);
  if (dict !== null) return dict;
  const keys = [...checkpoint.keys()].map(String).join(", ");
  if (value === undefined) fail("ValueError", `stateDictOf() found no '${key}'; there are: ${keys}`);
  return fail(
    "ValueError",
    `stateDictOf() expected '${key}' to hold named tensors and nothing else, got: ${contents(value)}`,
  );
}

/** What a value is, or which of its entries is no tensor. */
function contents(value: unknown): string {
  if (!(value instanceof Map)) return shown(value);
  const stray = [...value].find(([name, one]) => !(one instanceof Tensor || isOther(name, one)));
  return stray === undefined ? "an empty dict" : `'${String(stray[0])}', which is ${shown(stray[1])}`;
}

function search(checkpoint: Map<CheckpointKey, CheckpointValue>): { key: string | null; dict: Named } {
  const whole = stateDictIn(checkpoint instanceof Checkpoint ? (checkpoint.root ?? checkpoint) : checkpoint);
  if (whole !== null) return { key: null, dict: whole };
  const candidates = [...checkpoint].flatMap(([key, value]): [string, Named][] => {
    const dict = typeof key === "string" ? stateDictIn(value) : null;
    return dict === null ? [] : [[key as string, dict]];
  });
  const usual = spellings.find((name) => candidates.some(([key]) => key === name));
  // What has a usual name and tensors, but more besides, never loses to what has an unusual name.
  const mixed = spellings.find((name) => {
    const value = checkpoint.get(name);
    return value instanceof Map && [...value.values()].some((one) => one instanceof Tensor);
  });
  if (usual === undefined && mixed !== undefined) named(checkpoint, mixed);
  const one = candidates.length === 1 ? candidates[0] : candidates.find(([key]) => key === usual);
  if (one !== undefined) return { key: one[0], dict: one[1] };
  const within = candidates.length > 0 ? candidates.map(([key]) => key) : waysIn(checkpoint);
  if (within.length > 0) {
    const names = within.map((name) => `'${name}'`).join(", ");
    const which = within.length === 1 ? "a state dict further in" : "several state dicts";
    return fail(
      "ValueError",
      `stateDictOf() found ${which}, ${names}; name the one to take by this key: stateDictOf(checkpoint, "${within[0]}")`,
    );
  }
  const { root: held } = checkpoint instanceof Checkpoint ? checkpoint : { root: undefined };
  const root = held instanceof Opaque ? `an object of ${held.name}` : held === undefined ? null : shown(held);
  const keys = [...checkpoint.keys()].map((name) => `'${String(name)}'`).join(", ") || "nothing";
  return fail("ValueError", `stateDictOf() found no dict of named tensors; the checkpoint holds ${root ?? keys}`);
}

/** The keys, with dots between them, that lead to state dicts in dicts within. */
function waysIn(dict: ReadonlyMap<CheckpointKey, CheckpointValue>, before = "", depth = 0): string[] {
  if (depth > 3) return [];
  return [...dict].flatMap(([key, value]) => {
    if (typeof key !== "string") return [];
    if (stateDictIn(value) !== null) return [before + key];
    return value instanceof Map ? waysIn(value, `${before}${key}.`, depth + 1) : [];
  });
}

function prefixesOf(strip: NonNullable<StateDictOptions["strip"]>): readonly string[] {
  if (typeof strip === "boolean") return strip ? wrappers : [];
  const list = typeof strip === "string" ? [strip] : strip;
  if (!Array.isArray(list) || !list.every((prefix) => typeof prefix === "string" && prefix !== "")) {
    fail(
      "TypeError",
      `stateDictOf() expected strip as a boolean, a prefix or a list of prefixes, got: ${shown(strip)}`,
    );
  }
  return list;
}

/** How many models an average is of, which `AveragedModel` of torch.optim.swa_utils keeps beside the model. */
const averaged = "n_averaged";

function stripped(all: Named, prefixes: readonly string[], isAsked: boolean) {
  const dict = new Map<string, Tensor>();
  const others: string[] = [];
  const isAverage = [...all.keys()].every((name) => name === averaged || name.startsWith("module."));
  for (const [name, value] of all) {
    if (value instanceof Tensor && !isBeside(name) && !(isAverage && name === averaged)) dict.set(name, value);
    else others.push(name);
  }
  const names = [...dict.keys()];
  let prefix = "";
  for (;;) {
    const more = prefixes.find((one) => {
      const fits = (name: string) => name.startsWith(prefix + one) && name !== prefix + one;
      const odd = names.filter((name) => !fits(name));
      // The odd one keeps its name, which must not become another's; and one of two is not odd.
      const isFree = odd.every((name) => !dict.has(prefix + one + name));
      return (odd.length === 0 && names.length > 0) || (odd.length === 1 && names.length > 2 && isFree);
    });
    if (more === undefined) break;
    prefix += more;
  }
  if (prefix === "" && isAsked && prefixes.length > 0) {
    const odd = names.find((name) => prefixes.every((one) => !name.startsWith(one)));
    fail(
      "ValueError",
      `stateDictOf() expected all names to begin with ${prefixes.map((one) => `'${one}'`).join(" or ")}, got: '${odd ?? names[0]}'`,
    );
  }
  const bare = (name: string) => (name.startsWith(prefix) ? name.slice(prefix.length) : name);
  return { prefix, stateDict: new Map([...dict].map(([name, tensor]) => [bare(name), tensor])), others };
}
