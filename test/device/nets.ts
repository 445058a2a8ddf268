/**
 * The part of the conformance suite for nets that move one step at a time: each stage beside plain loops over a whole
 * sequence in double precision, whose output is the next stage's input.
 */

import { expect, it } from "vitest";
import { cells } from "../../src/device/cells/index.js";
import type { Affine, Device, Rows, Stage, Stepper } from "../../src/device/device.js";
import { expectClose, float32 } from "../support/tolerance.js";
import { draws } from "./reference.js";
import { drawWeights, expected } from "./steppers.js";

type Next = (count: number) => number[];

/** A stage, and what it makes of `[T, N, C]` from its states on: the output and the states at the end. */
interface Known {
  readonly stage: Stage;
  readonly C: number;
  readonly P: number;
  readonly states: number;
  run(inputs: number[], states: number[]): { output: number[]; states: number[] };
}

function affine(next: Next, N: number, C: number, P: number, taps = 1, dilation = 1): Known {
  const weight = Float32Array.from(next(P * taps * C));
  const bias = taps === 2 ? null : Float32Array.from(next(P));
  const stage: Affine = {
    ...{ kind: "affine", inputSize: C, outputSize: P, taps, dilation, take: () => ({ weight, bias }) },
  };
  const span = (taps - 1) * dilation;
  const run = (inputs: number[], states: number[]) => {
    const T = inputs.length / (N * C);
    /** Inputs of before the first step have negative times. */
    const at = (t: number, n: number, c: number) =>
      t < 0 ? states[(n * C + c) * span + span + t] : inputs[(t * N + n) * C + c];
    const output: number[] = [];
    for (let t = 0; t < T; t++) {
      for (let n = 0; n < N; n++) {
        for (let p = 0; p < P; p++) {
          let sum = bias?.[p] ?? 0;
          for (let k = 0; k < taps; k++) {
            for (let c = 0; c < C; c++) {
              sum += weight[(p * taps + k) * C + c] * at(t - (taps - 1 - k) * dilation, n, c);
            }
          }
          output.push(sum);
        }
      }
    }
    const last: number[] = [];
    for (let n = 0; n < N; n++) {
      for (let c = 0; c < C; c++) for (let back = span; back > 0; back--) last.push(at(T - back, n, c));
    }
    return { output, states: last };
  };
  return { stage, C, P, states: N * C * span, run };
}

function stack(next: Next, mode: keyof typeof cells, L: number, N: number, C: number, H: number): Known {
  const cell = cells[mode];
  const size = { L, N, C, H };
  const weights = drawWeights(next, cell, size);
  return {
    stage: {
      ...{ kind: "stack", cell, numLayers: L, inputSize: C, hiddenSize: H, outputSize: H, take: () => weights },
    },
    ...{ C, P: H, states: L * N * H * cell.states },
    run: (inputs, states) => expected(cell, size, weights, inputs, states),
  };
}

/** Element i of each row becomes f(element, i). */
function rows(C: number, f: (x: number, i: number) => number, same?: Rows["same"]): Known {
  const take = () => (x: Float32Array, at: number, size: number) => {
    for (let i = 0; i < size; i++) x[at + i] = f(x[at + i], i);
  };
  return {
    stage: { kind: "rows", inputSize: null, take, ...(same && { same }) },
    ...{ C, P: C, states: 0 },
    run: (inputs) => ({ output: inputs.map((x, i) => f(x, i % C)), states: [] }),
  };
}

