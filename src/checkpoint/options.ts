/** What may be asked for when a file is loaded, checked. */

import { checkOptions, fail, shown } from "../base/errors.js";
import type { WholeNumbers } from "./pickle/storages.js";

/** What every way of loading takes. */
export interface LoadOptions {
  /**
   * What becomes of I64, U64 and U32: `int32`, the default, refuses numbers that are too large; `bigint` gives
   * {@link WideTensor}s.
   */
  int64?: WholeNumbers;
  /** The most bytes that what is loaded may take in memory. Default: 64 MiB and four times the file's size. */
  maxBytes?: number;
}

export function checkLoadOptions(where: string, options: LoadOptions, known: readonly string[] = []): void {
  checkOptions(where, options, ["int64", "maxBytes", ...known]);
  const { int64 = "int32" } = options;
  if (int64 !== "int32" && int64 !== "bigint") {
    fail("ValueError", `${where} expected int64 as "int32" or "bigint", got: ${shown(int64)}`);
  }
}
