/** The default generator: one stream for everything that draws without a generator of its own. */

import { mistyped } from "../base/errors.js";
import { Generator } from "../base/random.js";

let shared: Generator | null = null;

/** The generator that is used where none is given. */
export function defaultGenerator(): Generator {
  return (shared ??= new Generator());
}

/** The generator an option names, or the default one. */
export function chosenGenerator({ generator }: { generator?: Generator | undefined }): Generator {
  if (generator !== undefined && !(generator instanceof Generator)) {
    mistyped("generator expected a Generator", generator);
  }
  return generator ?? defaultGenerator();
}

/**
 * Restarts the default generator. After `manualSeed(s)` draws equal those of `torch.manual_seed(s)` on the CPU.
 * @param seed a whole number; its low 32 bits decide.
 */
export function manualSeed(seed: number | bigint): Generator {
  return defaultGenerator().manualSeed(seed);
}
