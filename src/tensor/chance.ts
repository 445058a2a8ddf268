/** The default generator: one stream for everything that draws without a generator of its own. */

import { Generator } from "../base/random.js";

let shared: Generator | null = null;

/** The generator that is used where none is given. */
export function defaultGenerator(): Generator {
  return (shared ??= new Generator());
}

/**
 * Restarts the default generator. After `manualSeed(s)` draws equal those of `torch.manual_seed(s)` on the CPU.
 * @param seed a whole number; its low 32 bits decide.
 */
export function manualSeed(seed: number | bigint): Generator {
  return defaultGenerator().manualSeed(seed);
}
