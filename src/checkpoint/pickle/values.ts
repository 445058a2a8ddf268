/**
 * What a file holds: names and values in the file's order, and what it says about itself.
 *
 * Python's values become JavaScript's: a dict a Map, a list an array, a tuple a frozen array, a set a Set, bytes a
 * Uint8Array, None null; an int is a number, or a bigint beyond 2^53. dtypes and devices become their names.
 */

import { typeName } from "../../base/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { isWideTensor, type WideTensor } from "../numbers/wide.js";

/** What stands for a key in a dict of Python. */
export type CheckpointKey = string | number | bigint | boolean | null;

/** What a checkpoint may hold, nested to a depth of 100. */
export type CheckpointValue =
  | Tensor
  | WideTensor
  | number
  | bigint
  | string
  | boolean
  | null
  | Uint8Array
  | readonly CheckpointValue[]
  | ReadonlySet<CheckpointValue>
  | ReadonlyMap<CheckpointKey, CheckpointValue>;

/** Values as Python has them; a plain object is a dict with names for keys. */
export type Savable =
  | CheckpointValue
  | readonly Savable[]
  | ReadonlySet<Savable>
  | ReadonlyMap<CheckpointKey, Savable>
  | { readonly [name: string]: Savable };

/** Python's OrderedDict: a Map with attributes. A state dict has one, `_metadata`: the versions of its modules. */
export class OrderedDict<V = CheckpointValue> extends Map<CheckpointKey, V> {
  readonly attributes = new Map<string, CheckpointValue>();
}

/** `torch` is the zip of `torch.save`, `torch-legacy` what it wrote before version 1.6. */
export type CheckpointFormat = "safetensors" | "torch" | "torch-legacy";

/** Names and values in the order of the file. */
export class Checkpoint<V = CheckpointValue> extends Map<string, V> {
  constructor(
    entries: Iterable<readonly [string, V]>,
    readonly format: CheckpointFormat,
    /** Of safetensors the strings of `__metadata__`; of a PyTorch state dict its `_metadata`. */
    readonly metadata: ReadonlyMap<CheckpointKey, CheckpointValue> = new Map(),
    /** What the file holds if that is no dict with names for keys: a tensor, a list. This map is empty then. */
    readonly root: CheckpointValue | undefined = undefined,
  ) {
    super(entries);
  }
}

/** Whether that may be a key. */
export function isKey(value: unknown): value is CheckpointKey {
  return value === null || ["string", "number", "bigint", "boolean"].includes(typeof value);
}

/** Whether a key is there already for Python, to which True and 1 are one, but not for JavaScript. */
function hasTwin(keys: { has(key: unknown): boolean }, key: unknown): boolean {
  if (typeof key === "boolean") return keys.has(Number(key));
  return (key === 0 || key === 1) && keys.has(key === 1);
}

/** Puts an entry into a dict of Python's; `refuse` says what is wrong with the key. */
export function setIn(map: Map<unknown, unknown>, key: unknown, value: unknown, refuse: (what: string) => never): void {
  if (!isKey(key)) refuse(`has ${typeName(key)} for a key; only strings, numbers, booleans and None are supported`);
  if (hasTwin(map, key)) refuse(`has the key ${String(key)} twice, as a number and as a boolean`);
  map.set(key, value);
}

/** Whether Python would take it into a set: what cannot change, and holds nothing that can. */
function isHashable(value: unknown): boolean {
  return Array.isArray(value) ? Object.isFrozen(value) && value.every(isHashable) : isKey(value);
}

/** Puts items into a set of Python's. */
export function addTo(set: Set<unknown>, items: readonly unknown[], refuse: (what: string) => never): void {
  for (const item of items) {
    const one = typeName(item);
    if (!isHashable(item))
      refuse(`has ${one} in a set; only strings, numbers, booleans, None and tuples are supported`);
    if (hasTwin(set, item)) refuse(`has ${String(item)} twice in a set, as a number and as a boolean`);
    set.add(item);
  }
}

/** The versions of its modules, which PyTorch keeps with a state dict. */
export function versionsOf(dict: unknown): ReadonlyMap<CheckpointKey, CheckpointValue> | undefined {
  const metadata = dict instanceof OrderedDict ? dict.attributes.get("_metadata") : undefined;
  return metadata instanceof Map ? metadata : undefined;
}

/** The entries of a plain object; null for anything else. */
export function recordOf(value: unknown): [string, unknown][] | null {
  if (typeof value !== "object" || value === null || isWideTensor(value)) return null;
  const prototype = Object.getPrototypeOf(value);
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  return isPlain && !Array.isArray(value) ? Object.entries(value) : null;
}
