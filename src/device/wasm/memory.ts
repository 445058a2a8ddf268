/**
 * The kernels' memory: in front what is held until it is released, behind it scratch, which is taken from the front and
 * forgotten all at once. Grown and never shrunk.
 *
 * Matrices are padded on their way in, with zeros, and lose the padding on their way out: the kernels work on widths
 * that are multiples of eight.
 */

import { whenCollected } from "./collected.js";
import type { Kernels } from "./module.js";

const page = 65536;
/** Where scratch has to end: no end of an array may be 2³², which is 0 in the kernels' 32 bits. */
const limit = 2 ** 32 - page;

/** Floats that owners have at most: a quarter of a gigabyte, as for packed weights. */
const mostOwned = 2 ** 26;

/** The next multiple of eight. */
export const padded = (size: number): number => (size + 7) & ~7;

/** Bytes of a place for `count` floats: a multiple of a cache line. */
const bytesOf = (count: number): number => Math.ceil(count / 16) * 64;

export class Memory {
  /** Where scratch begins. */
  protected floor: number;
  private next: number;
  private view: Float32Array;
  /** Released places below the floor, in order, none touching another. */
  private gaps: { at: number; end: number }[] = [];
  private readonly owned = whenCollected(({ at, count }: { at: number; count: number }) => {
    this.ownedFloats -= count;
    this.release(at, count);
  });
  /** How many floats have an owner. */
  private ownedFloats = 0;

  constructor(private readonly kernels: Kernels) {
    this.view = new Float32Array(kernels.memory.buffer);
    this.floor = (kernels.heap() + 63) & ~63;
    this.next = this.floor;
  }

  /** Forgets all that was taken, but not what is held. */
  reset(): void {
    this.next = this.floor;
  }

  /**
   * Room for `count` zeros until it is released. Forgets all that was taken.
   * @throws RangeError where memory cannot hold them
   */
  hold(count: number): number {
    const bytes = bytesOf(count);
    const gap = this.gaps.find(({ at, end }) => end - at >= bytes);
    let at = this.floor;
    if (gap === undefined) {
      this.ensure(at + bytes);
      this.floor = at + bytes;
    } else {
      at = gap.at;
      gap.at += bytes;
      this.gaps = this.gaps.filter((other) => other.at < other.end);
    }
    this.reset();
    this.floats.fill(0, at / 4, (at + bytes) / 4);
    return at;
  }

  /**
   * Whether owners may have so many floats more. Owners that are gone are told of between tasks only: a loop that makes
   * one after another would otherwise fill all of memory.
   */
  allows(count: number): boolean {
    return this.ownedFloats + count <= mostOwned;
  }

  /** What is held is released when its owner is collected, too. */
  own(owner: object, at: number, count: number): void {
    this.ownedFloats += count;
    this.owned.register(owner, { at, count }, owner);
  }

  /** Gives back what `hold(count)` gave. Forgets all that was taken. */
  release(at: number, count: number, owner?: object): void {
    if (owner !== undefined) {
      this.owned.unregister(owner);
      this.ownedFloats -= count;
    }
    const merged: { at: number; end: number }[] = [];
    for (const gap of [...this.gaps, { at, end: at + bytesOf(count) }].sort((a, b) => a.at - b.at)) {
      const last = merged[merged.length - 1];
      if (last?.end === gap.at) last.end = gap.end;
      else merged.push(gap);
    }
    if (merged[merged.length - 1].end === this.floor) this.floor = (merged.pop() as { at: number }).at;
    this.gaps = merged;
    this.reset();
  }

  private ensure(end: number): void {
    if (end > limit) throw new RangeError(`the kernels' memory ends at ${limit} bytes, which ${end} are not within`);
    const missing = end - this.kernels.memory.buffer.byteLength;
    if (missing > 0) this.kernels.memory.grow(Math.ceil(missing / page));
  }

  /** All of memory as floats; another array after memory has grown. */
  get floats(): Float32Array {
    // Growth detaches the array, which then has no length; asking memory for its buffer would cost more.
    if (this.view.length === 0) this.view = new Float32Array(this.kernels.memory.buffer);
    return this.view;
  }

  /** Room for `count` floats, with anything in it. @throws RangeError where memory cannot hold them. */
  take(count: number): number {
    const at = this.next;
    this.ensure(at + bytesOf(count));
    this.next = at + bytesOf(count);
    return at;
  }

  /** Room for `count` zeros. */
  zeros(count: number): number {
    const at = this.take(count);
    this.floats.fill(0, at / 4, at / 4 + count);
    return at;
  }

  /** Copies whole numbers in. */
  integers(list: readonly number[]): number {
    const at = this.take(list.length);
    new Int32Array(this.kernels.memory.buffer).set(list, at / 4);
    return at;
  }

  /** Copies floats in as they are. */
  place(data: Float32Array): number {
    const at = this.take(data.length);
    this.floats.set(data, at / 4);
    return at;
  }

  /** Copies rows of `width` in, each padded. */
  load(data: Float32Array, width: number): number {
    const wide = padded(width);
    if (wide === width) return this.place(data);
    const rows = data.length / width;
    const at = this.zeros(rows * wide);
    for (let row = 0, to = at / 4; row < rows; row++, to += wide) {
      this.floats.set(data.subarray(row * width, (row + 1) * width), to);
    }
    return at;
  }

  /** Copies a matrix in whose rows come in blocks of `height`; blocks and rows are padded. */
  loadBlocks(data: Float32Array, height: number, width: number): number {
    const tall = padded(height);
    if (tall === height) return this.load(data, width);
    const blocks = data.length / (height * width);
    const wide = padded(width);
    const at = this.zeros(blocks * tall * wide);
    for (let row = 0; row < blocks * height; row++) {
      const to = Math.floor(row / height) * tall + (row % height);
      this.floats.set(data.subarray(row * width, (row + 1) * width), at / 4 + to * wide);
    }
    return at;
  }

  /** Copies rows of `width` out, without their padding. */
  store(at: number, rows: number, width: number): Float32Array {
    const wide = padded(width);
    const { floats } = this;
    if (wide === width) return floats.slice(at / 4, at / 4 + rows * width);
    const out = new Float32Array(rows * width);
    for (let row = 0, from = at / 4; row < rows; row++, from += wide) {
      out.set(floats.subarray(from, from + width), row * width);
    }
    return out;
  }

  /** Copies a matrix out whose rows come in padded blocks. */
  storeBlocks(at: number, blocks: number, height: number, width: number): Float32Array {
    const tall = padded(height);
    if (tall === height) return this.store(at, blocks * height, width);
    const out = new Float32Array(blocks * height * width);
    for (let block = 0; block < blocks; block++) {
      out.set(this.store(at + block * tall * padded(width) * 4, height, width), block * height * width);
    }
    return out;
  }
}
