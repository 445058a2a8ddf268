/**
 * Recurrent layers in the plainest words: one sequence after the other, one unit after the other, in double precision.
 * Its gradients are central differences: they share no line with any backward.
 */

import { Generator } from "../../src/base/random.js";
import type { Cell } from "../../src/device/cell.js";
import { cells } from "../../src/device/cells/index.js";
import type { Arriving, Sequence } from "../../src/device/device.js";
import { elements, type Value } from "../../src/device/value.js";
import * as records from "../../src/nn/recurrent/beyond/cells.js";
import { echo, indRNN } from "./other_cells.js";

/** `draw(count)`: numbers in (−0.5, 0.5) that float32 holds exactly. */
export function draws(seed: number): (count: number) => number[] {
  const generator = new Generator(seed);
  return (count) => Array.from({ length: count }, () => Math.fround((generator.random() >>> 8) / 2 ** 24 - 0.5));
}

/** A sequence as plain numbers. */
interface Plain extends Pick<Sequence, "cell" | "steps" | "reverse"> {
  C: number;
  H: number;
  P: number;
  N: number;
  input: number[];
  initial: number[][];
  mask: number[] | null;
  weights: Partial<Record<"ih" | "hh" | "biasIh" | "biasHh" | "hr", number[]>>;
  own: Record<string, number[]>;
}

const numbers = (x: Value): number[] => Array.from(elements(x));

