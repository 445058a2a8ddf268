/** The stages of a net in one room: where their arrays lie, what the kernels are told of them, and what is packed there. */

import {
  type Affine,
  type Cell,
  gru,
  Past,
  type RowFunction,
  type Rows,
  roomOf,
  type Stack,
  type State,
} from "elman-nn/device";
import type { Binding } from "./binding.js";
import { packedSize } from "./packs.js";
import { addBiases, compiled } from "./recurrence.js";

/** A stage at work: rows of C numbers come in, one after the other. */
export interface Stage {
  /** Where every step's rows go. */
  readonly output: number;
  readonly states: readonly State[];
  /** Takes the weights; what this returns packs them into their places. */
  load(): () => void;
  step(): void;
}

/** What every stage stands on. */
export interface Machine {
  readonly binding: Binding;
  /** The room, once all stages have said what they need of it. */
  room: Float32Array;
  /** Where some numbers lie in it. */
  take(count: number): number;
}

/** A stage that needs the room before it works. */
export type Plan = { readonly output: number; make(): Stage };

/** Numbers behind an array that the kernels may read. */
const slack = 16;
const kinds = { affine: 4, sigmoid: 5, tanh: 6 };

/** Whether the kernels know a cell of H units with an output of P. */
export const isKnown = (cell: Cell, H: number, P: number): boolean => compiled.has(cell) && !(cell === gru && H !== P);

function rowsState(machine: Machine, at: number, length: number): State {
  return {
    length,
    read: (into, to) => into.set(machine.room.subarray(at, at + length), to),
    write(values, from) {
      for (let i = 0; i < length; i++) machine.room[at + i] = values[from + i];
    },
  };
}

/** Packs a row-major weight [G·H, K] as what rows are multiplied by. */
function pack({ binding, room }: Machine, weight: Float32Array, K: number, H: number, G: number, at: number): void {
  binding.pack(weight, 0, 1, K, K, H, G, room.subarray(at, at + packedSize(binding.lanes, K, H, G)));
}

export function stackPlan(machine: Machine, stack: Stack, N: number, input: number): Plan {
  const { cell, numLayers, inputSize, hiddenSize: H, outputSize: P } = stack;
  const { gates: G, states } = cell;
  const { take } = machine;
  const lanes = machine.binding.lanes;
  const units = G === 1 ? 1 : G;
  const levels: { C: number; places: number[] }[] = [];
  let from = input;
  for (let l = 0; l < numLayers; l++) {
    const C = l === 0 ? inputSize : P;
    const [ih, hh] = [take(packedSize(lanes, C, G * H, 1)), take(packedSize(lanes, P, H, units))];
    const hr = P === H ? 0 : take(packedSize(lanes, H, P, 1));
    const [bias, biasHh, x] = [take(G * H), take(H + slack), take(N * G * H + slack)];
    const [h, c, raw, out] = [take(N * P), take(N * H + slack), take(P === H ? 0 : N * H), take(N * P)];
    levels.push({ C, places: [from, ih, hh, hr, bias, biasHh, x, h, c, raw, out] });
    from = out;
  }
  return {
    output: from,
    make() {
      const { binding, room } = machine;
      const table = levels.flatMap(({ C, places }) => [compiled.get(cell) as number, N, C, H, P, C, ...places]);
      return {
        output: from,
        states: [
          ...levels.map(({ places }) => rowsState(machine, places[7], N * P)),
          ...(states === 2 ? levels.map(({ places }) => rowsState(machine, places[8], N * H)) : []),
        ],
        load() {
          const taken = stack.take();
          return () => {
            for (const [l, { ih, hh, hr, biasIh, biasHh }] of taken.entries()) {
              const [C, places] = [levels[l].C, levels[l].places];
              pack(machine, ih, C, G * H, 1, places[1]);
              pack(machine, hh as Float32Array, P, H, units, places[2]); // which every cell with a kernel has
              if (hr !== null) pack(machine, hr, H, P, 1, places[3]);
              const [x, n] = [room.subarray(places[4], places[4] + G * H), room.subarray(places[5], places[5] + H)];
              x.fill(0);
              n.fill(0);
              addBiases(cell, biasIh, biasHh, x, n);
            }
          };
        },
        step: binding.stepper(room, Float64Array.from(table)),
      };
    },
  };
}

export function affinePlan(machine: Machine, affine: Affine, N: number, input: number): Plan {
  const { inputSize: C, outputSize: P, taps } = affine;
  const { take } = machine;
  const K = taps * C;
  // One tap reads its input where it lies.
  const rings = taps === 1 ? 0 : take(roomOf(N, affine));
  const [weight, bias, output] = [take(packedSize(machine.binding.lanes, K, P, 1)), take(P), take(N * P)];
  return {
    output,
    make() {
      const { binding, room } = machine;
      const past = new Past(N, affine, () => room, rings);
      const pitch = taps === 1 ? C : past.pitch;
      const from = taps === 1 ? input : rings;
      const table = [kinds.affine, N, K, 0, P, pitch, from, weight, 0, 0, bias, 0, 0, 0, 0, 0, output];
      const step = binding.stepper(room, Float64Array.from(table));
      return {
        output,
        states: [past],
        load() {
          const taken = affine.take();
          return () => {
            pack(machine, taken.weight, K, P, 1, weight);
            for (let j = 0; j < P; j++) room[bias + j] = taken.bias?.[j] ?? 0;
          };
        },
        step: taps === 1 ? step : () => step(past.push(room, input, C)),
      };
    },
  };
}

/** They change their input where it lies. */
export function rowsPlan(machine: Machine, rows: Rows, N: number, C: number, input: number): Plan {
  return {
    output: input,
    make() {
      const { binding, room } = machine;
      let apply: RowFunction;
      const inLoop = () => {
        for (let n = 0; n < N; n++) apply(room, input + n * C, C);
      };
      const kernel = () => {
        const table = [kinds[rows.same ?? "tanh"], N, 0, 0, C, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, input];
        return binding.stepper(room, Float64Array.from(table));
      };
      return {
        output: input,
        states: [],
        load() {
          const taken = rows.take();
          return () => {
            apply = taken;
          };
        },
        step: rows.same === undefined ? inLoop : kernel(),
      };
    },
  };
}
