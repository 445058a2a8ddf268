/** What the net hears: 16,000 samples a second, in chunks of 512, 32 ms each. */

export const [rate, chunk] = [16_000, 512];

/** A sound in chunks, with zeros behind its end. */
export function* chunksOf(samples: Float32Array): Generator<Float32Array> {
  for (let at = 0; at < samples.length; at += chunk) {
    const part = new Float32Array(chunk);
    part.set(samples.subarray(at, at + chunk));
    yield part;
  }
}
