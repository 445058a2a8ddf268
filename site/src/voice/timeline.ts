/** What was heard so far, and what it cost. */

import { type Segment, Segments } from "../../../examples/voice/segments.js";
import { chunk, rate } from "../../../examples/voice/sound.js";

/** Milliseconds that a chunk lasts. */
export const chunkTime = (chunk / rate) * 1000;
/** In as many parts a chunk is drawn. */
export const parts = 4;
/** Chunks that the costs are about: half a minute. */
const recent = 1000;

/** What the audio thread says of a chunk. */
export interface Heard {
  readonly probability: number;
  /** The lowest and the highest sample of each part. */
  readonly peaks: Float32Array;
  /** Milliseconds that the net took. */
  readonly took: number;
}

export class Timeline {
  readonly probabilities: number[] = [];
  /** The lowest and the highest sample of each part of each chunk. */
  readonly peaks: number[] = [];
  readonly segments: Segment[] = [];
  readonly #rule = new Segments();
  readonly #took: number[] = [];

  /** Takes the next chunk. @returns whether a segment has ended with it */
  add({ probability, peaks, took }: Heard): boolean {
    this.probabilities.push(probability);
    this.peaks.push(...peaks);
    this.#took.push(took);
    if (this.#took.length > recent) this.#took.shift();
    return this.#keep(this.#rule.add(probability));
  }

  /** The sound has ended, after so many samples. */
  finish(samples = this.probabilities.length * chunk): boolean {
    return this.#keep(this.#rule.finish(samples));
  }

  #keep(segment: Segment | null): boolean {
    if (segment !== null) this.segments.push(segment);
    return segment !== null;
  }

  /** How long the sound is so far. */
  get seconds(): number {
    return (this.probabilities.length * chunk) / rate;
  }

  /** Where the speech began that has not ended yet, in samples. */
  get open(): number | null {
    return this.#rule.open;
  }

  /** What the net takes of the time that the sound lasts. */
  get share(): number {
    return this.#took.reduce((sum, time) => sum + time, 0) / (this.#took.length * chunkTime);
  }

  /** Milliseconds that 99 of 100 chunks take at most. */
  get slowest(): number {
    return this.#took.toSorted((a, b) => a - b)[Math.ceil(0.99 * this.#took.length) - 1];
  }
}

/** Where the picture stands, in seconds: chunks come in fits and starts, time does not. */
export class Playhead {
  #begun: number | null = null;

  /** @param now milliseconds of any clock; @param heard the seconds that have come in: it is never ahead of them, nor 0.3 s behind */
  at(now: number, heard: number): number {
    const wanted = this.#begun === null ? heard - 0.05 : (now - this.#begun) / 1000;
    const place = Math.min(Math.max(wanted, heard - 0.3), heard);
    this.#begun = now - place * 1000;
    return place;
  }
}
