/** The stages of a net in the kernels' memory: how much room each takes, and what it does once it lies there. */

import type { Affine, RowFunction, Rows, Stack, Weights } from "../device.js";
import { Past, roomOf, type State } from "../state.js";
import { describe, fields } from "./descriptions.js";
import { numberOf } from "./known.js";
import { type Memory, padded } from "./memory.js";
import type { Kernels } from "./module.js";
import { ownOf, ownRoom } from "./own.js";

/** Kernels and their memory. */
export type Machine = { readonly kernels: Kernels; readonly memory: Memory };

/** A stage at work. Rows of C floats stand padded(C) floats apart. */
export interface Stage {
  /** Where every step's rows go. */
  readonly output: number;
  readonly states: readonly State[];
  /** Takes the weights; what this returns packs them into their places. */
  load(): () => void;
  step(): void;
}

/** A stage that does not lie anywhere yet. */
export interface Plan {
  /** Floats that it holds. */
  readonly room: number;
  /** Floats that packing its weights takes besides. */
  readonly scratch: number;
  /** @param at where its room begins @param input where every step's rows come from */
  lay(at: number, input: number): Stage;
}

/** Floats of a place: a multiple of a cache line, in more than 32 bits. */
const line = (count: number): number => Math.ceil(count / 16) * 16;

/** Rows of `size` floats at `at`. */
function rowsState({ memory }: Machine, N: number, at: number, size: number): State {
  const [first, wide] = [at / 4, padded(size)];
  return {
    length: N * size,
    read(into, to) {
      const { floats } = memory;
      for (let n = 0; n < N; n++) for (let i = 0; i < size; i++) into[to++] = floats[first + n * wide + i];
    },
    write(values, from) {
      const { floats } = memory;
      for (let n = 0; n < N; n++) for (let i = 0; i < size; i++) floats[first + n * wide + i] = values[from++];
    },
  };
}

/** The arrays of a level, in the order in which they lie. */
const arrays = [
  ...(["steps", "ih", "biasIh", "x", "r", "hh", "biasHh", "hr"] as const),
  ...(["h", "c", "raw", "nextC", "kept", "output", "own", "made"] as const),
];
type Places = Record<(typeof arrays)[number], number>;

export function stackPlan(machine: Machine, stack: Stack, N: number): Plan {
  const { kernels, memory } = machine;
  const { cell, numLayers, inputSize, hiddenSize: H, outputSize: P } = stack;
  const { gates: G, states } = cell;
  const [Hp, Pp] = [H, P].map(padded);
  const GHp = G * Hp;
  const projected = P !== H;
  const C = (l: number) => (l === 0 ? inputSize : P);

  /** Floats of each array of a level; those of no length lie nowhere. */
  const counts = (l: number): Places => ({
    ...{ steps: 1, ih: C(l) * GHp, biasIh: GHp, x: N * GHp },
    ...{ r: cell.sharedGates ? 0 : N * GHp, hh: P * GHp, biasHh: GHp, hr: projected ? H * Pp : 0, h: N * Pp },
    ...{ c: states === 2 ? N * Hp : 0, raw: projected ? N * Hp : 0, nextC: states === 2 ? N * Hp : 0 },
    ...{ kept: N * cell.keep * Hp, output: N * Pp, own: ownRoom(cell, H), made: cell.second ? N * Hp : 0 },
  });
  const sizes = Array.from({ length: numLayers }, (_, l) => counts(l));
  const words = fields.Level.length;
  const total = sizes.reduce((sum, count) => arrays.reduce((all, name) => all + line(count[name]), sum), 0);

  return {
    room: total + words * numLayers,
    scratch: GHp * (padded(Math.max(inputSize, P)) + Pp) + Pp * Hp,
    lay(at, input) {
      const levels: Places[] = [];
      for (const count of sizes) {
        const places = {} as Places;
        for (const name of arrays) {
          places[name] = count[name] && at;
          at += line(count[name]) * 4;
        }
        levels.push(places);
      }
      const table = at;
      const sized = { cell: numberOf(kernels, cell) as number, H, P, gates: G, keep: cell.keep };
      const one = { count: 1, start: 0, reverse: false, keepAll: false, prevH: 0, prevC: 0 };
      levels.forEach((places, l) => {
        new Int32Array(kernels.memory.buffer)[places.steps / 4] = N;
        const from = l === 0 ? input : levels[l - 1].output;
        describe(memory, "Level", table + l * words * 4, { ...sized, ...one, ...places, C: C(l), input: from });
      });
      return {
        output: levels[numLayers - 1].output,
        states: [
          ...levels.map(({ h }) => rowsState(machine, N, h, P)),
          ...(states === 2 ? levels.map(({ c }) => rowsState(machine, N, c, H)) : []),
        ],
        load() {
          const taken = stack.take();
          return () => {
            for (const [l, given] of taken.entries()) loadLevel(machine, stack, given, levels[l], C(l));
          };
        },
        step: () => kernels.step(table, numLayers),
      };
    },
  };
}

