/** A stack of layers, one step at a time: laid out in the kernels' memory once, then one call a step. */

import { fail } from "../../base/errors.js";
import type { Stack, Stepper, Weights } from "../device.js";
import { type Memory, padded } from "./memory.js";
import type { Kernels } from "./module.js";
import { compiled } from "./recurrence.js";

/** What describes a layer to the kernel, after its sizes: where each array lies. The order is that of kernels/stepper.ts. */
const arrays = [
  "steps",
  "input",
  "ih",
  "biasIh",
  "x",
  "r",
  "hh",
  "biasHh",
  "hr",
  "h",
  "c",
  "raw",
  "nextC",
  "kept",
  "output",
] as const;
type Places = Record<(typeof arrays)[number], number>;

export function stepper(kernels: Kernels, memory: Memory, stack: Stack): Stepper {
  const { cell, batch: N, numLayers, inputSize, hiddenSize: H, outputSize: P } = stack;
  const { gates: G, states } = cell;
  const [Hp, Pp] = [H, P].map(padded);
  const GHp = G * Hp;
  const projected = P !== H;
  const C = (l: number) => (l === 0 ? inputSize : P);

  /** Floats of each array of a layer; those of no length are never used. */
  const counts = (l: number): Places => ({
    ...{ steps: 1, input: l === 0 ? N * padded(inputSize) : 0, ih: C(l) * GHp, biasIh: GHp, x: N * GHp },
    ...{ r: cell.sharedGates ? 0 : N * GHp, hh: P * GHp, biasHh: GHp, hr: projected ? H * Pp : 0, h: N * Pp },
    ...{ c: states === 2 ? N * Hp : 0, raw: projected ? N * Hp : 0, nextC: states === 2 ? N * Hp : 0 },
    ...{ kept: N * cell.keep * Hp, output: N * Pp },
  });
  const sizes = Array.from({ length: numLayers }, (_, l) => counts(l));
  const words = 7 + arrays.length;
  const line = (count: number) => Math.ceil(count / 16) * 16;
  const total = sizes.reduce((sum, count) => arrays.reduce((all, name) => all + line(count[name]), sum), 0);
  const room = total + words * numLayers;
  /** Room in which `load` lays out the weights of a layer before it packs them. */
  const scratch = GHp * (padded(Math.max(inputSize, P)) + Pp) + Pp * Hp;
  // Memory which is too small for that shows here, where there is a way out.
  memory.reset();
  memory.take(room + scratch);
  const base = memory.hold(room);

  const layers: Places[] = [];
  let next = base;
  for (const count of sizes) {
    const places = {} as Places;
    for (const name of arrays) {
      places[name] = next;
      next += line(count[name]) * 4;
    }
    if (layers.length > 0) places.input = layers[layers.length - 1].output;
    if (!projected) places.hr = 0;
    layers.push(places);
  }
  const table = next;
  const whole = new Int32Array(kernels.memory.buffer);
  layers.forEach((places, l) => {
    whole[places.steps / 4] = N;
    const description = [
      compiled.get(cell) as number,
      N,
      C(l),
      H,
      P,
      G,
      cell.keep,
      ...arrays.map((name) => places[name]),
    ];
    whole.set(description, table / 4 + l * words);
  });

  const parts = [
    ...layers.map(({ h }) => ({ at: h / 4, size: P, wide: Pp })),
    ...(states === 2 ? layers.map(({ c }) => ({ at: c / 4, size: H, wide: Hp })) : []),
  ];
  const [x, y] = [layers[0].input / 4, layers[numLayers - 1].output / 4];
  const [Cp, own] = [padded(inputSize), inputSize];

  const made: Stepper = {
    load(weights) {
      reserve(memory, scratch);
      for (const [l, given] of weights.entries()) load(kernels, memory, stack, given, layers[l], C(l));
    },
    step(input, from, output, to) {
      const { floats } = memory;
      for (let n = 0, at = x; n < N; n++, at += Cp) for (let i = 0; i < own; i++) floats[at + i] = input[from++];
      kernels.step(table, numLayers);
      for (let n = 0, at = y; n < N; n++, at += Pp) for (let i = 0; i < P; i++) output[to++] = floats[at + i];
    },
    read(into) {
      const { floats } = memory;
      let to = 0;
      for (const { at, size, wide } of parts) {
        for (let n = 0; n < N; n++) for (let i = 0; i < size; i++) into[to++] = floats[at + n * wide + i];
      }
    },
    write(values) {
      const { floats } = memory;
      let from = 0;
      for (const { at, size, wide } of parts) {
        for (let n = 0; n < N; n++) for (let i = 0; i < size; i++) floats[at + n * wide + i] = values[from++];
      }
    },
    close: () => memory.release(base, room, made),
  };
  memory.own(made, base, room);
  return made;
}

/** Has `count` floats of scratch ready, or fails before anything was changed. */
function reserve(memory: Memory, count: number): void {
  memory.reset();
  try {
    memory.take(count);
  } catch {
    fail("RuntimeError", `can't allocate memory: you tried to allocate ${count * 4} bytes.`);
  }
}

/** Packs one layer's weights into their places. */
function load(
  kernels: Kernels,
  memory: Memory,
  stack: Stack,
  weights: Weights<Float32Array>,
  to: Places,
  C: number,
): void {
  const { cell, hiddenSize: H, outputSize: P } = stack;
  const { gates: G } = cell;
  const [Hp, Pp, Cp] = [H, P, C].map(padded);
  memory.reset();
  kernels.pack(memory.loadBlocks(weights.ih, H, C), 4, Cp * 4, C, G * Hp, to.ih);
  const hh = weights.hh as Float32Array; // which every cell with a kernel has
  kernels.pack(memory.loadBlocks(hh, H, P), 4, Pp * 4, P, G * Hp, to.hh);
  if (weights.hr !== null) kernels.pack(memory.loadBlocks(weights.hr, P, H), 4, Hp * 4, H, Pp, to.hr);
  const { floats } = memory;
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
