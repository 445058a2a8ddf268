/**
 * Draws what is to be compared: a check is a function of its own seed alone, so that one can be run again by itself.
 * The categories are dealt in shuffled rounds, so that each comes equally often.
 */

import { Generator } from "../../src/index.js";
import type { FloatName, Form, Kind, ModuleCase, ModuleOptions, Numbers, View } from "./replay.js";

const LARGEST_SIZE = 70;
/** Steps times sequences times the larger of input and hidden size: what keeps a run short. */
const LARGEST_WORK = 12000;

/** Random choices from one seed. */
export class Chance {
  readonly #generator: Generator;

  /** @param index of the check in the run */
  constructor(seed: number, index: number) {
    this.#generator = new Generator(seed * 1000003 + index);
  }

  /** In [0, 1). */
  fraction(): number {
    return this.#generator.random53();
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** A whole number, both bounds included. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.fraction() * (high - low + 1));
  }

  /** A size from 1 on, as often below 8 as above. */
  size(largest = LARGEST_SIZE): number {
    return Math.min(largest, Math.floor((largest + 1) ** this.fraction()));
  }

  pick<T>(list: readonly T[]): T {
    return list[this.whole(0, list.length - 1)];
  }

  shuffled<T>(list: readonly T[]): T[] {
    const result = [...list];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.whole(0, i);
      [result[i], result[j]] = [result[j], result[i]];
    }
    return result;
  }

  seed(): number {
    return this.whole(0, 2 ** 32 - 1);
  }

  /** Numbers from the standard normal distribution that the dtype holds exactly. */
  normal(shape: number[], dtype: FloatName): Numbers {
    const count = shape.reduce((a, b) => a * b, 1);
    const data = dtype === "float32" ? new Float32Array(count) : new Float64Array(count);
    for (let i = 0; i < count; i++) data[i] = this.#generator.normal();
    return { shape, data };
  }
}

/** What a configuration is counted under. */
export interface Category {
  kind: Kind;
  bidirectional: boolean;
  form: Form;
  dtype: FloatName;
}

const KINDS: readonly Kind[] = ["RNN_TANH", "RNN_RELU", "LSTM", "GRU"];
const DTYPES: readonly FloatName[] = ["float32", "float64"];

function product(directions: readonly boolean[], forms: readonly Form[]): Category[] {
  return KINDS.flatMap((kind) =>
    directions.flatMap((bidirectional) =>
      forms.flatMap((form) => DTYPES.map((dtype) => ({ kind, bidirectional, form, dtype }))),
    ),
  );
}

export const LAYER_CATEGORIES = product([false, true], ["dense", "unbatched", "packed", "lengths"]);
export const CELL_CATEGORIES = product([false], ["batched", "unbatched"]);

/** `count` categories in rounds, each round in an order of its own. */
export function dealt(categories: readonly Category[], count: number, seed: number): Category[] {
  const chance = new Chance(seed, 0);
  const rounds = Math.ceil(count / categories.length);
  return Array.from({ length: rounds }, () => chance.shuffled(categories))
    .flat()
    .slice(0, count);
}

function drawnView(chance: Chance): View {
  return chance.pick(["contiguous", "contiguous", "transposed", "narrowed"]);
}

export function drawLayer({ kind, bidirectional, form, dtype }: Category, chance: Chance): ModuleCase {
  const [inputSize, hiddenSize] = [chance.size(), chance.size()];
  let [T, N] = [chance.size(), form === "unbatched" ? 1 : chance.size()];
  while (T * N * Math.max(inputSize, hiddenSize) > LARGEST_WORK) {
    if (T > N) T = Math.ceil(T / 2);
    else N = Math.ceil(N / 2);
  }
  const projSize = kind === "LSTM" && hiddenSize > 1 && chance.chance(0.4) ? chance.whole(1, hiddenSize - 1) : 0;
  const numLayers = chance.whole(1, 3);
  const options: ModuleOptions = {
    inputSize,
    hiddenSize,
    numLayers,
    bias: chance.chance(0.7),
    batchFirst: chance.chance(0.5),
    dropout: numLayers > 1 && chance.chance(0.5) ? chance.pick([0.1, 0.25, 0.5, 0.9, 1]) : 0,
    bidirectional,
    ...(projSize > 0 && { projSize }),
  };
  const enforceSorted = form === "packed" && chance.chance(0.5);
  const lengths = drawnLengths(form, T, N, enforceSorted, chance);
  const batch = form === "unbatched" ? [] : [N];
  const lead = options.batchFirst ? [...batch, T] : [T, ...batch];
  const rows = [numLayers * (bidirectional ? 2 : 1), ...batch];
  const states = [[...rows, projSize || hiddenSize], ...(kind === "LSTM" ? [[...rows, hiddenSize]] : [])];
  const output = [...lead, (projSize || hiddenSize) * (bidirectional ? 2 : 1)];
  return {
    dtype,
    kind,
    isCell: false,
    options,
    seed: chance.seed(),
    form,
    input: chance.normal([...lead, inputSize], dtype),
    states: chance.chance(0.5) ? states.map((shape) => chance.normal(shape, dtype)) : null,
    lengths,
    enforceSorted,
    training: chance.chance(0.8),
    dropoutSeed: chance.seed(),
    view: drawnView(chance),
    loss: [output, ...states].map((shape) => chance.normal(shape, dtype)),
  };
}

function drawnLengths(form: Form, T: number, N: number, sorted: boolean, chance: Chance): number[] | null {
  if (form !== "packed" && form !== "lengths") return null;
  const canBeEmpty = form === "lengths";
  const lengths = Array.from({ length: N }, () =>
    canBeEmpty && chance.chance(0.15) ? 0 : chance.chance(0.2) ? T : chance.whole(1, T),
  );
  return sorted ? lengths.sort((a, b) => b - a) : lengths;
}

export function drawCell({ kind, form, dtype }: Category, chance: Chance): ModuleCase {
  const [inputSize, hiddenSize] = [chance.size(), chance.size()];
  const batch = form === "unbatched" ? [] : [chance.size()];
  const states = Array.from({ length: kind === "LSTM" ? 2 : 1 }, () => [...batch, hiddenSize]);
  return {
    dtype,
    kind,
    isCell: true,
    options: { inputSize, hiddenSize, bias: chance.chance(0.7) },
    seed: chance.seed(),
    form,
    input: chance.normal([...batch, inputSize], dtype),
    states: chance.chance(0.5) ? states.map((shape) => chance.normal(shape, dtype)) : null,
    lengths: null,
    enforceSorted: false,
    training: true,
    dropoutSeed: chance.seed(),
    view: drawnView(chance),
    loss: states.map((shape) => chance.normal(shape, dtype)),
  };
}
