/**
 * The machine as the floor sees it: peak arithmetic of 128-bit SIMD, and how fast so many bytes are read again and again,
 * from loops in WASM that are asked in turn with the engines. `calibration/` has the loops: of each figure the best loop
 * counts, and of all rounds the best, since a floor that is beaten is none.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compileFile } from "../scripts/compile.js";
import { Child } from "./engines.js";
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

interface Figures {
  peak: number;
  bandwidths: number[];
}

/** The best of several rounds. */
function best(rounds: readonly Figures[], sizes: readonly number[]): Machine {
  return {
    peak: Math.max(...rounds.map(({ peak }) => peak)),
    levels: sizes.map((bytes, i) => ({ bytes, bandwidth: Math.max(...rounds.map((one) => one.bandwidths[i])) })),
  };
}

/** Asks for the machine's figures again and again, and says what they were. */
export class Calibration {
  readonly #child: Child;
  #sizes: readonly number[] = [];
  #rounds: Figures[] = [];

  private constructor(node: string, loops: readonly Uint8Array[]) {
    this.#child = new Child(node, [
      "peers/machine.mjs",
      ...loops.map((bytes) => Buffer.from(bytes).toString("base64")),
    ]);
  }

  /** Starts the loops under a Node, and lets V8 compile them. */
  static async start(node: string): Promise<Calibration> {
    const calibration = new Calibration(node, await compileLoops());
    calibration.begin([128]);
    for (let i = 0; i < 30; i++) await calibration.round();
    return calibration;
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
    return best(this.#rounds, this.#sizes);
  }

  close(): void {
    this.#child.close();
  }
}
