/**
 * What one core does at this moment: peak arithmetic of 128-bit SIMD, and how fast it reads as many bytes as weights
 * take. The loops are the benchmark's (bench/calibration), asked in turn with what is measured against them.
 */

import type { Machine } from "./floor.js";
import { loops } from "./loops.js";

interface Loops {
  /** 96 flops a time. */
  arithmetic(times: number, multiplier: number, addend: number): number;
  /** Reads the first `bytes` of memory, a multiple of 128, `times` over. */
  read4(bytes: number, times: number): number;
  read8(bytes: number, times: number): number;
  readonly memory: { readonly buffer: ArrayBuffer };
}

/** What is used of WebAssembly, for which Node's types have no names. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: unknown };
};

/** More says nothing about a cache that several cores share. */
const most = 1 << 23;
/** Milliseconds that one question takes. */
const patience = 2;

/** Work in a nanosecond of `call`. */
function rate(call: () => void, work: number): number {
  const start = performance.now();
  let calls = 0;
  do {
    call();
    calls++;
  } while (performance.now() - start < patience);
  return (calls * work) / ((performance.now() - start) * 1e6);
}

/** The middle of some numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

export class Calibration {
  private readonly loops: Loops;
  private readonly peaks: number[] = [];
  private readonly bandwidths: Map<number, number[]>;

  /** @param sizes how many bytes will be asked for */
  constructor(sizes: readonly number[]) {
    const module = new WebAssembly.Module(Buffer.from(loops, "base64"));
    this.loops = new WebAssembly.Instance(module).exports as Loops;
    this.bandwidths = new Map(sizes.map((size) => [size, []]));
    // Pages that nobody has written are all one page of zeros, which never leaves the nearest cache.
    new Float32Array(this.loops.memory.buffer).fill(1);
    for (let i = 0; i < 30; i++) this.measure();
  }

  /** Asks once more. */
  round(): void {
    const { peak, speeds } = this.measure();
    this.peaks.push(peak);
    for (const [size, speed] of speeds) this.bandwidths.get(size)?.push(speed);
  }

  /** The medians of all rounds. */
  machine(): Machine {
    return { peak: median(this.peaks), bandwidth: (bytes) => median(this.bandwidths.get(bytes) ?? []) };
  }

  private measure() {
    const { arithmetic, read4, read8 } = this.loops;
    const peak = rate(() => arithmetic(2000, 0.999, 0.001), 96 * 2000);
    const speeds = [...this.bandwidths.keys()].map((size): [number, number] => {
      const bytes = Math.max(128, Math.min(most, size) & -128);
      const times = Math.ceil(2 ** 20 / bytes);
      const speed = (read: Loops["read4"]) => rate(() => read(bytes, times), bytes * times);
      return [size, Math.max(speed(read4), speed(read8))];
    });
    return { peak, speeds };
  }
}
