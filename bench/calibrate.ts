/**
 * The machine as the floor sees it: peak arithmetic of its vectors, and how fast so many bytes are read again and again,
 * from loops that are asked in turn with the engines: in WASM, whose vectors have 128 bits, or in C++ for the native
 * device's. `calibration/` has the loops: of each figure the best loop counts, and of all rounds the best, since a floor
 * that is beaten is none.
 */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compileFile } from "../scripts/compile.js";
import { widths } from "../scripts/widths.js";
import { Child, here } from "./engines.js";
import type { Machine } from "./floor.js";

const KiB = 1024;
/** At most as much is read: more says nothing about a cache that several cores share. */
const most = 8 * KiB * KiB;

/** Bytes of each level that holds data, from the nearest; the usual ones where the system does not tell. */
export function cacheSizes(directory = "/sys/devices/system/cpu/cpu0/cache"): number[] {
  try {
    const entries = readdirSync(directory).filter((name) => name.startsWith("index"));
    const read = (entry: string, file: string) => readFileSync(join(directory, entry, file), "utf8").trim();
    const levels = entries
      .filter((entry) => read(entry, "type") !== "Instruction")
      .map((entry) => ({ level: Number(read(entry, "level")), bytes: Number.parseInt(read(entry, "size"), 10) * KiB }))
      .sort((a, b) => a.level - b.level);
    if (levels.length > 0) return levels.map(({ bytes }) => bytes);
  } catch {
    // no Linux
  }
  return [32 * KiB, 1024 * KiB, 32 * KiB * KiB];
}

/** The loops, plain and with relaxed SIMD. */
export function compileLoops(): Promise<Uint8Array<ArrayBuffer>[]> {
  const options = ["--noAssert", "--initialMemory", "256", "--enable", "simd"];
  const builds = [options, [...options, "--enable", "relaxed-simd"]];
  return Promise.all(builds.map((build) => compileFile("bench/calibration/index.ts", build)));
}

/** Compiles the loops in C++ for the vectors of a name, runs them, and forgets the file. */
function startNative(vectors: string): Child {
  const directory = mkdtempSync(join(tmpdir(), "elman-calibrate-"));
  const source = "calibration/native.cc";
  const program = join(directory, "loops");
  const { bytes, flags } = widths[vectors];
  try {
    const options = ["-std=gnu++17", "-O3", "-ffp-contract=fast", "-Wno-psabi", `-DWIDTH=${bytes}`, ...flags];
    execFileSync("c++", [...options, here(source), "-o", program]);
    return new Child(program, [source]);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

interface Figures {
  peak: number;
  bandwidths: number[];
}

/** The best of several rounds. */
function best(bits: number, rounds: readonly Figures[], sizes: readonly number[]): Machine {
  return {
    bits,
    peak: Math.max(...rounds.map(({ peak }) => peak)),
    levels: sizes.map((bytes, i) => ({ bytes, bandwidth: Math.max(...rounds.map((one) => one.bandwidths[i])) })),
  };
}

/** Asks for the machine's figures again and again, and says what they were. */
export class Calibration {
  readonly #child: Child;
  readonly #bits: number;
  #sizes: readonly number[] = [];
  #rounds: Figures[] = [];

  private constructor(child: Child, bits: number) {
    this.#child = child;
    this.#bits = bits;
  }

  /** Starts the loops under a Node, and lets V8 compile them. */
  static async start(node: string): Promise<Calibration> {
    const loops = (await compileLoops()).map((bytes) => Buffer.from(bytes).toString("base64"));
    const calibration = new Calibration(new Child(node, ["peers/machine.mjs", ...loops]), 128);
    calibration.begin([128]);
    for (let i = 0; i < 30; i++) await calibration.round();
    return calibration;
  }

  /** Starts the loops of the vectors that the native device has chosen. With a compiler of C++. */
  static native(vectors: string): Calibration {
    return new Calibration(startNative(vectors), 8 * widths[vectors].bytes);
  }

  /** The figures of the machine alone: what is read from half of each cache. */
  async whole(): Promise<Machine> {
    this.begin(cacheSizes().map((bytes) => Math.min(bytes / 2, most)));
    for (let i = 0; i < 15; i++) await this.round();
    return this.machine();
  }

  /** From here on, so many bytes are read. */
  begin(sizes: readonly number[]): void {
    this.#sizes = sizes.toSorted((a, b) => a - b);
    this.#rounds = [];
  }

  async round(): Promise<void> {
    const read = this.#sizes.map((bytes) => Math.max(128, Math.min(bytes, most) & -128));
    this.#rounds.push(await this.#child.ask<Figures>("figures", { sizes: read }));
  }

  /** The best since it began. */
  machine(): Machine {
    return best(this.#bits, this.#rounds, this.#sizes);
  }

  close(): void {
    this.#child.close();
  }
}
