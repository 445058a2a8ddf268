/** The runs over time in the kernels: one call for the directions of a layer. Arrays are those of JavaScript, where they lie. */

import {
  allocate,
  type Cell,
  elements,
  type FloatArray,
  type FloatDType,
  fresh,
  gru,
  type Leaving,
  lstm,
  type Return,
  type Run,
  rnnRelu,
  rnnTanh,
  type Sequence,
  type Value,
  wrap,
} from "elman-nn/device";
import type { Binding } from "./binding.js";
import type { Packs } from "./packs.js";
import { aligned, room } from "./room.js";

/** The cells that the kernels know, under their numbers in kernels/runs.h. */
export const compiled: ReadonlyMap<Cell, number> = new Map([rnnTanh, rnnRelu, lstm, gru].map((cell, i) => [cell, i]));
/** Numbers a unit that backward needs beside the gates. */
const more: ReadonlyMap<Cell, number> = new Map<Cell, number>([
  [lstm, 2],
  [gru, 1],
]);

/** Numbers behind an array that the kernels may read. */
const slack = 16;

/** What backward needs: the gates [R, G·H], what else the cell keeps [R, more·H], and h before a projection [R, H]. */
interface Kept {
  readonly gates: FloatArray | null;
  readonly more: FloatArray | null;
  readonly raw: FloatArray | null;
}

/** What the kernels have one call for. */
export function isCompiled({ cell, input, initial, mask = null, weights }: Sequence): boolean {
  return (
    compiled.has(cell) &&
    mask === null &&
    input.numel > 0 &&
    initial[0].numel > 0 &&
    !(cell === gru && weights.hr !== null)
  );
}

const floats = (value: Value): FloatArray => elements(value) as FloatArray;
const optional = (value: Value | null): FloatArray | null => value && floats(value);

/** h, and c or null. */
const pair = ([h, c]: readonly Value[]): (FloatArray | null)[] => [floats(h), c === undefined ? null : floats(c)];
/** No weights' gradients. */
const none = { ih: null, hh: null, hr: null, biasIh: null, biasHh: null };

/** Sizes, and the numbers that the kernels are told. */
function sizes({ cell, weights, input, initial, reverse, steps }: Sequence) {
  const dtype = input.dtype as FloatDType;
  const [N, P] = initial[0].shape;
  const [R, C] = input.shape;
  const GH = weights.ih.shape[0];
  const H = GH / cell.gates;
  const number = compiled.get(cell) as number;
  const numbers = Int32Array.of(number, steps.length, N, C, H, P, reverse ? 1 : 0);
  const zeros = (count: number) => allocate(dtype, count) as FloatArray;
  return { dtype, R, N, C, H, P, GH, numbers, zeros, steps: Int32Array.from(steps), hh: weights.hh as Value };
}

/** Adds to what the input gates begin with, and to what the recurrent half of a GRU's n does. */
export function addBiases(
  cell: Cell,
  ih: FloatArray | null,
  hh: FloatArray | null,
  x: FloatArray,
  n: FloatArray,
): void {
  const added = cell.sharedGates ? x.length : (x.length / 3) * 2;
  for (let i = 0; ih !== null && i < x.length; i++) x[i] += ih[i];
  for (let i = 0; hh !== null && i < hh.length; i++) {
    if (i < added) x[i] += hh[i];
    else n[i - added] += hh[i];
  }
}

/** What comes of a run, and what the kernels are told of it. */
function prepare(binding: Binding, packs: Packs, sequence: Sequence, keep: boolean) {
  const { cell, weights, input, initial } = sequence;
  const { dtype, R, N, H, P, GH, numbers, zeros, steps, hh } = sizes(sequence);
  const output = room(dtype, [R, P]);
  const final = initial.map(({ shape }) => room(dtype, shape));
  const besides = keep ? (more.get(cell) ?? 0) : 0;
  const lines = (count: number) => aligned(binding, dtype, count + slack);
  const kept: Kept = {
    gates: besides > 0 ? lines(R * GH) : null,
    more: besides > 0 ? lines(R * besides * H) : null,
    raw: weights.hr && floats(room(dtype, [keep ? R : N, H])),
  };
  const [bias, biasHh] = [zeros(GH), zeros(H + slack)];
  addBiases(cell, optional(weights.biasIh), optional(weights.biasHh), bias, biasHh);
  const turned = (weight: Value | null) => weight && packs.of(weight, "turned");
  const byUnits = cell.gates > 1 ? packs.of(hh, "units", cell.gates) : turned(hh);
  const weightArrays = [turned(weights.ih), byUnits, turned(weights.hr), bias, biasHh];
  const results = [floats(output), ...pair(final), kept.raw, kept.gates, kept.more];
  const told = [numbers, steps, floats(input), ...pair(initial), ...weightArrays, ...results];
  return { run: { output, final, kept: keep ? kept : null }, told };
}

/** What leaves a run on its way back, and what the kernels are told of it. */
function prepareBack(packs: Packs, { sequence, run, d, needs }: Return) {
  const { weights, input, initial } = sequence;
  const { dtype, numbers, steps, hh } = sizes(sequence);
  const kept = run.kept as Kept;
  const like = (value: Value) => room(dtype, value.shape);
  const states = initial.map((state, i) => {
    const arriving = d.final[i];
    return arriving === null ? fresh(dtype, state.shape) : wrap(dtype, floats(arriving).slice(), state.shape);
  });
  const { ih, hr, biasIh, biasHh } = weights;
  const dInput = needs.input ? like(input) : null;
  const dWeights = needs.weights
    ? { ih: like(ih), hh: like(hh), hr: hr && like(hr), biasIh: biasIh && like(biasIh), biasHh: biasHh && like(biasHh) }
    : null;
  const straight = (weight: Value | null) => weight && packs.of(weight, "straight");
  const given = [floats(input), floats(initial[0]), floats(run.output), kept.raw, kept.gates, kept.more];
  const arriving = [straight(needs.input ? ih : null), straight(hh), straight(hr), optional(d.output), ...pair(states)];
  const { ih: dIh, hh: dHh, hr: dHr, biasIh: dBiasIh, biasHh: dBiasHh } = dWeights ?? none;
  const leaving = [dInput, dIh, dHh, dHr, dBiasIh, dBiasHh].map(optional);
  return {
    left: { input: dInput, initial: states, weights: dWeights },
    told: [numbers, steps, ...given, ...arriving, ...leaving],
  };
}

/** Runs of one size, all in one call: two at most. */
export function forward(
  binding: Binding,
  packs: Packs,
  sequences: readonly Sequence[],
  keep: boolean,
): Omit<Run, "device">[] {
  const all = sequences.map((sequence) => prepare(binding, packs, sequence, keep));
  binding.forward(...all.flatMap(({ told }) => told));
  return all.map(({ run }) => run);
}

/** Runs of one call to `forward`. */
export function backward(binding: Binding, packs: Packs, runs: readonly Return[]): Leaving[] {
  const all = runs.map((one) => prepareBack(packs, one));
  binding.backward(...all.flatMap(({ told }) => told));
  return all.map(({ left }) => left);
}
