/** What may be asked for when a file is loaded or saved, checked. */

import { checkOptions, fail, shown } from "../base/errors.js";
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
}

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
export function checkLoadOptions(where: string, options: LoadOptions, known: readonly string[] = []): void {
  checkOptions(where, options, ["int64", "maxBytes", ...progressNames, ...known]);
  checkProgress(where, options);
  const { int64 = "int32" } = options;
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
