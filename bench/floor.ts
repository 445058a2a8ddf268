/** The floor of a case: src/cli/floor.ts has the formula, here are the cases and the cache levels that the run measured. */

import { floor as floorOf } from "../src/cli/floor.js";
import { alive, type Case, type Pass } from "./cases.js";

/** What one core of the machine was measured to do. */
export interface Machine {
  /** Multiplications and additions of 128-bit SIMD, GFLOP/s. */
  readonly peak: number;
  /** Cache levels from the nearest: what each holds, bytes, and what can be read from it, GB/s. */
  readonly levels: readonly { readonly bytes: number; readonly bandwidth: number }[];
}

/** The least time of a pass, µs. */
export function floor(one: Case, pass: Pass, { peak, levels }: Machine): number {
  const { mode: kind, C, H, L, D } = one;
  const bandwidth = (bytes: number) =>
    (levels.find((level) => bytes < level.bytes) ?? levels[levels.length - 1]).bandwidth;
  return floorOf({ kind, C, H, P: H, L, D, alive: alive(one) }, pass, { peak, bandwidth });
}
