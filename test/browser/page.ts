/** The page: does the work, trains, and lets a worklet play a signal. Whoever drives the browser calls these. */

import type { Signal } from "../support/signal.js";
import { train, work } from "./work.js";

// The little of the Web Audio API that is used here.
interface Node {
  connect(to: unknown): void;
}
declare class OfflineAudioContext {
  constructor(channels: number, length: number, rate: number);
  readonly audioWorklet: { addModule(url: string): Promise<void> };
  readonly destination: object;
  createBuffer(channels: number, length: number, rate: number): { copyToChannel(from: Float32Array, to: number): void };
  createBufferSource(): Node & { buffer: object; start(): void };
  startRendering(): Promise<{ getChannelData(channel: number): Float32Array }>;
}
declare class AudioWorkletNode implements Node {
  constructor(context: object, name: string, options: object);
  readonly port: { onmessage: (event: { data: unknown }) => void };
  connect(to: unknown): void;
}

/** What the worklet played, and what it said of its world. */
export interface Played {
  readonly samples: number[];
  readonly world: { missing: string[]; instances: number };
}

async function play({ weights, input }: Signal): Promise<Played> {
  const rate = 44_100;
  const context = new OfflineAudioContext(1, input.length, rate);
  await context.audioWorklet.addModule("/worklet.js");
  const node = new AudioWorkletNode(context, "streaming", { processorOptions: { weights } });
  const world = new Promise<Played["world"]>((resolve) => {
    node.port.onmessage = ({ data }) => resolve(data as Played["world"]);
  });
  const buffer = context.createBuffer(1, input.length, rate);
  buffer.copyToChannel(Float32Array.from(input), 0);
  const source = context.createBufferSource();
  source.buffer = buffer;
  source.connect(node);
  node.connect(context.destination);
  source.start();
  const rendered = await context.startRendering();
  return { samples: [...rendered.getChannelData(0)], world: await world };
}

/** What the page offers, as `elman`. */
export const offered = { work, train, play };
