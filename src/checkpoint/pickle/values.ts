/**
 * What a file holds: names and values in the file's order, and what it says about itself.
 *
 * Python's values become JavaScript's: a dict a Map, a list an array, a tuple a frozen array, a set a Set, bytes a
 * Uint8Array, None null; an int is a number, or a bigint beyond 2^53. dtypes and devices become their names; anything
 * else is opaque.
 */

import { typeName } from "../../base/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { isWideTensor, type WideTensor } from "../numbers/wide.js";

/** What stands for a key in a dict of Python; a tuple is a frozen array of its own, which no other is equal to. */
export type CheckpointKey = string | number | bigint | boolean | null | readonly CheckpointKey[] | Opaque;

/**
 * An object of Python's that has no counterpart here: what the file says of it, of which nothing was run. A class or a
 * function that the file names is one without `args`.
 */
export class Opaque {
  /** What was appended to it. */
  readonly items: CheckpointValue[] = [];
  /** What was set in it, as in a dict. */
  readonly entries = new Map<CheckpointKey, CheckpointValue>();
  /** Its attributes: a dict of them, or whatever else its class keeps; undefined if nothing. */
  state: CheckpointValue | undefined = undefined;

  constructor(
    /** Its class, or the function that would make it: `argparse.Namespace`. */
    readonly name: string,
    /** What that would be called with; null where it is not called. */
    readonly args: readonly CheckpointValue[] | null = null,
  ) {}

  /** @internal A tensor of a dtype that elman has not: which it is, and its shape. */
  static tensor(dtype: string | null, shape: readonly number[]): Opaque {
    const tensor = new Opaque("torch.Tensor", []);
    tensor.state = new Map<string, CheckpointValue>([
      ["dtype", dtype],
      ["shape", shape],
    ]);
    return tensor;
  }
}

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
  | Opaque
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
  /** What was set on the dict itself: a state dict of PyTorch's has its `_metadata` there. */
  readonly attributes = new Map<string, CheckpointValue>();
}

/** `torch` is the zip of `torch.save`, `torch-legacy` what it wrote before version 1.6. */
export type CheckpointFormat = "safetensors" | "torch" | "torch-legacy";

/** Names and values in the order of the file. */
export class Checkpoint<V = CheckpointValue> extends Map<string, V> {
  /**
   * @param entries what the file holds, by its names
   * @param format which kind of file it was
   */
  constructor(
    entries: Iterable<readonly [string, V]>,
    /** Which kind of file it was. */
    readonly format: CheckpointFormat,
    /** Of safetensors the strings of `__metadata__`; of a PyTorch state dict its `_metadata`. */
    readonly metadata: ReadonlyMap<CheckpointKey, CheckpointValue> = new Map(),
    /** What the file holds if that is no dict with names for keys: a tensor, a list. This map is empty then. */
    readonly root: CheckpointValue | undefined = undefined,
  ) {
    super(entries);
  }
}

/** Whether that may be a key without looking into it. */
export function isKey(value: unknown): value is Exclude<CheckpointKey, readonly CheckpointKey[]> {
  return value === null || value instanceof Opaque || ["string", "number", "bigint", "boolean"].includes(typeof value);
}

/** The longest text by which equal tuples are found; longer ones are taken to differ, as those of one dict do. */
const longestText = 256;

/** Of each tuple that was looked at, what equal ones have in common; null for one that holds what is no key. */
const texts = new WeakMap<object, string | null>();

/** The tuples that are keys of a dict, or in a set, by their texts. */
const tuples = new WeakMap<object, Map<string, unknown>>();

let counted = 0;

/** Tuples in tuples in a key. */
const deepest = 100;

function textOf(tuple: readonly unknown[], depth = 0): string | null {
  const known = texts.get(tuple);
  if (known !== undefined || depth > deepest) return known ?? null;
  let text = "(";
  for (const part of tuple) {
    const isTuple = Array.isArray(part) && Object.isFrozen(part);
    const own = isTuple ? textOf(part, depth + 1) : isKey(part) ? plainText(part) : null;
    if (own === null) {
      texts.set(tuple, null);
      return null;
    }
    if (text.length <= longestText) text += `${own},`;
  }
  const whole = text.length <= longestText ? `${text})` : plainText(new Opaque(""));
  texts.set(tuple, whole);
  return whole;
}

/** To Python True and 1 are one, and an object is equal to none but itself. */
function plainText(key: unknown): string {
  if (key instanceof Opaque || (typeof key === "string" && key.length > longestText)) return `object ${counted++}`;
  return typeof key === "string" ? JSON.stringify(key) : String(typeof key === "boolean" ? Number(key) : key);
}

/** A key as it is in `target`: of equal tuples the one that came first. Undefined for what may be none. */
function keyIn(target: Map<unknown, unknown> | Set<unknown>, key: unknown): { key: unknown } | undefined {
  if (!(Array.isArray(key) && Object.isFrozen(key))) return isKey(key) ? { key } : undefined;
  const text = textOf(key);
  if (text === null) return undefined;
  const known = tuples.get(target) ?? new Map<string, unknown>();
  if (!known.has(text)) known.set(text, key);
  tuples.set(target, known);
  return { key: known.get(text) };
}

/** Whether a key is there already for Python, to which True and 1 are one, but not for JavaScript. */
function hasTwin(keys: { has(key: unknown): boolean }, key: unknown): boolean {
  if (typeof key === "boolean") return keys.has(Number(key));
  return (key === 0 || key === 1) && keys.has(key === 1);
}

const keys = "only strings, numbers, booleans, None and tuples of them are supported";

/** Puts an entry into a dict of Python's; `refuse` says what is wrong with the key. */
export function setIn(map: Map<unknown, unknown>, key: unknown, value: unknown, refuse: (what: string) => never): void {
  const own = keyIn(map, key) ?? refuse(`has ${typeName(key)} for a key; ${keys}`);
  if (hasTwin(map, key)) refuse(`has the key ${String(key)} twice, as a number and as a boolean`);
  map.set(own.key, value);
}

/** Puts items into a set of Python's. */
export function addTo(set: Set<unknown>, items: readonly unknown[], refuse: (what: string) => never): void {
  for (const item of items) {
    const own = keyIn(set, item) ?? refuse(`has ${typeName(item)} in a set; ${keys}`);
    if (hasTwin(set, item)) refuse(`has ${String(item)} twice in a set, as a number and as a boolean`);
    set.add(own.key);
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