function plain({ cell, steps, reverse, input, initial, weights: { own = {}, ...weights }, mask }: Sequence): Plain {
  const entries = Object.entries(weights).filter(([, w]) => w !== null);
  return {
    cell,
    steps,
    reverse,
    C: input.shape[1],
    H: weights.ih.shape[0] / cell.gates,
    P: initial[0].shape[1],
    N: initial[0].shape[0],
    input: numbers(input),
    initial: initial.map(numbers),
    mask: mask ? numbers(mask) : null,
    weights: Object.fromEntries(entries.map(([key, w]) => [key, numbers(w as Value)])),
    own: Object.fromEntries(Object.entries(own).map(([key, w]) => [key, numbers(w)])),
  };
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const rowOf = (x: number[], row: number, width: number): number[] => x.slice(row * width, (row + 1) * width);
/** W·x + b */
const affine = (W: number[], x: number[], b?: number[]): number[] =>
  Array.from({ length: W.length / x.length }, (_, j) =>
    x.reduce((sum, xk, k) => sum + xk * W[j * x.length + k], b?.[j] ?? 0),
  );

/** (x − mean) / √(variance + 1e-5) */
function normal(all: number[]): number[] {
  const mean = all.reduce((a, b) => a + b, 0) / all.length;
  const variance = all.reduce((sum, v) => sum + (v - mean) ** 2, 0) / all.length;
  return all.map((v) => (v - mean) / Math.sqrt(variance + 1e-5));
}

/** What all units of a step share, by the list of its states: it is computed once. */
const shared = new WeakMap<object, { x: number[]; r: number[]; c: number[] }>();

/** Both halves of the gates, normalised in groups, scaled and shifted; and with four of them the c' of an LSTM. */
function layerNormal({ x, r, states, own }: Unit, groups: readonly number[][]) {
  const known = shared.get(states);
  if (known !== undefined) return known;
  const H = states[0].length;
  const half = (of: Unit["x"], gamma: number[], beta: number[]) =>
    groups
      .flatMap((group) => normal(group.flatMap((gate) => Array.from({ length: H }, (_, k) => of(gate, k)))))
      .map((v, q) => v * gamma[q] + beta[q]);
  const both = { x: half(x, own.gamma_ih, own.bias_ih), r: half(r, own.gamma_hh, own.bias_hh) };
  const gate = (g: number, k: number) => both.x[g * H + k] + both.r[g * H + k];
  const c = (states[1] ?? []).map((old, k) => sigmoid(gate(1, k)) * old + sigmoid(gate(0, k)) * Math.tanh(gate(2, k)));
  const made = { ...both, c };
  shared.set(states, made);
  return made;
}

/** What an equation reads: gates of the unit at hand, whole states, and the gates that a second product gives. */
interface Unit {
  readonly j: number;
  x(gate: number, j?: number): number;
  r(gate: number, j?: number): number;
  readonly states: readonly number[][];
  readonly own: Readonly<Record<string, number[]>>;
  /** Gate `gate` of the recurrent weight times `m`, with its bias. */
  again(gate: number, m: (j: number) => number): number;
}

/** Each cell's equation for one unit: the next h, before any projection, and the next of its other states. */
const equations = new Map<Cell, (unit: Unit) => number[]>([
  [cells.RNN_TANH, ({ x, r }) => [Math.tanh(x(0) + r(0))]],
  [cells.RNN_RELU, ({ x, r }) => [Math.max(0, x(0) + r(0))]],
  [
    cells.LSTM,
    ({ j, x, r, states: [, c] }) => {
      const next = sigmoid(x(1) + r(1)) * c[j] + sigmoid(x(0) + r(0)) * Math.tanh(x(2) + r(2));
      return [sigmoid(x(3) + r(3)) * Math.tanh(next), next];
    },
  ],
  [
    cells.GRU,
    ({ j, x, r, states: [h] }) => {
      const z = sigmoid(x(1) + r(1));
      return [(1 - z) * Math.tanh(x(2) + sigmoid(x(0) + r(0)) * r(2)) + z * h[j]];
    },
  ],
  [
    records.minGRU,
    ({ j, x, r, states: [h] }) => {
      const z = sigmoid(x(0) + r(0));
      return [(1 - z) * h[j] + z * (x(1) + r(1))];
    },
  ],
  [
    records.minLSTM,
    ({ j, x, r, states: [h] }) => {
      const [f, i] = [sigmoid(x(0) + r(0)), sigmoid(x(1) + r(1))];
      return [(f / (f + i)) * h[j] + (i / (f + i)) * (x(2) + r(2))];
    },
  ],
  [
    records.gruResetBefore,
    ({ j, x, r, states: [h], again }) => {
      const z = sigmoid(x(1) + r(1));
      return [(1 - z) * Math.tanh(x(2) + again(2, (k) => sigmoid(x(0, k) + r(0, k)) * h[k])) + z * h[j]];
    },
  ],
  [
    records.mgu,
    ({ j, x, r, states: [h], again }) => {
      const f = sigmoid(x(0) + r(0));
      return [(1 - f) * h[j] + f * Math.tanh(x(1) + again(1, (k) => sigmoid(x(0, k) + r(0, k)) * h[k]))];
    },
  ],
  [
    records.peepholeLSTM,
    ({ j, x, r, states: [, c], own: { weight_ci, weight_cf, weight_co } }) => {
      const i = sigmoid(x(0) + r(0) + weight_ci[j] * c[j]);
      const f = sigmoid(x(1) + r(1) + weight_cf[j] * c[j]);
      const next = f * c[j] + i * Math.tanh(x(2) + r(2));
      return [sigmoid(x(3) + r(3) + weight_co[j] * next) * Math.tanh(next), next];
    },
  ],
  [
    records.cifgLSTM,
    ({ j, x, r, states: [, c] }) => {
      const i = sigmoid(x(0) + r(0));
      const next = (1 - i) * c[j] + i * Math.tanh(x(1) + r(1));
      return [sigmoid(x(2) + r(2)) * Math.tanh(next), next];
    },
  ],
  [
    records.layerNormLSTM,
    (unit) => {
      const { j, states, own } = unit;
      const { x, r, c } = layerNormal(unit, [[0, 1, 2, 3]]);
      const o = 3 * states[0].length + j;
      return [sigmoid(x[o] + r[o]) * Math.tanh(own.gamma_c[j] * normal(c)[j] + own.beta_c[j]), c[j]];
    },
  ],
  [
    records.layerNormGRU,
    (unit) => {
      const { j, states } = unit;
      const { x, r } = layerNormal(unit, [[0, 1], [2]]);
      const [z, n] = [1, 2].map((gate) => gate * states[0].length + j);
      const candidate = Math.tanh(x[n] + sigmoid(x[j] + r[j]) * r[n]);
      return [(1 - sigmoid(x[z] + r[z])) * candidate + sigmoid(x[z] + r[z]) * states[0][j]];
    },
  ],
  [indRNN, ({ x, r }) => [Math.tanh(x(0) + r(0))]],
  [
    echo,
    ({ j, x, r, states: [h, a, b], own: { p, q } }) => [Math.tanh(x(0) + r(0) + p[j] * a[j]), a[j] + b[j], q[j] * h[j]],
  ],
]);

/** One step of one sequence: its next states, h before any projection. */
function step(p: Plain, input: number[], states: number[][], mask: number[] | null): number[][] {
  const { cell, H, weights, own } = p;
  const { ih = [], hh, biasIh, biasHh } = weights;
  const equation = equations.get(cell);
  if (equation === undefined) throw new Error(`no equation of ${cell.name}`);
  const hidden = (m: number[]) => (mask === null ? m : m.map((v, k) => v * mask[k]));
  const recurrent = (m: number[]): number[] => {
    const bias = biasHh ?? Array<number>(cell.gates * H).fill(0);
    if (cell.recurrent === "none" || hh === undefined) return bias;
    if (cell.recurrent === "dense") return affine(hh, hidden(m), bias);
    return hh.map((w, q) => w * hidden(m)[q % H] + bias[q]);
  };
  const [x, r] = [affine(ih, input, biasIh), recurrent(states[0])];
  const units = [...Array(H).keys()];
  const next = units.map((j) =>
    equation({
      ...{ j, states, own, x: (gate, k = j) => x[gate * H + k], r: (gate, k = j) => r[gate * H + k] },
      again: (gate, m) => recurrent(units.map(m))[gate * H + j],
    }),
  );
  return states.map((_, s) => next.map((unit) => unit[s]));
}

function run(p: Plain): { output: number[]; final: number[][] } {
  const { steps, reverse, C, H, P, N, initial, weights, mask } = p;
  const starts = steps.map((_, t) => steps.slice(0, t).reduce((a, b) => a + b, 0));
  const output = new Array<number>(steps.reduce((a, b) => a + b, 0) * P);
  const final: number[][] = initial.map(() => []);
  for (let n = 0; n < N; n++) {
    let states = initial.map((state, s) => rowOf(state, n, s === 0 ? P : H));
    const times = [...steps.keys()].filter((t) => n < steps[t]);
    for (const t of reverse ? times.reverse() : times) {
      const row = starts[t] + n;
      const [next, ...others] = step(p, rowOf(p.input, row, C), states, mask && rowOf(mask, n, P));
      const h = weights.hr ? affine(weights.hr, next) : next;
      states = [h, ...others];
      output.splice(row * P, P, ...h);
    }
    states.forEach((state, s) => {
      final[s].push(...state);
    });
  }
  return { output, final };
}

export function outputs(sequence: Sequence): { output: number[]; final: number[][] } {
  return run(plain(sequence));
}

/** The gradient of every number that goes in, given those of what comes out: central differences. */
export function gradients(sequence: Sequence, arriving: Arriving) {
  const p = plain(sequence);
  const d = [arriving.output, ...arriving.final].map((x) => (x === null ? null : numbers(x)));
  const loss = () => {
    const { output, final } = run(p);
    const dot = (x: number[], i: number) => d[i]?.reduce((sum, w, k) => sum + w * x[k], 0) ?? 0;
    return [output, ...final].reduce((sum, x, i) => sum + dot(x, i), 0);
  };
  const of = (x: number[]): number[] =>
    x.map((before, k) => {
      const at = (shift: number) => {
        x[k] = before + shift;
        return loss();
      };
      const slope = (at(1e-5) - at(-1e-5)) / 2e-5;
      x[k] = before;
      return slope;
    });
  return {
    input: of(p.input),
    initial: p.initial.map(of),
    weights: Object.fromEntries(Object.entries(p.weights).map(([key, w]) => [key, of(w)])) as Plain["weights"],
    own: Object.fromEntries(Object.entries(p.own).map(([key, w]) => [key, of(w)])),
  };
}

/** The shape of a cell's recurrent weight, or null. */
export function recurrentShape({ gates, recurrent }: Cell, H: number, P = H): number[] | null {
  return recurrent === "none" ? null : recurrent === "dense" ? [gates * H, P] : [gates * H];
}
