/**
 * Recurrent layers in the plainest words: one sequence after the other, one unit after the other, in double precision.
 * Its gradients are central differences: they share no line with any backward.
 */

import { Generator } from "../../src/base/random.js";
import { type Arriving, cells, type Sequence } from "../../src/device/device.js";
import { elements, type Value } from "../../src/device/value.js";

/** `draw(count)`: numbers in (−0.5, 0.5) that float32 holds exactly. */
export function draws(seed: number): (count: number) => number[] {
  const generator = new Generator(seed);
  return (count) => Array.from({ length: count }, () => Math.fround((generator.random() >>> 8) / 2 ** 24 - 0.5));
}

/** A sequence as plain numbers. */
interface Plain extends Pick<Sequence, "mode" | "steps" | "reverse"> {
  C: number;
  H: number;
  P: number;
  N: number;
  input: number[];
  initial: number[][];
  weights: Partial<Record<keyof Sequence["weights"], number[]>>;
}

const numbers = (x: Value): number[] => Array.from(elements(x));

function plain({ mode, steps, reverse, input, initial, weights }: Sequence): Plain {
  const entries = Object.entries(weights).filter(([, w]) => w !== null);
  return {
    mode,
    steps,
    reverse,
    C: input.shape[1],
    H: weights.hh.shape[0] / cells[mode].gates,
    P: weights.hh.shape[1],
    N: initial[0].shape[0],
    input: numbers(input),
    initial: initial.map(numbers),
    weights: Object.fromEntries(entries.map(([key, w]) => [key, numbers(w as Value)])),
  };
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const rowOf = (x: number[], row: number, width: number): number[] => x.slice(row * width, (row + 1) * width);
/** W·x + b */
const affine = (W: number[], x: number[], b?: number[]): number[] =>
  Array.from({ length: W.length / x.length }, (_, j) =>
    x.reduce((sum, xk, k) => sum + xk * W[j * x.length + k], b?.[j] ?? 0),
  );

/** One step of one sequence: the next h (before any projection) and c. */
function step({ mode, H, weights }: Plain, input: number[], h: number[], c: number[]): [number[], number[]] {
  const { ih = [], hh = [], biasIh, biasHh } = weights;
  const [x, r] = [affine(ih, input, biasIh), affine(hh, h, biasHh)];
  const units = [...Array(H).keys()];
  const gate = (g: number, j: number) => x[g * H + j] + r[g * H + j];
  if (mode === "RNN_TANH") return [units.map((j) => Math.tanh(gate(0, j))), c];
  if (mode === "RNN_RELU") return [units.map((j) => Math.max(0, gate(0, j))), c];
  if (mode === "GRU") {
    const next = units.map((j) => {
      const z = sigmoid(gate(1, j));
      const n = Math.tanh(x[2 * H + j] + sigmoid(gate(0, j)) * r[2 * H + j]);
      return (1 - z) * n + z * h[j];
    });
    return [next, c];
  }
  const cell = units.map((j) => sigmoid(gate(1, j)) * c[j] + sigmoid(gate(0, j)) * Math.tanh(gate(2, j)));
  return [units.map((j) => sigmoid(gate(3, j)) * Math.tanh(cell[j])), cell];
}

function run(p: Plain): { output: number[]; final: number[][] } {
  const { steps, reverse, C, H, P, N, initial, weights } = p;
  const starts = steps.map((_, t) => steps.slice(0, t).reduce((a, b) => a + b, 0));
  const output = new Array<number>(steps.reduce((a, b) => a + b, 0) * P);
  const final: number[][] = initial.map(() => []);
  for (let n = 0; n < N; n++) {
    let h = rowOf(initial[0], n, P);
    let c = initial.length === 2 ? rowOf(initial[1], n, H) : [];
    const times = [...steps.keys()].filter((t) => n < steps[t]);
    for (const t of reverse ? times.reverse() : times) {
      const row = starts[t] + n;
      const [next, cell] = step(p, rowOf(p.input, row, C), h, c);
      h = weights.hr ? affine(weights.hr, next) : next;
      c = cell;
      output.splice(row * P, P, ...h);
    }
    final[0].push(...h);
    final[1]?.push(...c);
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
  };
}
