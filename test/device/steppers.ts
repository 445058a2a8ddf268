/**
 * The part of the conformance suite for stacks that move one step at a time: each layer's steps beside the loop in
 * `reference.ts`, whose output is the next layer's input.
 */

import { expect, it } from "vitest";
import type { Cell } from "../../src/device/cell.js";
import { cells } from "../../src/device/cells/index.js";
import type { Device, Stack, Stepper, Weights } from "../../src/device/device.js";
import { type Value, wrap } from "../../src/device/value.js";
import { expectClose, float32 } from "../support/tolerance.js";
import { forward } from "./one.js";
import { draws, outputs, recurrentShape } from "./reference.js";

/** How the sizes of a case are written down. */
interface Case {
  readonly L: number;
  readonly N: number;
  readonly C: number;
  readonly H: number;
  /** The projection's size. */
  readonly P?: number;
  /** Whether there are no biases. */
  readonly bare?: boolean;
}

type Draw = (count: number) => number[];

/** Sizes of a stack, and how many sequences there are. */
export type StackSizes = Omit<Stack, "kind" | "take"> & { batch: number };

function stackOf(cell: Cell, { L, N, C, H, P = H }: Case): StackSizes {
  return { cell, batch: N, numLayers: L, inputSize: C, hiddenSize: H, outputSize: P };
}

/** A stepper of one stack, which is told its weights as it loads them. */
export function stackStepper(make: Device["stepper"], { batch, ...stack }: StackSizes) {
  let weights: readonly Weights<Float32Array>[] = [];
  const { inputSize, outputSize } = stack;
  const stepper = make({ batch, inputSize, outputSize, stages: [{ kind: "stack", ...stack, take: () => weights }] });
  return {
    ...stepper,
    load(given: readonly Weights<Float32Array>[]) {
      weights = given;
      stepper.load();
    },
  };
}

/** Weights of every layer, from the lowest up. */
export function drawWeights(next: Draw, cell: Cell, { L, C, H, P = H, bare }: Case): Weights<Float32Array>[] {
  const GH = cell.gates * H;
  const make = (count: number) => Float32Array.from(next(count));
  const hhShape = recurrentShape(cell, H, P);
  return Array.from({ length: L }, (_, l) => ({
    ih: make(GH * (l === 0 ? C : P)),
    hh: hhShape && make(hhShape.reduce((a, b) => a * b)),
    biasIh: bare ? null : make(GH),
    biasHh: bare ? null : make(GH),
    hr: P === H ? null : make(P * H),
    own: Object.fromEntries(Object.entries(cell.own?.(H) ?? {}).map(([key, [count]]) => [key, make(count)])),
  }));
}

/** Output [T·N, P] and last states, in the stepper's order, of a stack over T steps. */
export function expected(cell: Cell, size: Case, weights: Weights<Float32Array>[], inputs: number[], states: number[]) {
  const { L, N, C, H, P = H } = size;
  const GH = cell.gates * H;
  const hhShape = recurrentShape(cell, H, P);
  const value = (data: ArrayLike<number>, ...shape: number[]): Value => wrap("float64", Float64Array.from(data), shape);
  const T = inputs.length / (N * C);
  const h = (l: number) => states.slice(l * N * P, (l + 1) * N * P);
  const other = (s: number, l: number) => {
    const from = L * N * P + ((s - 1) * L + l) * N * H;
    return states.slice(from, from + N * H);
  };
  let below = inputs;
  const last: number[][][] = [];
  weights.forEach(({ ih, hh, biasIh, biasHh, hr, own = {} }, l) => {
    const wide = l === 0 ? C : P;
    const { output, final } = outputs({
      ...{ cell, steps: Array<number>(T).fill(N), reverse: false, input: value(below, T * N, wide) },
      initial: Array.from({ length: cell.states }, (_, s) => (s === 0 ? value(h(l), N, P) : value(other(s, l), N, H))),
      weights: {
        ...{ ih: value(ih, GH, wide), hh: hh && value(hh, ...(hhShape as number[])), hr: hr && value(hr, P, H) },
        ...{ biasIh: biasIh && value(biasIh, GH), biasHh: biasHh && value(biasHh, GH) },
        own: Object.fromEntries(Object.entries(own).map(([key, w]) => [key, value(w, w.length)])),
      },
    });
    below = output;
    last.push(final);
  });
  return { output: below, states: last[0].flatMap((_, s) => last.flatMap((final) => final[s])) };
}

/** Every array of a layer's weights. */
function arraysOf({ own = {}, ...weights }: Weights<Float32Array>): Float32Array[] {
  return [...Object.values(weights), ...Object.values(own)].filter((array) => array !== null);
}

