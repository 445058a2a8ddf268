/**
 * What a file holds: names and values in the file's order, and what it says about itself.
 *
 * Python's values become JavaScript's: a dict a Map, a list an array, a tuple a frozen array, a set a Set, bytes a
 * Uint8Array, None null; an int is a number, or a bigint beyond 2^53. dtypes and devices become their names.
 */

import type { Shape } from "../base/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { type FileDType, originOf, type WideDType } from "./numbers/dtypes.js";

/** Whole numbers of 64 bits as they stand in the file, row-major: what `{ int64: "bigint" }` asks for. */
export interface WideTensor {
  readonly dtype: WideDType;
  readonly shape: Shape;
  readonly data: BigInt64Array | BigUint64Array;
}

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

/**
 * The dtype that a tensor had in the file it was loaded from, and gets again when it is saved: `F16` for a float32
 * tensor whose numbers were stored as float16. Of any other tensor its own.
 */
export function fileDTypeOf(tensor: Tensor): FileDType {
  return originOf(tensor.value.storage);
}
