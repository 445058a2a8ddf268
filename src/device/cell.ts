/**
 * A recurrent cell is one record: its facts, and its equation beside its gradient. It knows gates and nothing of time.
 *
 * What a device does not know by name it runs in the loop of recurrence.ts, which reads these facts and calls these
 * functions. Arrays are row-major and belong to one step alone: n rows, H units, G gates. The input gates are
 * x = W_ih·input + b_ih, the recurrent gates r = W_hh·h + b_hh.
 */

import type { FloatArray } from "./value.js";

/** What forward and backward of one step share. */
interface Rows {
  readonly n: number;
  readonly H: number;
  /** The states before the step: h [n, P], the others [n, H]. */
  readonly prev: readonly FloatArray[];
  /** The states after it, each [n, H]: h before any projection. */
  readonly next: readonly FloatArray[];
  /** What is kept for backward: [n, keep·H]. */
  readonly keep: FloatArray;
  /** The cell's own parameters. */
  readonly own: Readonly<Record<string, FloatArray>>;
}

/** One step forward: writes `next` and `keep`. */
export interface Step extends Rows {
  /** The input gates [n, G·H]. */
  readonly x: FloatArray;
  /** The recurrent gates [n, G·H]. */
  readonly r: FloatArray;
}

/** One step backward: writes `dx` and `dr`, rewrites `d`, and adds to `dOwn`. */
export interface BackwardStep extends Rows {
  /**
   * On entry the gradient of each of `next`; on return that of each of `prev`, without what flows through the
   * recurrent gates.
   */
  readonly d: readonly FloatArray[];
  /** The gradient of the input gates [n, G·H]. */
  readonly dx: FloatArray;
  /** The gradient of the recurrent gates [n, G·H]; with `sharedGates` it is `dx` itself. */
  readonly dr: FloatArray;
  /** The gradients of the cell's own parameters, summed over all steps. */
  readonly dOwn: Readonly<Record<string, FloatArray>>;
}

/**
 * A second product inside the step: the recurrent weight's last gates multiply not h, but what the step makes of it.
 * So a cell can reset h before the product. It has no projection, since what it makes is as wide as h.
 */
export interface SecondProduct {
  /** How many of the last gates. Their part of `r` is not there yet when `forward` runs. */
  readonly gates: number;
  /**
   * Writes what they multiply, m [n, H].
   * @param step one step of `n` sequences
   */
  forward(step: Step, m: FloatArray): void;
  /**
   * Runs after the cell's backward: takes the gradient of m, adds to `d`, and writes the rest of `dx` and `dr`.
   * @param step the step that `forward` took
   * @param dm the gradient of m, `[n, H]`
   */
  backward(step: BackwardStep, dm: FloatArray): void;
}

/** One step of a recurrent layer: facts, the equation and its gradient, knowing nothing of time. */
export interface Cell {
  /** How messages call it; PyTorch's mode where PyTorch has the cell. */
  readonly name: string;
  /** G, in the order of the weights' blocks of H rows. */
  readonly gates: number;
  /** How many states pass from step to step, each of H units. The first is h, the output, of P units if projected. */
  readonly states: number;
  /** The recurrent weight: `dense` is [G·H, P], `vector` one weight a unit and gate [G·H], `none` no weight at all. */
  readonly recurrent: "dense" | "vector" | "none";
  /** How many numbers a unit are kept for backward. */
  readonly keep: number;
  /** Whether x and r are only ever added, so that their gradients are one and the same. */
  readonly sharedGates: boolean;
  /** The shapes of parameters of its own, by name, for H units. */
  readonly own?: (H: number) => Readonly<Record<string, readonly number[]>>;
  /** A second product of a step, for a cell that needs one before its new state is whole. */
  readonly second?: SecondProduct;
  /** The equation: writes the new states of a `step`, and what backward needs of it. */
  forward(step: Step): void;
  /** The gradient of the equation: writes those of the gates and of the states before the `step`. */
  backward(step: BackwardStep): void;
}

/**
 * σ, the logistic function.
 * @param x any number
 */
export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
