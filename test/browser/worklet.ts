/**
 * A processor of sound that runs a stream, bundled into one file that imports nothing. It sends what it found in its
 * world: which of a page's globals are missing, and how often WebAssembly was instantiated.
 */

import { LSTM, type NamedWeight } from "elman-nn/stream";
import type { Signal } from "../support/signal.js";

// The little of a worklet's world that is used here.
declare class AudioWorkletProcessor {
  readonly port: { postMessage(message: unknown): void };
}
interface WebAssembly {
  Instance: new (...given: unknown[]) => object;
}

const world = globalThis as unknown as Record<string, unknown>;
let instances = 0;
const engine = world.WebAssembly as WebAssembly;
const { Instance } = engine;
engine.Instance = class extends Instance {
  constructor(...given: unknown[]) {
    super(...given);
    instances++;
  }
};

/** Registered by the script that imports it. */
export class Streaming extends AudioWorkletProcessor {
  private readonly stream;
  private readonly input = new Float32Array(1);
  private readonly output;

  constructor({ processorOptions: { weights } }: { processorOptions: Pick<Signal, "weights"> }) {
    super();
    const named: Record<string, NamedWeight> = {};
    for (const [name, { shape, data }] of Object.entries(weights))
      named[name] = { shape, data: Float32Array.from(data) };
    this.stream = new LSTM(named).stream();
    this.output = new Float32Array(this.stream.outputSize);
    const missing = ["atob", "TextDecoder", "fetch", "process"].filter((name) => world[name] === undefined);
    this.port.postMessage({ missing, instances });
  }

  /** Each sample in is a step; the sample out is the first unit. */
  process([[samples]]: Float32Array[][], [[out]]: Float32Array[][]): boolean {
    for (let i = 0; i < out.length; i++) {
      this.input[0] = samples?.[i] ?? 0;
      this.stream.step(this.input, this.output);
      out[i] = this.output[0];
    }
    return true;
  }
}
