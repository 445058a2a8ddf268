/**
 * What a file holds: names and values in the file's order, and what it says about itself.
 *
 * Python's values become JavaScript's: a dict a Map, a list an array, a tuple a frozen array, a set a Set, bytes a
 * Uint8Array, None null; an int is a number, or a bigint beyond 2^53. dtypes and devices become their names.
 */

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
