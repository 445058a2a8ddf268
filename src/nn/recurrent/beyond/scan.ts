/**
 * The loop over time in tensors, one step after the other: for cells that are modules, and for what happens between two
 * steps. What needs neither goes to the device in one piece.
 */

import { fillBernoulli } from "../../../base/random.js";
import { type FloatDType, fresh } from "../../../device/value.js";
import { defaultGenerator } from "../../../tensor/chance.js";
import { cat, where } from "../../../tensor/combine.js";
import { zeros } from "../../../tensor/create.js";
import { inMemoryOrder } from "../../../tensor/kernels.js";
import { Tensor } from "../../../tensor/tensor.js";

/** One step: input `[n, C]` and states `[n, size]` to the new states. */
export type OneStep = (input: Tensor, states: readonly Tensor[]) => readonly Tensor[];

/** What becomes of a state, given it before and after a step whose rows begin at `start`. */
export type Mix = (before: Tensor, after: Tensor, start: number) => Tensor;

export interface Scanned {
  /** Of each state what it was after every step, `[R, size]`: the first is the output. */
  readonly every: Tensor[];
  /** What it was after each sequence's own last step, `[N, size]`. */
  readonly final: Tensor[];
}

/**
 * @param rows `[R, C]`
 * @param initial `[N, size]` each
 * @param mixes of each state; null leaves it as the step made it
 */
export function scan(
  steps: readonly number[],
  rows: Tensor,
  initial: readonly Tensor[],
  reverse: boolean,
  step: OneStep,
  mixes: readonly (Mix | null)[],
): Scanned {
  let start = 0;
  const times = steps.map((n) => ({ n, start: (start += n) - n }));
  const every: Tensor[][] = initial.map(() => new Array<Tensor>(steps.length));
  let states = initial;
  for (let i = 0; i < times.length; i++) {
    const t = reverse ? times.length - 1 - i : i;
    const { n, start } = times[t];
    const before = states.map((state) => (state.size(0) === n ? state : state.narrow(0, 0, n)));
    const after = step(rows.narrow(0, start, n), before).map(
      (state, s) => mixes[s]?.(before[s], state, start) ?? state,
    );
    states = after.map((state, s) => {
      every[s][t] = state;
      const more = states[s].size(0) - n;
      return more === 0 ? state : cat([state, states[s].narrow(0, n, more)]);
    });
  }
  const together = (list: Tensor[], s: number) =>
    list.length > 0 ? cat(list) : zeros([0, initial[s].size(1)], { dtype: rows.dtype as FloatDType });
  // A module may hand on what it was given: what is written into the final state is not to reach the caller's.
  return { every: every.map(together), final: states.map((state) => state.clone()) };
}

/**
 * Zoneout: with probability `p` a unit keeps the state that it had; the mean of that in evaluation. One mask for all rows,
 * drawn at once.
 * Source: Krueger et al., "Zoneout: regularizing RNNs by randomly preserving hidden activations" (2017).
 */
export function zoneout(p: number, rows: number, size: number, training: boolean): Mix | null {
  if (p === 0) return null;
  if (!training) return (before, after) => before.mul(p).add(after.mul(1 - p));
  const kept = new Uint8Array(rows * size);
  fillBernoulli(kept, p, defaultGenerator());
  const mask = new Tensor(inMemoryOrder(fresh("bool", [rows, size]), "bool", kept));
  return (before, after, start) => where(mask.narrow(0, start, after.size(0)), before, after);
}