export function ofSteppers(device: Device, cell: Cell): void {
  const cases: Case[] = [
    { L: 1, N: 1, C: 1, H: 1 },
    { L: 1, N: 3, C: 5, H: 7 },
    { L: 2, N: 1, C: 8, H: 8 },
    { L: 2, N: 4, C: 3, H: 10 },
    { L: 3, N: 9, C: 2, H: 5 },
    { L: 3, N: 1, C: 17, H: 16, bare: true },
    { L: 1, N: 2, C: 300, H: 9 },
    ...(cell === cells.LSTM ? [{ L: 1, N: 4, C: 3, H: 6, P: 2, bare: true }] : []),
    ...(cell === cells.LSTM ? [{ L: 3, N: 3, C: 9, H: 12, P: 9 }] : []),
  ];
  const T = 4;

  /** Runs T steps, with a gap of one number around what is read and written. */
  const run = (stepper: Pick<Stepper, "step">, { N, C, H, P = H }: Case, inputs: number[]) => {
    const input = Float32Array.of(99, ...inputs, 99);
    const output = new Float32Array(T * N * P + 2).fill(77);
    for (let t = 0; t < T; t++) stepper.step(input, 1 + t * N * C, output, 1 + t * N * P);
    expect([output[0], output[output.length - 1]], "around the output").toEqual([77, 77]);
    return output.subarray(1, -1);
  };
  const statesOf = ({ L, N, H, P = H }: Case) => L * N * (P + (cell.states - 1) * H);

  it.each(cases)("steps $L layers, $N × $C → $H, P $P, without biases $bare", (size) => {
    const next = draws(size.L * 100 + size.N * 10 + size.H);
    const inputs = next(T * size.N * size.C);
    const weights = drawWeights(next, cell, size);
    const stepper = stackStepper(device.stepper, stackOf(cell, size));
    stepper.load(weights);
    expect(stepper.states).toBe(statesOf(size));
    const check = (from: number[]) => {
      const want = expected(cell, size, weights, inputs, from);
      expectClose(run(stepper, size, inputs), want.output, float32, "output");
      const states = new Float32Array(statesOf(size));
      stepper.read(states);
      expectClose(states, want.states, float32, "states");
      return [...states];
    };
    // From zeros, on from where that ended, and from states that were written.
    const then = check(Array(statesOf(size)).fill(0));
    check(then);
    const other = next(statesOf(size));
    stepper.write(Float32Array.from(other));
    check(other);
    stepper.close();
  });

  it("takes other weights, with and without biases, and keeps its states", () => {
    const size = { L: 2, N: 3, C: 3, H: 5 };
    const next = draws(5);
    const inputs = next(T * size.N * size.C);
    const weights = [false, true, false].map((bare) => drawWeights(next, cell, { ...size, bare }));
    const stepper = stackStepper(device.stepper, stackOf(cell, size));
    let states = Array(statesOf(size)).fill(0);
    for (const given of weights) {
      const taken = structuredClone(given);
      stepper.load(given);
      // What was loaded is a copy.
      for (const layer of given) for (const array of arraysOf(layer)) array.fill(9);
      const want = expected(cell, size, taken, inputs, states);
      expectClose(run(stepper, size, inputs), want.output, float32);
      states = want.states;
    }
    stepper.close();
  });

  it("steps two stacks in turn, and a third in the place of the first, beside runs over whole sequences", () => {
    const sizes = [
      { L: 2, N: 2, C: 3, H: 5 },
      { L: 1, N: 1, C: 9, H: 16 },
      { L: 1, N: 3, C: 4, H: 6 },
    ];
    const next = draws(7);
    const made = sizes.map((size) => ({
      ...{ size, inputs: next(T * size.N * size.C), weights: drawWeights(next, cell, size) },
      ...{ states: Array<number>(statesOf(size)).fill(0) },
    }));
    const open = ({ size, weights }: (typeof made)[number]) => {
      const stepper = stackStepper(device.stepper, stackOf(cell, size));
      stepper.load(weights);
      return stepper;
    };
    const check = (stepper: Pick<Stepper, "step">, one: (typeof made)[number]) => {
      const want = expected(cell, one.size, one.weights, one.inputs, one.states);
      expectClose(run(stepper, one.size, one.inputs), want.output, float32);
      one.states = want.states;
    };
    const whole = () => {
      const { C, H, N } = sizes[1];
      const [{ ih, hh, own = {} }] = made[1].weights;
      const GH = cell.gates * H;
      const value = (data: ArrayLike<number>, ...shape: number[]) => wrap("float32", Float32Array.from(data), shape);
      const zero = value(new Float32Array(N * H), N, H);
      const weights = {
        ...{ ih: value(ih, GH, C), hh: hh && value(hh, ...(recurrentShape(cell, H) as number[])) },
        ...{ biasIh: null, biasHh: null, hr: null },
        own: Object.fromEntries(Object.entries(own).map(([key, w]) => [key, value(w, w.length)])),
      };
      const input = value(made[1].inputs, T * N, C);
      const initial = Array(cell.states).fill(zero);
      forward(device, { cell, steps: Array(T).fill(N), reverse: false, input, initial, weights }, true);
    };
    const [first, second] = [open(made[0]), open(made[1])];
    for (let i = 0; i < 3; i++) {
      check(first, made[0]);
      whole();
      check(second, made[1]);
    }
    first.close();
    const third = open(made[2]);
    for (let i = 0; i < 2; i++) {
      check(second, made[1]);
      check(third, made[2]);
    }
    second.close();
    third.close();
  });
}
