/**
 * What elman is to reach on one thread, as ratios: the other's time over elman's, and for the floor its share of
 * elman's time. Where nothing is asked there is no number; a batch of 16 is in no group.
 */

import type { Case, Mode, Pass } from "./cases.js";
import type { EngineName } from "./engines.js";

type Asked = (one: Case) => number | null;

/** For a step: few units, and more. */
const bySize =
  (upTo64: number, above: number | null): Asked =>
  ({ H }) =>
    H <= 64 ? upTo64 : above;

/** For a sequence: alone, and in a batch of at least 32. */
const byBatch =
  (alone: Record<Mode, number>, batch: Record<Mode, number>): Asked =>
  ({ mode, N }) =>
    N === 1 ? alone[mode] : N >= 32 ? batch[mode] : null;

const each = (LSTM: number, GRU = LSTM, RNN = GRU): Record<Mode, number> => ({ LSTM, GRU, RNN });
const always =
  (ratio: number): Asked =>
  () =>
    ratio;

const asked: Partial<Record<EngineName | "floor", Partial<Record<Pass, Asked>>>> = {
  "ort-web": { forward: always(1.5), step: bySize(10, 2) },
  tfjs: { forward: always(3), train: always(15), step: bySize(50, null) },
  "jax-js": { forward: always(3), train: always(3), step: bySize(10, null) },
  torch: {
    forward: byBatch(each(1, 2), each(0.4, 0.6, 0.8)),
    train: byBatch(each(1, 3), each(0.35, 0.55, 0.75)),
    step: bySize(10, 2),
  },
  "ort-node": { forward: byBatch(each(0.7), each(0.45)), step: bySize(5, 1) },
  floor: {
    forward: ({ N, H }) => (N >= 32 ? 0.65 : N === 1 && H <= 256 ? 0.5 : null),
    train: ({ N }) => (N >= 32 ? 0.55 : null),
    step: always(0.5),
  },
};

/** The ratio to reach, or null. */
export function required(against: EngineName | "floor", one: Case, pass: Pass): number | null {
  return asked[against]?.[pass]?.(one) ?? null;
}
