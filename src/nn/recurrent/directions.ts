/** What recurrent layers and cells have in common: how parameters begin and are checked, and a run of one layer. */

import { fail, typeName, warn } from "../../base/errors.js";
import { listText, type Shape, sameShape } from "../../base/shape.js";
import type { Cell } from "../../device/cell.js";
import type { Weights } from "../../device/device.js";
import { type FloatDType, isFloat } from "../../device/value.js";
import { isGradEnabled } from "../../tensor/autograd.js";
import { cat } from "../../tensor/combine.js";
import { zeros } from "../../tensor/create.js";
import { rowMajor } from "../../tensor/kernels.js";
import { directionOf, recurrent } from "../../tensor/ops/recurrent.js";
import { apply, Tensor } from "../../tensor/tensor.js";
import { uniform_ } from "../init.js";
import { type Module, Parameter } from "../module.js";

/** A parameter that holds zeros. */
export function blank(shape: Shape, dtype: FloatDType = "float32"): Parameter {
  if (!isFloat(dtype)) {
    fail("RuntimeError", "Only Tensors of floating point and complex dtype can require gradients");
  }
  return new Parameter(zeros(shape, { dtype }));
}

/** Draws every parameter from U(−k, k), k = 1/√hiddenSize. */
export function drawParameters(module: Module, hiddenSize: number): void {
  const k = hiddenSize > 0 ? 1 / Math.sqrt(hiddenSize) : 0;
  for (const parameter of module.parameters()) uniform_(parameter, -k, k);
}

/**
 * Refuses what is no parameter; `missing` is what PyTorch says of anything but a tensor. A tensor that was computed may
 * stand in a parameter's place, as weight drop and weight normalisation have it; a plain one nobody would train.
 */
export function checkParameter(
  weight: unknown,
  name: string,
  missing: (came: string) => string,
): asserts weight is Tensor {
  if (!(weight instanceof Tensor)) fail("TypeError", missing(typeName(weight)));
  if (!(weight instanceof Parameter) && weight.isLeaf && isGradEnabled()) {
    fail("TypeError", `cannot assign 'Tensor' as parameter '${name}' (torch.nn.Parameter or None expected)`);
  }
}

/** Refuses a tensor in a parameter's place that has another shape. */
export function checkShape(where: string, name: string, tensor: Tensor, shape: Shape): void {
  if (sameShape(tensor.value.shape, shape)) return;
  fail("RuntimeError", `${where}: Expected ${name} of size ${listText(shape)}, got ${listText(tensor.shape)}`);
}

/** Says that dropout has no place in one layer. */
export function warnOfDropout(dropout: number, numLayers: number): void {
  if (dropout === 0 || numLayers !== 1) return;
  warn(
    `dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects num_layers greater than 1, but got dropout=${dropout} and num_layers=1`,
  );
}

/** One direction of a layer: its initial states `[N, P or H]`, and its weights. */
export interface Direction {
  readonly initial: readonly Tensor[];
  readonly weights: Weights<Tensor>;
  /** What the operand of its recurrent weight is multiplied by at every step, `[N, P or H]`; all directions have one, or none. */
  readonly mask?: Tensor;
}

/**
 * Runs the directions of one layer over packed rows `[R, C]`; the second reads from the end.
 * @param steps how many sequences are alive at each time
 * @param isReverse set where the one direction there is reads from the end
 * @returns of each direction its output rows `[R, P]` and its final states, in one list
 */
export function runLayer(
  cell: Cell,
  steps: readonly number[],
  rows: Tensor,
  directions: readonly Direction[],
  isReverse?: true,
): Tensor[] {
  const given: (Tensor | null)[] = [];
  for (const { initial, weights } of directions) given.push(...directionOf<Tensor>(initial, weights));
  const keep = isGradEnabled() && (rows.requiresGrad || given.some((tensor) => tensor?.requiresGrad));
  const reverse = directions.map((_, d) => isReverse ?? d > 0);
  const masks = directions[0].mask && directions.map(({ mask }) => rowMajor((mask as Tensor).value));
  return apply(recurrent, { cell, steps, reverse, keep, masks }, rows, ...given);
}

/**
 * Layer upon layer, and in each its directions.
 * @param rows `[R, C]`
 * @param initial of each state its S parts `[N, size]`
 * @param run runs a layer: of each direction its output rows and its final states, in one list
 * @param after what becomes of a layer's output, given also the layer's number and what it read
 * @returns the output rows and the final states, in parts like the initial ones
 */
export function runStack(
  numLayers: number,
  D: number,
  rows: Tensor,
  initial: readonly (readonly Tensor[])[],
  run: (layer: number, rows: Tensor, initial: readonly (readonly Tensor[])[]) => Tensor[],
  after: (output: Tensor, layer: number, rows: Tensor) => Tensor,
): [Tensor, Tensor[][]] {
  const finals: Tensor[][] = initial.map(() => []);
  const width = 1 + initial.length;
  for (let layer = 0; layer < numLayers; layer++) {
    const begin = Array.from({ length: D }, (_, d) => initial.map((parts) => parts[layer * D + d]));
    const results = run(layer, rows, begin);
    finals.forEach((states, i) => {
      for (let d = 0; d < D; d++) states.push(results[d * width + 1 + i]);
    });
    rows = after(D === 1 ? results[0] : cat([results[0], results[width]], 1), layer, rows);
  }
  return [rows, finals];
}