const logistic = (x: number) => 1 / (1 + Math.exp(-x));
const nets: Record<string, { N: number; make: (next: Next, N: number) => Known[] }> = {
  "one linear layer": { N: 1, make: (next, N) => [affine(next, N, 1, 1)] },
  "linear layers and a function between": {
    N: 3,
    make: (next, N) => [affine(next, N, 5, 40), rows(40, (x, i) => x / (i + 1)), affine(next, N, 40, 3)],
  },
  "a function first, and the kernels' own last": {
    N: 2,
    make: (next, N) => [
      ...[rows(9, (x) => Math.max(x, 0)), affine(next, N, 9, 7, 2, 1)],
      ...[rows(7, Math.tanh, "tanh"), rows(7, logistic, "sigmoid")],
    ],
  },
  "a convolution, a stack, a linear layer": {
    N: 1,
    make: (next, N) => [affine(next, N, 1, 16, 3), stack(next, "GRU", 1, N, 16, 12), affine(next, N, 12, 1)],
  },
  "convolutions whose dilation grows": {
    N: 5,
    make: (next, N) => [
      ...[affine(next, N, 3, 8, 3, 1), rows(8, Math.tanh, "tanh"), affine(next, N, 8, 11, 3, 2)],
      ...[affine(next, N, 11, 2, 2, 5), affine(next, N, 2, 1, 1, 7)],
    ],
  },
  "stacks around a convolution and a function": {
    N: 2,
    make: (next, N) => [
      ...[stack(next, "LSTM", 2, N, 4, 9), rows(9, (x) => -2 * x), affine(next, N, 9, 6, 4, 3)],
      ...[stack(next, "RNN_TANH", 1, N, 6, 5)],
    ],
  },
};
const T = 13;

export function ofNets(device: Device): void {
  it.each(Object.entries(nets))("%s", (name, { N, make }) => {
    const next = draws(name.length);
    const known = make(next, N);
    const [{ C }, { P }] = [known[0], known[known.length - 1]];
    const stages = known.map(({ stage }) => stage);
    const stepper: Stepper = device.stepper({ batch: N, inputSize: C, outputSize: P, stages });
    stepper.load();
    const counts = known.map(({ states }) => states);
    const total = counts.reduce((sum, count) => sum + count, 0);
    expect(stepper.states).toBe(total);
    const whole = (inputs: number[], states: number[]) => {
      let [output, from] = [inputs, 0];
      const last = known.flatMap((one, i) => {
        const found = one.run(output, states.slice(from, from + counts[i]));
        output = found.output;
        from += counts[i];
        return found.states;
      });
      return { output, states: last };
    };
    const check = (from: number[], steps: number) => {
      const inputs = next(steps * N * C).map(Math.fround);
      const want = whole(inputs, from);
      // A number before and behind what is read and written.
      const input = Float32Array.of(99, ...inputs, 99);
      const output = new Float32Array(steps * N * P + 2).fill(77);
      for (let t = 0; t < steps; t++) stepper.step(input, 1 + t * N * C, output, 1 + t * N * P);
      expect([output[0], output[output.length - 1]], "around the output").toEqual([77, 77]);
      expectClose(output.subarray(1, -1), want.output, float32, "output");
      const states = new Float32Array(total);
      stepper.read(states);
      expectClose(states, want.states, float32, "states");
      return [...states];
    };
    // From zeros, on from where that ended, from states that were written at any time, and from zeros again.
    const then = check(Array(total).fill(0), T);
    check(check(then, 2), 1);
    for (const states of [next(total).map(Math.fround), then, Array<number>(total).fill(0)]) {
      stepper.write(Float32Array.from(states));
      const read = new Float32Array(total);
      stepper.read(read);
      expect([...read]).toEqual(states);
      check(states, T);
    }
    stepper.close();
  });

  it("takes all weights anew, or, where some are missing, none", () => {
    let scale = 1;
    const linear = (): Affine => ({
      ...{ kind: "affine", inputSize: 1, outputSize: 1, taps: 1, dilation: 1 },
      take: () => ({ weight: Float32Array.of(scale), bias: scale === 1 ? Float32Array.of(0.5) : null }),
    });
    const failing: Rows = {
      ...{ kind: "rows", inputSize: null },
      take: () => {
        if (scale === 3) throw new Error("missing");
        const factor = scale;
        return (x, at) => {
          x[at] *= factor;
        };
      },
    };
    const stepper = device.stepper({ batch: 1, inputSize: 1, outputSize: 1, stages: [linear(), failing, linear()] });
    const output = new Float32Array(1);
    const step = () => {
      stepper.step(Float32Array.of(5), 0, output, 0);
      return output[0];
    };
    stepper.load();
    expect(step()).toBe(6);
    scale = 2;
    expect(step()).toBe(6);
    stepper.load();
    expect(step()).toBe(40);
    scale = 3;
    expect(() => stepper.load()).toThrow("missing");
    expect(step()).toBe(40);
    stepper.close();
  });
}
