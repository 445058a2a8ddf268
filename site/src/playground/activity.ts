/**
 * What goes on in a recurrent layer while it reads one sequence: every state and gate of every unit at every step, and
 * the terms of its equation. The hidden states are the layer's own; what lies between two of them is computed from them.
 */

import { cat, nn, noGrad, type Tensor, zeros } from "elman-nn";
import { gates, opened } from "../../../src/watch/opened.js";

export type Layer = nn.RNN | nn.LSTM | nn.GRU;
export type Mode = Layer["mode"];
/** Row-major. */
export type Numbers = Float32Array | Float64Array;

/** One layer and direction over T steps; steps are in the order of time in either direction. */
export interface Activity {
  /** As in the names of weights: `l0`, `l0_reverse`. */
  readonly name: string;
  readonly mode: Mode;
  /** Whether the step before t is t + 1. */
  readonly isReverse: boolean;
  /** T */
  readonly steps: number;
  /** H */
  readonly units: number;
  /** P: H, or the size of the projection. */
  readonly outputs: number;
  /** After each step, `[T, P]`. */
  readonly hidden: Numbers;
  /** An LSTM's, after each step, `[T, H]`. */
  readonly cell: Numbers | null;
  /** LSTM: i f g o; GRU: r z n; RNN: h. Each `[T, H]`. */
  readonly gates: Readonly<Record<string, Numbers>>;
  /** W_ih·x + b_ih, `[T, G·H]`. */
  readonly x: Numbers;
  /** W_hh·h + b_hh, of the state before each step, `[T, G·H]`. */
  readonly r: Numbers;
  readonly hasBias: boolean;
  /** Whether the hidden state is W_hr·(o·tanh c). */
  readonly isProjected: boolean;
}

/** One gate of one unit at one step: `value` is what `through` makes of x + r, or of x + r gate · r for a GRU's n. */
export interface GateTerms {
  readonly name: string;
  readonly through: "sigmoid" | "tanh" | "relu";
  readonly x: number;
  readonly r: number;
  readonly value: number;
}

/** One unit at one step. */
export interface Terms {
  readonly gates: readonly GateTerms[];
  /** Of the step before; 0 at the first. Null where a projection has no such unit. */
  readonly hBefore: number | null;
  readonly cBefore: number;
  /** Null where the layer has no cell state. */
  readonly c: number | null;
  /** o·tanh c of a layer with a projection, else null. */
  readonly unprojected: number | null;
  readonly h: number | null;
}

const numbers = (tensor: Tensor): Numbers => tensor.toArray() as Numbers;

/** Layer k alone, with the same weights. */
function alone(layer: Layer, k: number, inputSize: number): Layer {
  const { hiddenSize, bias, bidirectional, projSize, reverse } = layer;
  const { dtype } = layer.weight_ih_l0;
  const options = { bias, bidirectional, dtype: dtype as "float32" };
  const one =
    layer instanceof nn.LSTM
      ? nn.utils.skipInit(nn.LSTM, inputSize, hiddenSize, { ...options, projSize })
      : layer instanceof nn.GRU
        ? nn.utils.skipInit(nn.GRU, inputSize, hiddenSize, options)
        : nn.utils.skipInit(nn.RNN, inputSize, hiddenSize, { ...options, nonlinearity: layer.nonlinearity });
  const all = new Map(layer.namedParameters());
  for (const name of [...one.namedParameters()].map(([name]) => name)) {
    Object.assign(one, { [name]: all.get(name.replace("_l0", `_l${k}`)) });
  }
  return reverse ? Object.assign(one, { reverse }) : one;
}

/** Every layer and direction, from the first layer on, over an input `[T, C]`. Initial states are zeros. */
export function activity(layer: Layer, input: Tensor): Activity[] {
  return noGrad(() => {
    const seen: Activity[] = [];
    let sequence = input;
    for (let k = 0; k < layer.numLayers; k++) {
      const one = alone(layer, k, sequence.size(1));
      const [output] = one.forward(sequence);
      for (let d = 0; d < (layer.bidirectional ? 2 : 1); d++) seen.push(direction(one, k, d, sequence, output));
      sequence = output;
    }
    return seen;
  });
}

/** One direction of a single layer, from what it read `[T, C]` and what it put out `[T, D·P]`. */
function direction(layer: Layer, k: number, d: number, input: Tensor, output: Tensor): Activity {
  const { mode, hiddenSize: H, projSize } = layer;
  const [T, P] = [input.size(0), projSize || H];
  const parameters = new Map(layer.namedParameters());
  const linear = (rows: Tensor, part: "ih" | "hh") => {
    const [weight, bias] = ["weight", "bias"].map((kind) => parameters.get(`${kind}_${part}_l0${d ? "_reverse" : ""}`));
    return nn.functional.linear(rows, weight as Tensor, bias ?? null);
  };
  const isReverse = d === 1 || layer.reverse === true;
  const hidden = output.narrow(1, d * P, P);
  const first = zeros([1, P], { dtype: hidden.dtype });
  const before = isReverse ? cat([hidden.slice(0, 1), first]) : cat([first, hidden.slice(0, 0, T - 1)]);
  const [x, r] = [linear(input, "ih"), linear(before, "hh")];
  const open = Object.entries(opened(mode, x, r)).map(([name, value]): [string, Numbers] => [name, numbers(value)]);
  const all = Object.fromEntries(open);
  return {
    name: `l${k}${d ? "_reverse" : ""}`,
    mode,
    isReverse,
    steps: T,
    units: H,
    outputs: P,
    hidden: numbers(hidden),
    cell: mode === "LSTM" ? cells(all, T, H, isReverse) : null,
    gates: all,
    x: numbers(x),
    r: numbers(r),
    hasBias: layer.bias,
    isProjected: projSize > 0,
  };
}

/** c' = f·c + i·g, rounded as often as the layer rounds it: once a step. */
function cells({ i, f, g }: Readonly<Record<string, Numbers>>, T: number, H: number, isReverse: boolean): Numbers {
  const c = i.slice();
  for (let s = 0; s < T; s++) {
    const row = (isReverse ? T - 1 - s : s) * H;
    const before = isReverse ? row + H : row - H;
    for (let j = 0; j < H; j++) c[row + j] = f[row + j] * (s > 0 ? c[before + j] : 0) + i[row + j] * g[row + j];
  }
  return c;
}

/** The equation of one unit at one step. With a projection, units beyond its size have no hidden state of their own. */
export function termsOf(seen: Activity, step: number, unit: number): Terms {
  const { mode, units: H, outputs: P, isReverse, steps, hidden, cell } = seen;
  const kinds = Object.entries(gates[mode]);
  const before = isReverse ? step + 1 : step - 1;
  const isFirst = before < 0 || before === steps;
  const at = (of: Numbers, width: number, t: number) => (unit < width ? of[t * width + unit] : null);
  const terms = kinds.map(([name, through], k): GateTerms => {
    const place = (step * kinds.length + k) * H + unit;
    return { name, through, x: seen.x[place], r: seen.r[place], value: seen.gates[name][step * H + unit] };
  });
  const c = cell === null ? null : cell[step * H + unit];
  return {
    gates: terms,
    hBefore: isFirst && unit < P ? 0 : at(hidden, P, before),
    cBefore: cell === null || isFirst ? 0 : cell[before * H + unit],
    c,
    unprojected: seen.isProjected && c !== null ? seen.gates.o[step * H + unit] * Math.tanh(c) : null,
    h: at(hidden, P, step),
  };
}
