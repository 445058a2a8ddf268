/** In the audio thread: the whole net, on a sound that it plays or on what comes from the microphone. */

import { Listener, SileroVAD } from "../../../examples/voice/model.js";
import { chunk } from "../../../examples/voice/sound.js";
import { type Heard, parts } from "./timeline.js";

/** What the page gives: the contents of Silero's .onnx file, and the sound to be played; null for the microphone. */
export interface Given {
  readonly weights: Uint8Array;
  readonly samples: Float32Array | null;
}

/** Why the net cannot be run. */
export interface Failed {
  readonly failure: string;
}

declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new (options: { processorOptions: Given }) => object): void;
declare const Temporal: { Now: { instant(): { epochNanoseconds: bigint } } } | undefined;

/** Milliseconds. A worklet has no `performance`; Temporal counts tenths of them where it is, and Date whole ones. */
const now: () => number =
  typeof performance === "object"
    ? () => performance.now()
    : typeof Temporal === "object"
      ? () => Number(Temporal.Now.instant().epochNanoseconds) / 1e6
      : Date.now;

class Voice extends AudioWorkletProcessor {
  /** None where the net cannot be run: the page is told why, and closes. */
  #listener: Listener | null = null;
  readonly #samples: Float32Array | null;
  /** Samples of the sound that were played. */
  #played = 0;
  readonly #chunk = new Float32Array(chunk);
  #filled = 0;

  constructor({ processorOptions: { weights, samples } }: { processorOptions: Given }) {
    super();
    this.#samples = samples;
    try {
      const net = SileroVAD.fromOnnx(weights);
      // The engine compiles what runs often: it shall have done so before there is something to hear.
      const first = new Listener(net);
      for (let i = 0; i < 100; i++) first.hear(this.#chunk);
      this.#listener = new Listener(net);
      this.port.postMessage("ready");
    } catch (error) {
      this.port.postMessage({ failure: String(error) } satisfies Failed);
    }
  }

  process([[heard]]: Float32Array[][], [[out]]: Float32Array[][]): boolean {
    if (this.#samples === null) {
      if (heard !== undefined) this.#take(heard);
      return true;
    }
    const end = this.#played + out.length;
    const part = this.#samples.subarray(this.#played, end);
    out.set(part);
    this.#take(out);
    this.#played = end;
    if (end < this.#samples.length) return true;
    if (this.#filled > 0) this.#hear(this.#chunk.fill(0, this.#filled));
    this.port.postMessage("ended");
    return false;
  }

  /** Blocks of any size up to a chunk fill chunks. */
  #take(block: Float32Array): void {
    const room = Math.min(block.length, chunk - this.#filled);
    this.#chunk.set(block.subarray(0, room), this.#filled);
    this.#filled += room;
    if (this.#filled < chunk) return;
    this.#hear(this.#chunk);
    this.#filled = 0;
    if (room < block.length) this.#take(block.subarray(room));
  }

  #hear(samples: Float32Array): void {
    if (this.#listener === null) return;
    const start = now();
    const probability = this.#listener.hear(samples);
    const took = now() - start;
    const peaks = new Float32Array(2 * parts);
    for (let i = 0; i < parts; i++) {
      const part = samples.subarray((i * chunk) / parts, ((i + 1) * chunk) / parts);
      peaks[2 * i] = Math.min(...part);
      peaks[2 * i + 1] = Math.max(...part);
    }
    this.port.postMessage({ probability, peaks, took } satisfies Heard);
  }
}

registerProcessor("voice", Voice);
