/** One case of a `Recurrent` as test/fixtures/beyond.py computes it: outputs, final states and every gradient. */

import { manualSeed, nn, stack, type Tensor } from "../../src/index.js";

export type CellName = keyof typeof nn.recurrentCells;

export interface BeyondCase {
  cell: CellName;
  sizes: number[];
  options: nn.RecurrentOptions;
  lengths: number[] | null;
  resets: boolean[][] | null;
  seed: number;
  training: boolean;
}

/** The layer of a case. Sizes that are alike are given as one number, so that both forms of states are met. */
export function layerOf({ cell, sizes, options }: BeyondCase, dtype: "float32" | "float64", C: number): nn.Recurrent {
  const alike = sizes.every((size) => size === sizes[0]);
  const record = nn.recurrentCells[cell] as typeof nn.recurrentCells.lstm;
  const given = { ...options, dtype, ...(alike && { numLayers: sizes.length }) };
  return new nn.Recurrent(record, C, alike ? sizes[0] : sizes, given as nn.RecurrentOptions) as unknown as nn.Recurrent;
}

const asLeaf = (x: Tensor): Tensor => x.clone().requiresGrad_();
const gradientOf = (x: Tensor): Tensor => x.grad ?? x.detach().mul(0);

/**
 * @param input `[T, N, C]`
 * @param states of each state its S parts `[N, size]`, or null
 * @param weights one for every element of the output and of each part of the final states
 */
export function beyondResults(
  one: BeyondCase,
  layer: nn.Recurrent,
  input: Tensor,
  states: readonly (readonly Tensor[])[] | null,
  weights: (i: number, shape: readonly number[]) => Tensor,
): [string, Tensor][] {
  const x = asLeaf(input);
  const leaves = states?.map((parts) => parts.map(asLeaf)) ?? null;
  const listed = typeof layer.hiddenSize !== "number";
  const first = one.options.stateBatchFirst === true;
  const joined = leaves?.map((parts) => (listed ? parts : stack(parts, first ? 1 : 0))) ?? null;
  const hx = joined === null ? null : joined.length === 1 ? joined[0] : joined;
  layer.train(one.training);
  layer.zeroGrad();
  manualSeed(one.seed);
  const forward = layer.forward as unknown as (...given: unknown[]) => [Tensor, unknown];
  const steps = one.options.batchFirst === true ? x.transpose(0, 1) : x;
  const flags = one.resets;
  const turned = flags !== null && one.options.batchFirst ? flags[0].map((_, n) => flags.map((row) => row[n])) : flags;
  const [y, final] = forward.call(layer, steps, hx, { lengths: one.lengths, resets: turned });
  const output = one.options.batchFirst === true ? y.transpose(0, 1) : y;
  const each = (joined === null ? layer.cell?.states : joined.length) === 1 ? [final] : (final as unknown[]);
  const parts = each.flatMap((state) => (listed ? (state as Tensor[]) : (state as Tensor).unbind(first ? 1 : 0)));
  const loss = [output, ...parts]
    .map((found, i) => found.mul(weights(i, found.shape)).sum())
    .reduce((a, b) => a.add(b));
  // Where every sequence is empty there is nothing to derive.
  if (loss.requiresGrad) loss.backward();
  return [
    ["output", output.detach()],
    ...parts.map((part, i): [string, Tensor] => [`final ${i}`, part.detach()]),
    ["d input", gradientOf(x)],
    ...(leaves ?? []).flat().map((part, i): [string, Tensor] => [`d state ${i}`, gradientOf(part)]),
    ...[...layer.namedParameters()].map(([name, p]): [string, Tensor] => [`d ${name}`, gradientOf(p)]),
  ];
}
