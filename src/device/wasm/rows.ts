/**
 * A matrix goes through the kernels' memory in pieces of whole rows, as many at a time as stay in the nearest caches.
 * Behind each piece is room for four floats, which the kernels may read and write.
 */

import { laidOut } from "../js/elementwise.js";
import type { Value } from "../value.js";
import type { Memory } from "./memory.js";

/** Floats of a piece, unless one row has more. */
const piece = 8192;

/** The elements of a float32 value, row-major. */
export const floatsOf = (x: Value): Float32Array => laidOut(x) as Float32Array;

/** `count` doubles in the kernels' memory, until it grows. */
export const doubles = (memory: Memory, at: number, count: number): Float64Array =>
  new Float64Array(memory.floats.buffer, at, count);

export class Rows {
  /** Rows of a piece, at most. */
  readonly most: number;

  constructor(
    private readonly memory: Memory,
    private readonly R: number,
    private readonly C: number,
  ) {
    this.most = Math.min(R, Math.max(1, Math.floor(piece / C)));
  }

  /** Room for a piece. */
  take(): number {
    return this.memory.take(this.most * this.C + 4);
  }

  /** One row, or of what is not there one that is filled. */
  parameter(row: Value | null, otherwise: number): number {
    const at = this.memory.take(this.C + 4);
    if (row === null) this.memory.floats.fill(otherwise, at / 4, at / 4 + this.C);
    else this.memory.floats.set(floatsOf(row), at / 4);
    return at;
  }

  /** Visits the pieces: the row each begins with, and how many it has. */
  each(visit: (first: number, count: number) => void): void {
    for (let r = 0; r < this.R; r += this.most) visit(r, Math.min(this.most, this.R - r));
  }

  load(data: Float32Array, first: number, count: number, at: number): void {
    this.memory.floats.set(data.subarray(first * this.C, (first + count) * this.C), at / 4);
  }

  store(at: number, first: number, count: number, data: Float32Array): void {
    data.set(this.memory.floats.subarray(at / 4, at / 4 + count * this.C), first * this.C);
  }
}
