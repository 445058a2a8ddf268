/** A net, one step at a time, in arrays that are made once. */

import type { Affine, Net, RowFunction, Rows, Stack, Stepper, Weights } from "../device.js";
import { Past, roomOf, type State, statesOf } from "../state.js";
import { allocate } from "../value.js";

/** A stage at work. */
interface Stage {
  /** Where every step's rows go. */
  readonly output: Float32Array;
  readonly states: readonly State[];
  /** Takes the weights; they are in use once what this returns is called. */
  load(): () => void;
  /** One step of the rows in `x`, from `from` on. */
  step(x: Float32Array, from: number): void;
}

const rowsOf = (N: number, width: number): Float32Array => allocate("float32", N * width) as Float32Array;

/**
 * out[n] = W·input[n] + bias, for N rows of K, `pitch` apart, from `from` on. Sums in double precision.
 * @param first the first row of W that is multiplied, and the first place of out that is written
 */
function product(
  N: number,
  K: number,
  input: Float32Array,
  from: number,
  pitch: number,
  weight: Float32Array,
  bias: Float32Array | null,
  out: Float32Array,
  first = 0,
  width = out.length / N,
): void {
  const wide = out.length / N;
  for (let n = 0; n < N; n++, from += pitch) {
    for (let j = first, w = first * K, at = n * wide + first; j < width; j++, at++) {
      let sum = bias === null ? 0 : bias[j];
      for (let k = 0; k < K; k++, w++) sum += weight[w] * input[from + k];
      out[at] = sum;
    }
  }
}

/** out[n][g] = w[g]·h[n] + bias[g], unit by unit, for N rows of H, from `first` to before `width`; without a weight the bias alone. */
function eachUnit(
  N: number,
  H: number,
  h: Float32Array,
  weight: Float32Array | null,
  bias: Float32Array | null,
  out: Float32Array,
  first: number,
  width: number,
): void {
  const wide = out.length / N;
  for (let n = 0; n < N; n++) {
    for (let j = first, at = n * wide + first; j < width; j++, at++) {
      out[at] = (bias === null ? 0 : bias[j]) + (weight === null ? 0 : weight[j] * h[n * H + (j % H)]);
    }
  }
}

/** One level of the stack: its states, and one step of its cell. */
function level({ cell, hiddenSize: H, outputSize: P }: Stack, N: number, C: number) {
  const state = Array.from({ length: cell.states }, (_, s) => rowsOf(N, s === 0 ? P : H));
  const next = state.map(() => rowsOf(N, H));
  const [x, r, keep] = [cell.gates, cell.gates, cell.keep].map((blocks) => rowsOf(N, blocks * H));
  const own: Record<string, Float32Array> = {};
  // What a second product multiplies.
  const made = rowsOf(N, cell.second === undefined ? 0 : H);
  return { C, state, next, made, step: { n: N, H, x, r, prev: state, next, keep, own } };
}

function stackStage(stack: Stack, N: number): Stage {
  const { cell, numLayers, inputSize, hiddenSize: H, outputSize: P } = stack;
  const second = (cell.second?.gates ?? 0) * H;
  const first = cell.gates * H - second;
  const levels = Array.from({ length: numLayers }, (_, l) => level(stack, N, l === 0 ? inputSize : P));
  const copy = (array: Float32Array | null) => array?.slice() ?? null;
  let weights: readonly Weights<Float32Array>[] = [];
  return {
    output: levels[numLayers - 1].state[0],
    states: levels[0].state.flatMap((_, s) => levels.map(({ state }) => remembered(state[s]))),
    load() {
      const taken = stack.take().map(({ ih, hh, biasIh, biasHh, hr, own = {} }) => ({
        ...{ ih: ih.slice(), hh: copy(hh), biasIh: copy(biasIh), biasHh: copy(biasHh), hr: copy(hr) },
        own: Object.fromEntries(Object.entries(own).map(([name, array]) => [name, array.slice()])),
      }));
      return () => {
        weights = taken;
        for (const [l, { own }] of taken.entries()) Object.assign(levels[l].step.own, own);
      };
    },
    step(x, from) {
      for (let l = 0; l < numLayers; l++) {
        const { C, state, next, made, step } = levels[l];
        const { ih, hh, biasIh, biasHh, hr } = weights[l];
        if (l === 0) product(N, C, x, from, C, ih, biasIh, step.x);
        else product(N, C, levels[l - 1].state[0], 0, C, ih, biasIh, step.x);
        const isDense = cell.recurrent === "dense" && hh !== null;
        if (isDense) product(N, P, state[0], 0, P, hh, biasHh, step.r, 0, first);
        else eachUnit(N, H, state[0], hh, biasHh, step.r, 0, first);
        if (cell.second !== undefined) {
          cell.second.forward(step, made);
          if (isDense) product(N, H, made, 0, H, hh, biasHh, step.r, first, first + second);
          else eachUnit(N, H, made, hh, biasHh, step.r, first, first + second);
        }
        cell.forward(step);
        if (hr === null) state[0].set(next[0]);
        else product(N, H, next[0], 0, H, hr, null, state[0]);
        for (let s = 1; s < state.length; s++) state[s].set(next[s]);
      }
    },
  };
}

function remembered(state: Float32Array): State {
  return {
    length: state.length,
    read: (into, to) => into.set(state, to),
    write(values, from) {
      for (let i = 0; i < state.length; i++) state[i] = values[from + i];
    },
  };
}

function affineStage(affine: Affine, N: number): Stage {
  const { inputSize: C, outputSize, taps } = affine;
  const rings = allocate("float32", roomOf(N, affine)) as Float32Array;
  const past = new Past(N, affine, () => rings);
  const output = rowsOf(N, outputSize);
  let weights: ReturnType<Affine["take"]>;
  return {
    output,
    states: [past],
    load() {
      const { weight, bias } = affine.take();
      const taken = { weight: weight.slice(), bias: bias?.slice() ?? null };
      return () => {
        weights = taken;
      };
    },
    step(x, from) {
      const window = past.push(x, from, C);
      product(N, taps * C, rings, window, past.pitch, weights.weight, weights.bias, output);
    },
  };
}

function rowsStage(rows: Rows, N: number, C: number): Stage {
  const output = rowsOf(N, C);
  let apply: RowFunction;
  return {
    output,
    states: [],
    load() {
      const taken = rows.take();
      return () => {
        apply = taken;
      };
    },
    step(x, from) {
      for (let i = 0; i < output.length; i++) output[i] = x[from + i];
      for (let n = 0; n < N; n++) apply(output, n * C, C);
    },
  };
}

export function stepper({ batch: N, inputSize, stages }: Net): Stepper {
  let C = inputSize;
  const made = stages.map((stage): Stage => {
    if (stage.kind === "rows") return rowsStage(stage, N, C);
    C = stage.outputSize;
    return stage.kind === "stack" ? stackStage(stage, N) : affineStage(stage, N);
  });
  const states = made.flatMap((stage) => stage.states);
  return {
    ...statesOf(states),
    load() {
      for (const use of made.map((stage) => stage.load())) use();
    },
    step(input, from, output, to) {
      made[0].step(input, from);
      for (let i = 1; i < made.length; i++) made[i].step(made[i - 1].output, 0);
      output.set(made[made.length - 1].output, to);
    },
    close() {
      made.length = 0;
      states.length = 0;
    },
  };
}
