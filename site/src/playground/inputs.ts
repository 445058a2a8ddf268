/** Text, a series and a sound as the input `[T, C]` of a layer, with what was done to them, which the page says. */

import { nn, noGrad, type Tensor, tensor } from "elman-nn";
import type { Layer } from "./activity.js";
import type { Named } from "./models.js";

/** The most steps that are watched. */
export const mostSteps = 400;

/** How the input came to be. */
export type How =
  | { readonly kind: "embedding"; readonly table: string; readonly rows: number; readonly numbering: Numbering }
  | { readonly kind: "oneHot"; readonly numbering: Numbering }
  | { readonly kind: "lags" }
  | { readonly kind: "bands"; readonly rate: number; readonly frame: number; readonly hop: number };

/** Which number a letter has: its place in an alphabet, or the rest of its code. */
export type Numbering = "alphabet" | "code";

export interface Input {
  /** `[T, C]` */
  readonly values: Tensor;
  readonly how: How;
  /** What stands at each step, where that is short enough to be written below it. */
  readonly labels: readonly string[] | null;
}

/** What is wrong with what was given. */
export type Fault =
  | { readonly kind: "empty" }
  | { readonly kind: "letter"; readonly letter: string }
  | { readonly kind: "alphabet"; readonly size: number; readonly rows: number }
  | { readonly kind: "number"; readonly word: string }
  | { readonly kind: "long"; readonly count: number };

export class InputError extends Error {
  constructor(readonly fault: Fault) {
    super(fault.kind);
  }
}

const refuse = (fault: Fault): never => {
  throw new InputError(fault);
};

function checkLength(count: number): void {
  if (count === 0) refuse({ kind: "empty" });
  if (count > mostSteps) refuse({ kind: "long", count });
}

/** A number below `rows` for each letter. Capitals are read as small letters where the alphabet has none. */
export function letterNumbers(letters: readonly string[], alphabet: string, rows: number): number[] {
  const known = [...alphabet];
  if (known.length > rows) refuse({ kind: "alphabet", size: known.length, rows });
  if (known.length === 0) return letters.map((letter) => (letter.codePointAt(0) as number) % rows);
  return letters.map((letter) => {
    const place = known.indexOf(letter);
    const small = place < 0 ? known.indexOf(letter.toLowerCase()) : place;
    return small < 0 ? refuse({ kind: "letter", letter }) : small;
  });
}

/**
 * A step a letter: its row of a table, or 1 at its number.
 * @throws InputError for no letters, too many, and those that are not in the alphabet
 */
export function ofText(text: string, alphabet: string, table: Named<nn.Embedding> | null, layer: Layer): Input {
  const labels = [...text];
  checkLength(labels.length);
  const { inputSize: C } = layer;
  const rows = table?.layer.numEmbeddings ?? C;
  const numbers = tensor(letterNumbers(labels, alphabet, rows), { dtype: "int32" });
  const numbering = alphabet === "" ? "code" : "alphabet";
  if (table === null) {
    return { values: typed(nn.functional.oneHot(numbers, C), layer), how: { kind: "oneHot", numbering }, labels };
  }
  const values = noGrad(() => table.layer.forward(numbers));
  return { values: typed(values, layer), how: { kind: "embedding", table: table.name, rows, numbering }, labels };
}

/** Numbers with spaces, commas or lines between them; commas may be Chinese ones. */
export function numbersOf(text: string): number[] {
  const words = text.split(/[\s,;，；、]+/).filter((word) => word !== "");
  return words.map((word) => (Number.isFinite(Number(word)) ? Number(word) : refuse({ kind: "number", word })));
}

/**
 * A step a value: feature k is the value k steps before, 0 before the first.
 * @throws InputError for no values and too many
 */
export function ofSeries(series: readonly number[], layer: Layer): Input {
  checkLength(series.length);
  const rows = series.map((_, t) => Array.from({ length: layer.inputSize }, (_, k) => series[t - k] ?? 0));
  return { values: typed(tensor(rows), layer), how: { kind: "lags" }, labels: null };
}

/** A tone that rises from 100 Hz to 6 kHz in two seconds. */
export function sweep(rate: number): Float32Array {
  const [from, octaves, seconds] = [100, Math.log2(60), 2];
  return Float32Array.from({ length: seconds * rate }, (_, i) => {
    const turns = ((from * seconds) / (octaves * Math.LN2)) * (2 ** ((octaves * i) / (seconds * rate)) - 1);
    return 0.5 * Math.sin(2 * Math.PI * turns);
  });
}

/** C frequencies from 60 Hz to almost half the rate, at equal distances in mel; one alone in the middle. */
export function melFrequencies(C: number, rate: number): number[] {
  const [low, high] = [60, 0.95 * (rate / 2)].map((hertz) => 2595 * Math.log10(1 + hertz / 700));
  const mel = (k: number) => (C === 1 ? (low + high) / 2 : low + ((high - low) * k) / (C - 1));
  return Array.from({ length: C }, (_, k) => 700 * (10 ** (mel(k) / 2595) - 1));
}

/** The energy of a frame at a frequency, by Goertzel's recurrence. */
export function energyAt(frequency: number, frame: Float32Array, rate: number): number {
  const k = 2 * Math.cos((2 * Math.PI * frequency) / rate);
  let [before, last] = [0, 0];
  for (const sample of frame) {
    const next = sample + k * last - before;
    before = last;
    last = next;
  }
  return (last * last + before * before - k * last * before) / frame.length;
}

/**
 * A step a frame of 32 ms in Hann's window: the logarithm of its energy at C frequencies, over the whole sound of mean 0 and deviation 1.
 * A long sound has frames further apart.
 * @throws InputError for a sound of no samples
 */
export function ofSound(samples: Float32Array, rate: number, layer: Layer): Input {
  if (samples.length === 0) refuse({ kind: "empty" });
  const frame = Math.round(0.032 * rate);
  const hop = Math.max(Math.round(frame / 2), Math.ceil(samples.length / mostSteps));
  const frequencies = melFrequencies(layer.inputSize, rate);
  const hann = Array.from({ length: frame }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / frame));
  const rows = Array.from({ length: Math.ceil(samples.length / hop) }, (_, t) => {
    const windowed = Float32Array.from(hann, (weight, i) => weight * (samples[t * hop + i] ?? 0));
    return frequencies.map((frequency) => Math.log10(energyAt(frequency, windowed, rate) + 1e-10));
  });
  const all = tensor(rows, { dtype: "float64" });
  const deviation = all.std(undefined, { correction: 0 }).item();
  const values = all.sub(all.mean()).div(deviation || 1);
  return { values: typed(values, layer), how: { kind: "bands", rate, frame, hop }, labels: null };
}

/** In the layer's dtype. */
const typed = (values: Tensor, layer: Layer): Tensor => values.to(layer.weight_ih_l0.dtype);
