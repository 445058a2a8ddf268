/**
 * The machine as the floor sees it: peak arithmetic of 128-bit SIMD and the bandwidth of each cache level, from loops
 * in WASM that are asked in turn with the engines. `calibration/` has the loops, which the build compiles.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loops } from "../src/cli/loops.js";
import { Child } from "./engines.js";
import type { Machine } from "./floor.js";
import { median } from "./statistics.js";

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

interface Figures {
  peak: number;
  bandwidths: number[];
}

/** Asks for the machine's figures again and again, and says what they were. */
export class Calibration {
  readonly #child: Child;
  readonly #sizes: readonly number[];
  readonly #taken: Figures[] = [];

  constructor(node: string, sizes = cacheSizes()) {
    this.#sizes = sizes;
    const lengths = sizes.map((bytes) => String(Math.min(bytes / 2, most)));
    this.#child = new Child(node, ["peers/machine.mjs", loops, ...lengths]);
  }

  /** Lets V8 compile the loops. */
  async warm(): Promise<void> {
    for (let i = 0; i < 30; i++) await this.#child.ask("figures", {});
  }

  async round(): Promise<void> {
    this.#taken.push(await this.#child.ask<Figures>("figures", {}));
  }

  /** How many rounds there were. */
  get rounds(): number {
    return this.#taken.length;
  }

  /** The medians since a round. */
  since(round: number): Machine {
    const taken = this.#taken.slice(round);
    return {
      peak: median(taken.map(({ peak }) => peak)),
      levels: this.#sizes.map((bytes, i) => ({ bytes, bandwidth: median(taken.map((one) => one.bandwidths[i])) })),
    };
  }

  close(): void {
    this.#child.close();
  }
}
