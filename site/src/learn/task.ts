/**
 * A task of long memory: name the first symbol of a sequence at its end. All that comes between is noise, so that every
 * step but the first must be ignored. Like the latching problem of Bengio et al. 1994, with four symbols.
 * Source: https://doi.org/10.1109/72.279181
 */

import { cat, type Generator, nn, randint, type Tensor } from "elman-nn";

/** What may come first, and is to be named. */
export const symbols = ["a", "b", "c", "d"] as const;
/** What comes after it. */
export const noise = ["x", "y"] as const;
/** Features of a step: one for each symbol. */
export const features = symbols.length + noise.length;

/** Sequences `[N, T, 6]`, one-hot, and their first symbols `[N]`, int32. */
export type Batch = readonly [input: Tensor, target: Tensor];

/** Draws `count` sequences of `length` steps. */
export function draw(count: number, length: number, generator: Generator): Batch {
  const first = randint(symbols.length, [count], { generator });
  const rest = randint(symbols.length, features, [count, length - 1], { generator });
  const sequences = cat([first.unsqueeze(1), rest], 1);
  return [nn.functional.oneHot(sequences, features).to("float32"), first];
}
