/** A small LSTM that follows from a seed, its weights as a reader of safetensors gives them, and something to hear. */

import { draws } from "../device/reference.js";

/** Plain numbers: what can be put into a page or a worklet as JSON. */
export interface Signal {
  readonly weights: Record<string, { shape: number[]; data: number[] }>;
  /** One number a step. */
  readonly input: number[];
}

/** Two layers of `H` units, the first of which reads one number a step. */
export function signal(H: number, steps: number): Signal {
  const next = draws(11);
  const weights: Signal["weights"] = {};
  const make = (name: string, ...shape: number[]) => {
    weights[name] = { shape, data: next(shape.reduce((a, b) => a * b, 1)).map((x) => 2 * x) };
  };
  for (const layer of [0, 1]) {
    make(`weight_ih_l${layer}`, 4 * H, layer === 0 ? 1 : H);
    make(`weight_hh_l${layer}`, 4 * H, H);
    make(`bias_ih_l${layer}`, 4 * H);
    make(`bias_hh_l${layer}`, 4 * H);
  }
  return { weights, input: next(steps).map((x) => Math.fround(2 * x)) };
}
