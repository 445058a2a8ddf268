/**
 * From probabilities to segments of speech, by Silero's rule and its defaults: speech begins with a chunk at 0.5 and ends
 * where at least 100 ms below 0.35 begin. What is not longer than 250 ms is none; the others get 30 ms on either side.
 *
 * Source: get_speech_timestamps of https://github.com/snakers4/silero-vad
 */

import { chunk, rate } from "./sound.js";

/** Where somebody speaks, in samples from the beginning; `end` is the first one behind it. */
export interface Segment {
  readonly start: number;
  readonly end: number;
}

const [begins, ends] = [0.5, 0.35];
const [shortest, silence, pad] = [250, 100, 30].map((ms) => (ms * rate) / 1000);

/** Takes the probability of one chunk after the other. */
export class Segments {
  /** Samples of the chunks so far. */
  #heard = 0;
  #start: number | null = null;
  /** Where it became quiet, if it is. */
  #quiet: number | null = null;

  /** Where the speech began that has not ended yet; it may turn out too short. */
  get open(): number | null {
    return this.#start;
  }

  /** @returns the segment that has ended with this chunk, if one has */
  add(probability: number): Segment | null {
    const at = this.#heard;
    this.#heard += chunk;
    if (probability >= begins) {
      this.#start ??= at;
      this.#quiet = null;
    } else if (probability < ends && this.#start !== null) {
      this.#quiet ??= at;
      if (at - this.#quiet >= silence) return this.#close(this.#quiet, this.#heard);
    }
    return null;
  }

  /** The sound ends after so many samples. @returns the segment that ends with it, if one does */
  finish(samples: number): Segment | null {
    return this.#close(samples, samples);
  }

  #close(end: number, samples: number): Segment | null {
    const start = this.#start;
    [this.#start, this.#quiet] = [null, null];
    if (start === null || end - start <= shortest) return null;
    return { start: Math.max(0, start - pad), end: Math.min(samples, end + pad) };
  }
}
