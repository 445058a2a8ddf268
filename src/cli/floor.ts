/**
 * The floor: the time below which 128-bit SIMD on one core cannot compute a layer, from what the machine was measured
 * to do in the same run. A model to divide by, not a promise.
 *
 *   W       = G·H·P + P·H          recurrent weights; without a projection P is H, and there is no second term
 *   step(n) = max( (n·W/8 + n·H·p) cycles,  4·W bytes / bandwidth where they lie )
 *   forward = Σ over time of step(alive)  +  rows·G·H·C/8 cycles        the input's product, once for all steps
 *   stream  = max( (n·(G·H·C + W)/8 + n·H·p) cycles,  4·(G·H·C + W) bytes / bandwidth )
 *   train   = forward  +  Σ over time of step(alive) with p of backward  +  rows·(2·G·H·C + W)/8 cycles,
 *             G·H·C once in the lowest layer, since nobody asks for the gradient of the input
 *
 * 8 multiply-and-adds a cycle, so a cycle is 16 flops of the peak; p cycles of pointwise arithmetic a unit. Layers and
 * directions add up. FLOPs of training are counted as three times the forward's.
 */

/** What one core of the machine was measured to do. */
export interface Machine {
  /** Multiplications and additions of 128-bit SIMD, GFLOP/s. */
  readonly peak: number;
  /** GB/s at which that many bytes can be read again and again. */
  bandwidth(bytes: number): number;
}

/** The kinds of layers that have a floor. */
export type Kind = "LSTM" | "GRU" | "RNN";

/** A layer and what it runs over: C input features, H hidden, P output of a direction, L layers, D directions. */
export interface Work {
  readonly kind: Kind;
  readonly C: number;
  readonly H: number;
  readonly P: number;
  readonly L: number;
  readonly D: number;
  /** How many sequences are alive at each time. */
  readonly alive: readonly number[];
}

/** `step`: the first step alone. `train`: forward and the gradients of all weights. */
export type Pass = "step" | "forward" | "train";

const gates: Readonly<Record<Kind, number>> = { LSTM: 4, GRU: 3, RNN: 1 };

/** Cycles of pointwise arithmetic a unit. */
const pointwise: Readonly<Record<Kind, { forward: number; backward: number }>> = {
  LSTM: { forward: 10, backward: 6 },
  GRU: { forward: 6.5, backward: 5 },
  RNN: { forward: 2, backward: 1.5 },
};

/** Weights that a step multiplies: those of the input of each layer and direction, and those of the state. */
function weights({ kind, C, H, P, L, D }: Work): { inputs: number[]; recurrent: number } {
  const GH = gates[kind] * H;
  const inputs = Array.from({ length: L * D }, (_, s) => GH * (s < D ? C : D * P));
  return { inputs, recurrent: GH * P + (P < H ? P * H : 0) };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, x) => total + x, 0);

/** The least time of a pass, µs. */
export function floor(work: Work, pass: Pass, { peak, bandwidth }: Machine): number {
  const { inputs, recurrent } = weights(work);
  const p = pointwise[work.kind];
  const cycle = 16 / (peak * 1e3);
  const step = (n: number, weights: number, p: number) =>
    Math.max(((n * weights) / 8 + n * work.H * p) * cycle, (4 * weights) / (bandwidth(4 * weights) * 1e3));
  if (pass === "step") return sum(inputs.map((input) => step(work.alive[0], input + recurrent, p.forward)));
  const overTime = (p: number) => sum(work.alive.map((n) => step(n, recurrent, p)));
  const product = (weights: number) => ((sum(work.alive) * weights) / 8) * cycle;
  const forward = sum(inputs.map((input) => overTime(p.forward) + product(input)));
  if (pass === "forward") return forward;
  const gradients = (input: number, s: number) => (s < work.D ? input : 2 * input) + recurrent;
  return forward + sum(inputs.map((input, s) => overTime(p.backward) + product(gradients(input, s))));
}

/** The sizes, in bytes, whose bandwidth a floor asks for. */
export function weightBytes(work: Work): number[] {
  const { inputs, recurrent } = weights(work);
  return [...new Set([recurrent, ...inputs.map((input) => input + recurrent)])].map((count) => 4 * count);
}

/** Arithmetic of the products of a pass: a multiplication and an addition for each weight that is met. */
export function flops(work: Work, pass: Pass): number {
  const { inputs, recurrent } = weights(work);
  const rows = pass === "step" ? work.alive[0] : sum(work.alive);
  return (pass === "train" ? 3 : 1) * 2 * rows * sum(inputs.map((input) => input + recurrent));
}
