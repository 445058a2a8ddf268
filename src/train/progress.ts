/** How far a training is: what `fit` keeps beside the model, the optimiser and the data. */

import { dictOf } from "../base/dict.js";
import { fail } from "../base/errors.js";
import { Tensor } from "../index.js";

/** Numbers to go on from. */
export type Progress = {
  /** Epochs that are over. */
  epochs: number;
  /** Steps that were taken. */
  steps: number;
  /** The lowest loss of the validation. */
  best: number;
  /** Epochs since then. */
  waited: number;
  /** The weights of then, where they are asked for. */
  best_state: ReadonlyMap<string, Tensor> | null;
};

/** @throws TypeError for what is none */
export function checkProgress(dict: unknown): Progress {
  const entries = dictOf(dict);
  const [epochs, steps, best, waited] = ["epochs", "steps", "best", "waited"].map((name) => entries?.get(name));
  const state = entries?.get("best_state") ?? null;
  const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  const isState = state === null || (state instanceof Map && [...state.values()].every((one) => one instanceof Tensor));
  if (![epochs, steps, waited].every(isCount) || typeof best !== "number" || !isState) {
    fail("TypeError", "fit: loadStateDict() expected what its stateDict() gave");
  }
  return { epochs, steps, best, waited, best_state: state } as Progress;
}
