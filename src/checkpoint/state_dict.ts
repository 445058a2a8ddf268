/**
 * The state dict in a checkpoint: found under the names that people give it, and freed of the prefixes that wrappers
 * leave. Which one was taken is said, never guessed in silence.
 */

import { checkOptions, fail, shown, typeName } from "../base/errors.js";
import { Tensor } from "../tensor/tensor.js";
import { isWideTensor } from "./numbers/wide.js";
import { Checkpoint, type CheckpointKey, type CheckpointValue } from "./pickle/values.js";

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

export interface StateDictOptions {
  /**
   * Prefixes to take off, as long as all names begin with one: `true` for `module.`, `model.` and `_orig_mod.`, or
   * your own, which must be there. Default: none.
   */
  strip?: boolean | string | readonly string[];
}

export interface FoundStateDict {
  /** The key it was found under; null for the checkpoint itself. */
  readonly key: string | null;
  /** What was taken off every name, `""` if nothing. */
  readonly prefix: string;
  /** What `module.loadStateDict` takes. */
  readonly stateDict: Map<string, Tensor>;
  /** Names beside the tensors that hold something else, such as `_extra_state`: they were left out. */
  readonly others: readonly string[];
}

type Dict = ReadonlyMap<CheckpointKey, CheckpointValue> | ReadonlyMap<string, CheckpointValue>;

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
export function at(dict: Dict, key: string): CheckpointValue | undefined {
  const way = wayTo(dict, key) ?? [key];
  return way.reduce<CheckpointValue | undefined>((value, one) => (value as Dict).get(one), dict as CheckpointValue);
}

/** @internal The names of what stands beside what is under a key, from the outermost dict in; null: the dict itself. */
export function beside(dict: Dict, key: string | null): string[] {
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
 * usual names (`state_dict`, `model_state_dict`, `model`, …), or the only one there is.
 * @param key the name to take instead; in a dict within, a way with dots, as `ema.model`
 * @throws ValueError where there is none, or more than one under unusual names
 */
export function stateDictOf(
  checkpoint: Dict,
  key: string | null = null,
  options: StateDictOptions = {},
): FoundStateDict {
  checkOptions("stateDictOf()", options, ["strip"]);
  if (!(checkpoint instanceof Map)) fail("TypeError", `stateDictOf() expected a Map, got: ${typeName(checkpoint)}`);
  const found = key === null ? search(checkpoint) : { key, dict: named(checkpoint, key) };
  return { key: found.key, ...stripped(found.dict, prefixesOf(options.strip ?? false), options.strip !== true) };
}

/** Named tensors, and beside them at most what modules put there: nothing, bytes, or whole numbers of 64 bits. */
type Named = Map<string, CheckpointValue>;

function isOther(value: unknown): boolean {
  return value === null || value instanceof Uint8Array || isWideTensor(value);
}

function isStateDict(value: unknown): value is Named {
  if (!(value instanceof Map)) return false;
  const entries = [...value];
  return (
    entries.some(([, one]) => one instanceof Tensor) &&
    entries.every(([name, one]) => typeof name === "string" && (one instanceof Tensor || isOther(one)))
  );
}

function named(checkpoint: Map<CheckpointKey, CheckpointValue>, key: string): Named {
  const value = at(checkpoint, key);
  if (isStateDict(value)) return value;
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
  const stray = [...value].find(([, one]) => !(one instanceof Tensor || isOther(one)));
  return stray === undefined ? "an empty dict" : `'${String(stray[0])}', which is ${shown(stray[1])}`;
}

function search(checkpoint: Map<CheckpointKey, CheckpointValue>): { key: string | null; dict: Named } {
  if (isStateDict(checkpoint)) return { key: null, dict: checkpoint };
  const candidates = [...checkpoint].filter(([key, value]) => typeof key === "string" && isStateDict(value));
  const usual = spellings.find((name) => candidates.some(([key]) => key === name));
  // What has a usual name and tensors, but more besides, never loses to what has an unusual name.
  const mixed = spellings.find((name) => {
    const value = checkpoint.get(name);
    return value instanceof Map && [...value.values()].some((one) => one instanceof Tensor);
  });
  if (usual === undefined && mixed !== undefined) named(checkpoint, mixed);
  const [key, dict] = candidates.length === 1 ? candidates[0] : [usual, usual && checkpoint.get(usual)];
  if (isStateDict(dict)) return { key: key as string, dict };
  if (candidates.length > 1) {
    const names = candidates.map(([name]) => `'${String(name)}'`).join(", ");
    return fail("ValueError", `stateDictOf() found several state dicts, ${names}; name the one to take`);
  }
  const root = checkpoint instanceof Checkpoint && checkpoint.root !== undefined ? shown(checkpoint.root) : null;
  const keys = [...checkpoint.keys()].map((name) => `'${String(name)}'`).join(", ") || "nothing";
  return fail("ValueError", `stateDictOf() found no dict of named tensors; the checkpoint holds ${root ?? keys}`);
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

function stripped(all: Named, prefixes: readonly string[], isAsked: boolean) {
  const dict = new Map<string, Tensor>();
  const others: string[] = [];
  for (const [name, value] of all) {
    if (value instanceof Tensor) dict.set(name, value);
    else others.push(name);
  }
  let prefix = "";
  for (;;) {
    const more = prefixes.find((one) =>
      [...dict.keys()].every((name) => name.startsWith(prefix + one) && name !== prefix + one),
    );
    if (more === undefined) break;
    prefix += more;
  }
  if (prefix === "" && isAsked && prefixes.length > 0) {
    fail(
      "ValueError",
      `stateDictOf() expected all names to begin with ${prefixes.map((one) => `'${one}'`).join(" or ")}, got: '${[...dict.keys()][0]}'`,
    );
  }
  const stateDict = new Map([...dict].map(([name, tensor]) => [name.slice(prefix.length), tensor]));
  return { prefix, stateDict, others };
}
