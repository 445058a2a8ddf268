/** A stack of layers, one step at a time, in arrays that are made once. */

import { cells, type Stack, type Stepper, type Weights } from "../device.js";
import { allocate } from "../value.js";
import { jsCells } from "./cells.js";

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

/** One layer: its states, and room for one step. */
function layer({ mode, batch: N, hiddenSize: H, outputSize: P }: Stack, C: number) {
  const { gates: G, states } = cells[mode];
  const floats = (width: number) => allocate("float32", N * width) as Float32Array;
  const h = floats(P);
  const raw = floats(H);
  const state = states === 2 ? [h, floats(H)] : [h];
  const next = states === 2 ? [raw, floats(H)] : [raw];
  return { C, h, raw, state, next, x: floats(G * H), r: floats(G * H), keep: floats(jsCells[mode].keep * H) };
}

export function stepper(stack: Stack): Stepper {
  const { mode, batch: N, numLayers, inputSize, hiddenSize: H, outputSize: P } = stack;
  const cell = jsCells[mode];
  const layers = Array.from({ length: numLayers }, (_, l) => layer(stack, l === 0 ? inputSize : P));
  const states = layers[0].state.flatMap((_, s) => layers.map(({ state }) => state[s]));
  let weights: readonly Weights<Float32Array>[] = [];
  return {
    load(given) {
      weights = given.map(({ ih, hh, biasIh, biasHh, hr }) => {
        const own = (array: Float32Array | null) => array?.slice() ?? null;
        return { ih: ih.slice(), hh: hh.slice(), biasIh: own(biasIh), biasHh: own(biasHh), hr: own(hr) };
      });
    },
    step(input, from, output, to) {
      let [below, start] = [input, from];
      for (let l = 0; l < numLayers; l++) {
        const { C, h, raw, state, next, x, r, keep } = layers[l];
        const { ih, hh, biasIh, biasHh, hr } = weights[l];
        affine(N, C, below, start, ih, biasIh, x);
        affine(N, P, h, 0, hh, biasHh, r);
        cell.forward(N, H, x, r, state, next, keep);
        if (hr === null) h.set(raw);
        else affine(N, H, raw, 0, hr, null, h);
        if (state.length === 2) state[1].set(next[1]);
        below = h;
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
      layers.length = 0;
      states.length = 0;
      weights = [];
    },
  };
}
