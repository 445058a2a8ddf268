/** What may be asked for when a file is loaded or saved, checked. */

import { checkOptions, fail, shown, typeName } from "../base/errors.js";
import { checkProgress, type ProgressOptions } from "./bytes/progress.js";
import { type SavedDType, savedDTypes } from "./numbers/dtypes.js";
import type { WholeNumbers } from "./numbers/storages.js";

/** What every way of loading takes. */
export interface LoadOptions extends ProgressOptions {
  /**
   * What becomes of I64, U64 and U32: `int32`, the default, refuses numbers that are too large; `bigint` gives
   * {@link WideTensor}s.
   */
  int64?: WholeNumbers;
  /** The most bytes that what is loaded may take in memory. Default: 64 MiB and four times the file's size. */
  maxBytes?: number;
  /**
   * Which tensors to load, by name: of the others no numbers are read, and of safetensors their dtypes may be ones that
   * are not supported. In dicts within, a name is the keys that lead to it: `state_dict.rnn.weight_ih_l0`. Default: all.
   */
  names?: (name: string) => boolean;
  /**
   * What becomes of objects in a file of `torch.save` that are no plain data: `refuse`, the default, refuses the file;
   * `opaque` makes {@link Opaque}s of them. No code is run, either way.
   */
  unknown?: "refuse" | "opaque";
}

/** What loading safetensors takes. */
export type SafetensorsOptions = Omit<LoadOptions, "unknown">;

/** What every way of encoding takes. */
export interface EncodeOptions {
  /**
   * `original`, the default: every tensor in the dtype of the file it was loaded from, or else its own. `memory`: its
   * own. Or a dtype for all floats, rounded to the nearest. A number that would become infinite is refused.
   */
  dtype?: SavedDType;
}

/**
 * What every way of saving takes. Without `signal` and `onProgress` a file has what was there at the moment of the call;
 * with either, saving pauses, and is refused if a tensor is written into before it is done.
 */
export interface SaveOptions extends EncodeOptions, ProgressOptions {}

/** The names of {@link ProgressOptions}. */
export const progressNames: readonly string[] = ["signal", "onProgress"];

/** @throws TypeError, ValueError for an option that does not exist or has a value that is none of its own */
export function checkLoadOptions(where: string, options: LoadOptions, known: readonly string[] = ["unknown"]): void {
  checkOptions(where, options, ["int64", "maxBytes", "names", ...progressNames, ...known]);
  checkProgress(where, options);
  const { int64 = "int32", names, unknown = "refuse" } = options;
  if (names !== undefined && typeof names !== "function") {
    fail("TypeError", `${where} expected names as a function, got: ${typeName(names)}`);
  }
  if (unknown !== "refuse" && unknown !== "opaque") {
    fail("ValueError", `${where} expected unknown as "refuse" or "opaque", got: ${shown(unknown)}`);
  }
  if (int64 !== "int32" && int64 !== "bigint") {
    fail("ValueError", `${where} expected int64 as "int32" or "bigint", got: ${shown(int64)}`);
  }
}

/** The same for saving; `known` are the options of one format, or of one door. */
export function checkSaveOptions(
  where: string,
  options: SaveOptions,
  known: readonly string[] = progressNames,
): SavedDType {
  checkOptions(where, options, ["dtype", ...known]);
  checkProgress(where, options);
  const { dtype = "original" } = options;
  if (!savedDTypes.includes(dtype)) {
    fail("ValueError", `${where} expected dtype as one of ${savedDTypes.join(", ")}, got: ${shown(dtype)}`);
  }
  return dtype;
}
