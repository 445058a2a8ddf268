/** Long sequences in pieces. Source: Williams & Peng, An efficient gradient-based algorithm (1990) */

import { checkOptions, fail, mistyped, shown } from "../base/errors.js";
import { Tensor } from "../index.js";

/**
 * A long sequence in chunks for truncated backpropagation through time; the last one may be shorter. Carry the state from
 * chunk to chunk, and `detach()` it before each, so that gradients end at the chunk's beginning.
 * @param sequence a tensor, or several that are cut at the same places, such as input and target
 * @param chunk steps in a chunk
 * @param options `dim`: which dimension is time. Default 0
 */
export function truncatedBPTT<S extends Tensor | readonly Tensor[]>(
  sequence: S,
  chunk: number,
  options: { dim?: number } = {},
): S[] {
  checkOptions("truncatedBPTT()", options, ["dim"]);
  const { dim = 0 } = options;
  const list: readonly Tensor[] = sequence instanceof Tensor ? [sequence] : sequence;
  if (!Array.isArray(list) || list.length === 0 || list.some((one) => !(one instanceof Tensor))) {
    mistyped("truncatedBPTT() expected a Tensor or several", sequence);
  }
  if (!Number.isSafeInteger(chunk) || chunk < 1) {
    fail("ValueError", `truncatedBPTT() expected chunk as a whole number from 1 up, got: ${shown(chunk)}`);
  }
  const steps = list.map((one) => one.size(dim));
  if (steps.some((count) => count !== steps[0])) {
    fail("ValueError", `truncatedBPTT() expected as many steps in each tensor, got: ${steps.join(", ")}`);
  }
  return Array.from({ length: Math.ceil(steps[0] / chunk) }, (_, i) => {
    const start = i * chunk;
    const parts = list.map((one) => one.slice(dim, start, Math.min(start + chunk, steps[0])));
    return (sequence instanceof Tensor ? parts[0] : parts) as unknown as S;
  });
}