/** Packs one layer's weights into their places. */
function loadLevel({ kernels, memory }: Machine, stack: Stack, weights: Weights<Float32Array>, to: Places, C: number) {
  const { cell, hiddenSize: H, outputSize: P } = stack;
  const { gates: G } = cell;
  const [Hp, Pp, Cp] = [H, P, C].map(padded);
  memory.reset();
  kernels.pack(memory.loadBlocks(weights.ih, H, C), 4, Cp * 4, C, G * Hp, to.ih);
  const hh = weights.hh as Float32Array; // which every cell with a kernel has
  kernels.pack(memory.loadBlocks(hh, H, P), 4, Pp * 4, P, G * Hp, to.hh);
  if (weights.hr !== null) kernels.pack(memory.loadBlocks(weights.hr, P, H), 4, Hp * 4, H, Pp, to.hr);
  const { floats } = memory;
  floats.set(ownOf(cell, H, weights.own ?? {}), to.own / 4);
  // Cells whose gates' halves are only ever added have both biases in one.
  const shared = cell.sharedGates ? 1 : 0;
  for (let gate = 0; gate < G; gate++) {
    for (let j = 0; j < H; j++) {
      const [ih, hh] = [weights.biasIh, weights.biasHh].map((bias) => bias?.[gate * H + j] ?? 0);
      floats[to.biasIh / 4 + gate * Hp + j] = ih + shared * hh;
      floats[to.biasHh / 4 + gate * Hp + j] = hh;
    }
  }
}

export function affinePlan({ kernels, memory }: Machine, affine: Affine, N: number): Plan {
  const { inputSize: C, outputSize: P, taps } = affine;
  const [Cp, Pp, K] = [padded(C), padded(P), taps * C];
  // One tap reads its input where it lies.
  const rings = taps === 1 ? 0 : roomOf(N, affine);
  const sizes = [rings, K * Pp, Pp, N * Pp].map(line);
  return {
    room: sizes.reduce((sum, count) => sum + count),
    scratch: padded(K) * Pp,
    lay(at, input) {
      const [past, panels] = [new Past(N, affine, () => memory.floats, at / 4), at + sizes[0] * 4];
      const bias = panels + sizes[1] * 4;
      const output = bias + sizes[2] * 4;
      const pitch = taps === 1 ? Cp : past.pitch;
      return {
        output,
        states: [past],
        load() {
          const taken = affine.take();
          return () => {
            memory.reset();
            kernels.pack(memory.loadBlocks(taken.weight, P, K), 4, padded(K) * 4, K, Pp, panels);
            for (let j = 0; j < P; j++) memory.floats[bias / 4 + j] = taken.bias?.[j] ?? 0;
          };
        },
        step() {
          const from = taps === 1 ? input : past.push(memory.floats, input / 4, Cp) * 4;
          kernels.gemm(from, pitch * 4, 4, panels, output, Pp * 4, N, Pp, K, bias, 0);
        },
      };
    },
  };
}

/** They change their input where it lies. */
export function rowsPlan({ kernels, memory }: Machine, rows: Rows, N: number, C: number): Plan {
  const wide = padded(C);
  return {
    room: 0,
    scratch: 0,
    lay(_, input) {
      let apply: RowFunction;
      const inKernel = () => kernels.activate(rows.same === "sigmoid" ? 0 : 1, input, N * wide);
      const inLoop = () => {
        const { floats } = memory;
        for (let n = 0, at = input / 4; n < N; n++, at += wide) apply(floats, at, C);
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
        step: rows.same === undefined ? inLoop : inKernel,
      };
    },
  };
}
