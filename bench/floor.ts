/**
 * The floor of a case: the time below which one core cannot compute it in vectors of some width, from what the machine
 * was measured to do with them in the same run. A model to divide by, not a promise.
 *
 *   W       = G·H·H                 recurrent weights
 *   step(n) = max( (n·W/8 + n·H·p) cycles,  4·W bytes / bandwidth where they lie )
 *   forward = Σ over time of step(alive)  +  rows·G·H·C/8 cycles        the input's product, once for all steps
 *   stream  = max( (n·(G·H·C + W)/8 + n·H·p) cycles,  4·(G·H·C + W) bytes / bandwidth )
 *   train   = forward  +  Σ over time of step(alive) with p of backward  +  rows·(2·G·H·C + W)/8 cycles,
 *             G·H·C once in the lowest layer, since nobody asks for the gradient of the input
 *
 * 8 multiply-and-adds a cycle, as two vectors of 128 bits have, so a cycle is 16 flops of the peak; p cycles of pointwise
 * arithmetic a unit. Wider vectors make both as many times faster. Layers and directions add up.
 */

import { alive, type Case, gates, inputWidths, type Mode, type Pass } from "./cases.js";

/** What one core of the machine was measured to do. */
export interface Machine {
  /** Of a vector. */
  readonly bits: number;
  /** Multiplications and additions in such vectors, GFLOP/s. */
  readonly peak: number;
  /** So many bytes, the fewest first, and how fast they are read again and again, GB/s. */
  readonly levels: readonly { readonly bytes: number; readonly bandwidth: number }[];
}

/** Cycles of pointwise arithmetic a unit. */
const pointwise: Readonly<Record<Mode, { forward: number; backward: number }>> = {
  LSTM: { forward: 10, backward: 6 },
  GRU: { forward: 6.5, backward: 5 },
  RNN: { forward: 2, backward: 1.5 },
};

const sum = (numbers: readonly number[]): number => numbers.reduce((total, x) => total + x, 0);

/** The weights that a step multiplies, of each layer and direction. */
function stepWeights(one: Case, pass: Pass): number[] {
  const GH = gates[one.mode] * one.H;
  return inputWidths(one).map((width) => GH * (one.H + (pass === "step" ? width : 0)));
}

/** The sizes whose bandwidth the floor asks for, bytes. */
export const readSizes = (one: Case, pass: Pass): number[] => [
  ...new Set(stepWeights(one, pass).map((count) => 4 * count)),
];

/** The least time of a pass, µs. */
export function floor(one: Case, pass: Pass, { peak, levels }: Machine): number {
  const { mode, H, D } = one;
  const steps = alive(one);
  const p = pointwise[mode];
  const cycle = 16 / (peak * 1e3);
  const bandwidth = (bytes: number) =>
    (levels.find((level) => bytes <= level.bytes) ?? levels[levels.length - 1]).bandwidth;
  const step = (n: number, weights: number, p: number) =>
    Math.max(((n * weights) / 8 + n * H * p) * cycle, (4 * weights) / (bandwidth(4 * weights) * 1e3));
  if (pass === "step") return sum(stepWeights(one, pass).map((weights) => step(steps[0], weights, p.forward)));
  const recurrent = gates[mode] * H * H;
  const inputs = inputWidths(one).map((width) => gates[mode] * H * width);
  const overTime = (p: number) => sum(steps.map((n) => step(n, recurrent, p)));
  const product = (weights: number) => ((sum(steps) * weights) / 8) * cycle;
  const forward = sum(inputs.map((input) => overTime(p.forward) + product(input)));
  if (pass === "forward") return forward;
  const gradients = (input: number, s: number) => (s < D ? input : 2 * input) + recurrent;
  return forward + sum(inputs.map((input, s) => overTime(p.backward) + product(gradients(input, s))));
}
