/** A stack of layers, one step at a time, in arrays that are made once. */

import { fail } from "../../base/errors.js";
import type { Stack, Stepper, Weights } from "../device.js";
import { allocate } from "../value.js";

/** out[n] = W·input[n] + bias, for N rows of K; `from` is where the input begins. Sums in double precision. */
function affine(
  N: number,
  K: number,
  input: Float32Array,
  from: number,
  weight: Float32Array,
  bias: Float32Array | null,
  out: Float32Array,
): void {
  const width = out.length / N;
  for (let n = 0, at = 0; n < N; n++, from += K) {
    for (let j = 0, w = 0; j < width; j++, at++) {
      let sum = bias === null ? 0 : bias[j];
      for (let k = 0; k < K; k++, w++) sum += weight[w] * input[from + k];
      out[at] = sum;
    }
  }
}

/** out[n][g] = w[g]·h[n] + bias[g], unit by unit, for N rows of H; without a weight the bias alone. */
function eachUnit(
  N: number,
  H: number,
  h: Float32Array,
  weight: Float32Array | null,
  bias: Float32Array | null,
  out: Float32Array,
): void {
  const width = out.length / N;
  for (let n = 0, at = 0; n < N; n++) {
    for (let j = 0; j < width; j++, at++) {
      out[at] = (bias === null ? 0 : bias[j]) + (weight === null ? 0 : weight[j] * h[n * H + (j % H)]);
    }
  }
}

/** One level of the stack: its states, and one step of its cell. */
function level({ cell, batch: N, hiddenSize: H, outputSize: P }: Stack, C: number) {
  const floats = (width: number) => allocate("float32", N * width) as Float32Array;
  const state = Array.from({ length: cell.states }, (_, s) => floats(s === 0 ? P : H));
  const next = state.map(() => floats(H));
  const [x, r, keep] = [cell.gates, cell.gates, cell.keep].map((blocks) => floats(blocks * H));
  const own: Record<string, Float32Array> = {};
  return { C, state, next, own, step: { n: N, H, x, r, prev: state, next, keep, own } };
}

/** @throws NotImplementedError for a cell with a second product, which has no step of its own here */
export function stepper(stack: Stack): Stepper {
  const { cell, batch: N, numLayers, inputSize, hiddenSize: H, outputSize: P } = stack;
  if (cell.second !== undefined) {
    fail("NotImplementedError", `stream() expected a cell without a second product inside its step, got: ${cell.name}`);
  }
  const levels = Array.from({ length: numLayers }, (_, l) => level(stack, l === 0 ? inputSize : P));
  const states = levels[0].state.flatMap((_, s) => levels.map(({ state }) => state[s]));
  let weights: readonly Weights<Float32Array>[] = [];
  return {
    load(given) {
      const copy = (array: Float32Array | null) => array?.slice() ?? null;
      weights = given.map(({ ih, hh, biasIh, biasHh, hr, own = {} }, l) => {
        for (const [name, array] of Object.entries(own)) levels[l].own[name] = array.slice();
        return { ih: ih.slice(), hh: copy(hh), biasIh: copy(biasIh), biasHh: copy(biasHh), hr: copy(hr) };
      });
    },
    step(input, from, output, to) {
      let [below, start] = [input, from];
      for (let l = 0; l < numLayers; l++) {
        const { C, state, next, step } = levels[l];
        const { ih, hh, biasIh, biasHh, hr } = weights[l];
        affine(N, C, below, start, ih, biasIh, step.x);
        if (cell.recurrent === "dense" && hh !== null) affine(N, P, state[0], 0, hh, biasHh, step.r);
        else eachUnit(N, H, state[0], hh, biasHh, step.r);
        cell.forward(step);
        if (hr === null) state[0].set(next[0]);
        else affine(N, H, next[0], 0, hr, null, state[0]);
        for (let s = 1; s < state.length; s++) state[s].set(next[s]);
        below = state[0];
        start = 0;
      }
      output.set(below, to);
    },
    read(into) {
      let at = 0;
      for (const state of states) {
        into.set(state, at);
        at += state.length;
      }
    },
    write(from) {
      let at = 0;
      for (const state of states) {
        for (let i = 0; i < state.length; i++) state[i] = from[at++];
      }
    },
    close() {
      levels.length = 0;
      states.length = 0;
      weights = [];
    },
  };
}
