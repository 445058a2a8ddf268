/**
 * The floor: the time below which 128-bit SIMD on one core cannot compute a case, from what the machine was measured
 * to do in the same run. A model to divide by, not a promise.
 *
 *   step(n) = max( (n·G·H·H/8 + n·H·p) cycles,  4·G·H·H bytes / bandwidth of the cache level that holds them )
 *   layer   = Σ over time of step(alive)  +  rows·G·H·C/8 cycles        the input's product, once for all steps
 *   stream  = max( (G·H·(C + H)/8 + H·p) cycles,  4·G·H·(C + H) bytes / bandwidth )
 *   train   = layer  +  Σ over time of step(alive) with p of backward  +  rows·G·H·(2·C + H)/8 cycles,
 *             C + H in the lowest layer, since nobody asks for the gradient of the input
 *
 * 8 multiply-and-adds a cycle, so a cycle is 16 flops of the peak; p cycles of pointwise arithmetic a unit. Layers and
 * directions add up.
 */

import { alive, type Case, gates, inputWidths, type Mode, type Pass } from "./cases.js";

/** What one core of the machine was measured to do. */
export interface Machine {
  /** Multiplications and additions of 128-bit SIMD, GFLOP/s. */
  readonly peak: number;
  /** Cache levels from the nearest: what each holds, bytes, and what can be read from it, GB/s. */
  readonly levels: readonly { readonly bytes: number; readonly bandwidth: number }[];
}

/** Cycles of pointwise arithmetic a unit. */
const pointwise: Record<Mode, { forward: number; backward: number }> = {
  LSTM: { forward: 10, backward: 6 },
  GRU: { forward: 6.5, backward: 5 },
  RNN: { forward: 2, backward: 1.5 },
};

/** The least time of a pass, µs. */
export function floor(one: Case, pass: Pass, { peak, levels }: Machine): number {
  const { mode, H, C } = one;
  const GH = gates[mode] * H;
  const p = pointwise[mode];
  const cycle = 16 / (peak * 1e3);
  const reading = (bytes: number) => {
    const level = levels.find((level) => bytes < level.bytes) ?? levels[levels.length - 1];
    return bytes / (level.bandwidth * 1e3);
  };
  const recurrent = (n: number, p: number) => Math.max(((n * GH * H) / 8 + n * H * p) * cycle, reading(4 * GH * H));
  if (pass === "step") {
    return Math.max(((GH * (C + H)) / 8 + H * p.forward) * cycle, reading(4 * GH * (C + H)));
  }
  const steps = alive(one);
  const rows = steps.reduce((sum, n) => sum + n, 0);
  const overTime = (p: number) => steps.reduce((sum, n) => sum + recurrent(n, p), 0);
  const product = (width: number) => ((rows * GH * width) / 8) * cycle;
  return inputWidths(one).reduce((sum, C, s) => {
    const forward = overTime(p.forward) + product(C);
    const gradients = s < one.D ? C + H : 2 * C + H;
    return sum + forward + (pass === "train" ? overTime(p.backward) + product(gradients) : 0);
  }, 0);
}
