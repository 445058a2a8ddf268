/** The example that hears voices beside ONNX Runtime on the file that its weights are from. */

import { readFile } from "node:fs/promises";
import { sample, weights } from "../../examples/voice/main.js";
import { context, Listener, SileroVAD } from "../../examples/voice/model.js";
import { chunksOf, rate } from "../../examples/voice/sound.js";
import { readWav } from "../../examples/voice/wav.js";
import { randn } from "../../src/index.js";
import { runtime } from "./runtime.js";

/** What ONNX Runtime computes of each chunk, with the state and the samples carried over from the one before. */
export async function oracle(samples: Float32Array): Promise<number[]> {
  const { Tensor, InferenceSession } = runtime();
  const session = await InferenceSession.create(await readFile(weights), { logSeverityLevel: 3, intraOpNumThreads: 1 });
  const sr = new Tensor("int64", BigInt64Array.of(BigInt(rate)), []);
  let state = new Tensor("float32", new Float32Array(256), [2, 1, 128]);
  let before = new Float32Array(context);
  const probabilities: number[] = [];
  for (const chunk of chunksOf(samples)) {
    const heard = Float32Array.of(...before, ...chunk);
    const input = new Tensor("float32", heard, [1, heard.length]);
    const { output, stateN } = await session.run({ input, state, sr });
    probabilities.push(output.data[0]);
    [state, before] = [stateN, heard.slice(-context)];
  }
  return probabilities;
}

/** A minute: speech, silence, noise, speech in noise, speech from afar, and noise that swells. */
export async function minute(): Promise<Float32Array> {
  const speech = readWav(await readFile(sample), "sample.wav", rate);
  const noise = (seconds: number) => Float32Array.from(randn(seconds * rate).toArray());
  const hiss = noise(20);
  const parts = [
    speech,
    new Float32Array(5 * rate),
    noise(5).map((x) => 0.1 * x),
    speech.map((x, t) => x + 0.02 * hiss[t]),
    speech.map((x) => 0.05 * x),
    hiss.map((x, t) => (0.3 * x * t) / hiss.length),
  ];
  const whole = new Float32Array(60 * rate);
  let at = 0;
  for (const part of parts) {
    whole.set(part.subarray(0, whole.length - at), at);
    at += Math.min(part.length, whole.length - at);
  }
  return whole;
}

/** @throws where a probability is further from ONNX Runtime's than `tolerance` */
export async function compareVoice(tolerance: number): Promise<string> {
  const samples = await minute();
  const wanted = await oracle(samples);
  const listener = new Listener(SileroVAD.fromOnnx(await readFile(weights)));
  let worst = 0;
  let i = 0;
  for (const chunk of chunksOf(samples)) {
    const difference = Math.abs(listener.hear(chunk) - wanted[i]);
    if (!(difference <= tolerance)) throw new Error(`voice: chunk ${i} differs by ${difference} from ${wanted[i]}`);
    worst = Math.max(worst, difference);
    i++;
  }
  const spoken = wanted.filter((probability) => probability >= 0.5).length;
  return `A minute of sound, ${i} probabilities within ${tolerance} (${spoken} of speech); the greatest difference is ${worst.toExponential(1)}.`;
}
