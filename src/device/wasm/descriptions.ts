/**
 * What the kernels are told of a call, by name: whole numbers of 32 bits in the order of kernels/descriptions.ts, where
 * each is explained.
 */

import type { Memory } from "./memory.js";

const walk = ["cell", "count", "steps", "start", "reverse", "H", "P", "gates", "keep"] as const;
const forward = ["keepAll", "x", "r", "hh", "biasHh", "hr", "h", "c", "prevH", "prevC", "raw", "nextC"] as const;
const rows = ["kept", "output", "own", "made"] as const;
const backward = ["hh", "hr", "dOutput", "dh", "dc", "prevH", "prevC", "raw", "kept", "dx", "dr"] as const;

/** The fields of each kind of description, in order. */
export const fields = {
  Forward: [...walk, ...forward, ...rows],
  Backward: [...walk, ...backward, "projected", "unprojected", "nextC", "own", "dOwn", "second", "dMade"],
  Level: [...walk, ...forward, ...rows, "C", "input", "ih", "biasIh"],
} as const;

/** A value for each field of a kind. */
export type Description<Kind extends keyof typeof fields> = Record<(typeof fields)[Kind][number], number | boolean>;

/** Writes a description at `at`. */
export function describe<Kind extends keyof typeof fields>(
  memory: Memory,
  kind: Kind,
  at: number,
  description: Description<Kind>,
): void {
  const names: readonly (keyof Description<Kind>)[] = fields[kind];
  const words = new Int32Array(memory.floats.buffer, at, names.length);
  for (let i = 0; i < names.length; i++) words[i] = Number(description[names[i]]);
}
