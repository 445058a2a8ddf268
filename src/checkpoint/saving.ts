/** What may be saved and how, checked: the doors of both writers. */

import { checkOptions, fail, shown, typeName } from "../base/errors.js";
import { numel } from "../base/shape.js";
import { isFloat, type Storage } from "../device/value.js";
import { Tensor } from "../tensor/tensor.js";
import type { CheckpointValue, WideTensor } from "./checkpoint.js";
import { type FileDType, isFileDType, isWide, naturalOf, originOf } from "./numbers/dtypes.js";

export interface SaveOptions {
  /**
   * `original`, the default: every tensor in the dtype of the file it was loaded from, or else its own. `memory`: its
   * own. Or a dtype for all floats, rounded to the nearest. A number that would become infinite is refused.
   */
  dtype?: "original" | "memory" | "F64" | "F32" | "F16" | "BF16";
}

export type SavedDType = NonNullable<SaveOptions["dtype"]>;

const choices: readonly SavedDType[] = ["original", "memory", "F64", "F32", "F16", "BF16"];

export function checkSaveOptions(where: string, options: SaveOptions, known: readonly string[] = []): SavedDType {
  checkOptions(where, options, ["dtype", ...known]);
  const { dtype = "original" } = options;
  if (!choices.includes(dtype)) {
    fail("ValueError", `${where} expected dtype as one of ${choices.join(", ")}, got: ${shown(dtype)}`);
  }
  return dtype;
}

/** The dtype in which a storage goes to the file: a float dtype that is asked for leaves whole numbers alone. */
export function savedDType(storage: Storage, asked: SavedDType): FileDType {
  if (asked === "memory") return naturalOf(storage);
  return asked !== "original" && isFloat(storage.dtype) ? asked : originOf(storage);
}

/** Values as Python has them; a plain object is a dict with names for keys. */
export type Savable =
  | CheckpointValue
  | readonly Savable[]
  | ReadonlySet<Savable>
  | ReadonlyMap<string | number | bigint | boolean | null, Savable>
  | { readonly [name: string]: Savable };

/** The entries of a plain object; null for anything else. */
export function recordOf(value: unknown): [string, unknown][] | null {
  if (typeof value !== "object" || value === null || isWideTensor(value)) return null;
  const prototype = Object.getPrototypeOf(value);
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  return isPlain && !Array.isArray(value) ? Object.entries(value) : null;
}

/** Whether that is a tensor of 64-bit whole numbers; refused where it claims to be one and is none. */
export function isWideTensor(value: unknown): value is WideTensor {
  if (typeof value !== "object" || value === null || value instanceof Tensor) return false;
  const { data, dtype, shape } = value as Partial<WideTensor>;
  if (!(data instanceof BigInt64Array || data instanceof BigUint64Array)) return false;
  const isRight = dtype === "U64" ? data instanceof BigUint64Array : data instanceof BigInt64Array;
  if (typeof dtype === "string" && isFileDType(dtype) && isWide(dtype) && isRight && Array.isArray(shape)) {
    if (numel(shape) === data.length) return true;
  }
  return fail(
    "ValueError",
    `a tensor of 64-bit whole numbers needs dtype I64 or U32 with a BigInt64Array or U64 with a BigUint64Array, and a shape of ${data.length} elements, got: ${shown(dtype)}, ${typeName(data)}, [${String(shape)}]`,
  );
}
