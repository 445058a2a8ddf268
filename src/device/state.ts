/** What the stages of a net remember from step to step, and all of it one after the other. */

import type { Affine, Stepper } from "./device.js";

/** What one stage remembers: so many floats, which are read and written as one. */
export interface State {
  /** How many floats it has. */
  readonly length: number;
  /** Writes them into `into`, from `to` on. */
  read(into: Float32Array, to: number): void;
  /** Takes them from `values`, from `from` on. */
  write(values: Float32Array, from: number): void;
}

/** What a stepper does with the states of its stages. */
export function statesOf(states: readonly State[]): Pick<Stepper, "states" | "read" | "write"> {
  return {
    states: states.reduce((sum, { length }) => sum + length, 0),
    read(into) {
      let at = 0;
      for (const state of states) {
        state.read(into, at);
        at += state.length;
      }
    },
    write(values) {
      let at = 0;
      for (const state of states) {
        state.write(values, at);
        at += state.length;
      }
    },
  };
}

type Sizes = Pick<Affine, "inputSize" | "taps" | "dilation">;

/** Floats of a sequence's rings. */
const pitchOf = ({ inputSize, taps, dilation }: Sizes): number => dilation * 2 * taps * inputSize;

/** Floats of all rings, those of each sequence of the `batch`, for a convolution of such `sizes`. */
export const roomOf = (batch: number, sizes: Sizes): number => batch * pitchOf(sizes);

/**
 * The past inputs of a causal convolution, laid out so that those it multiplies stand side by side: steps that are
 * `dilation` apart share a ring of `taps` rows, and every row stands in its ring twice, `taps` rows apart. So some
 * `taps` rows in a row are always the last ones, the oldest first, and nothing is ever moved.
 */
export class Past implements State {
  /** N·C·(taps − 1)·dilation */
  readonly length: number;
  /** Floats from one sequence's rings to the next one's. */
  readonly pitch: number;
  /** The ring and the row in it that the next input goes to. */
  private ring = 0;
  private row = 0;

  /**
   * @param batch N, sequences side by side
   * @param sizes those of the convolution
   * @param memory in which the rings lie, from `at` on, as zeros
   * @param at where they begin, in floats
   */
  constructor(
    private readonly batch: number,
    private readonly sizes: Sizes,
    private readonly memory: () => Float32Array,
    private readonly at = 0,
  ) {
    const { inputSize, taps, dilation } = sizes;
    this.pitch = pitchOf(sizes);
    this.length = batch * inputSize * (taps - 1) * dilation;
  }

  /** Takes one row of each sequence, `width` apart in `x`, the first at `from`; where the first sequence's last `taps` rows stand now. */
  push(x: Float32Array, from: number, width: number): number {
    const { inputSize: C, taps, dilation } = this.sizes;
    const memory = this.memory();
    const first = this.at + (this.ring * 2 * taps + this.row) * C;
    for (let n = 0, to = first; n < this.batch; n++, to += this.pitch, from += width) {
      for (let i = 0; i < C; i++) {
        memory[to + i] = x[from + i];
        memory[to + taps * C + i] = x[from + i];
      }
    }
    if (++this.ring === dilation) {
      this.ring = 0;
      this.row = (this.row + 1) % taps;
    }
    return first + C;
  }

  /** The inputs [N, C, (taps − 1)·dilation], the oldest first, written `into` an array, `to` being the first place. */
  read(into: Float32Array, to: number): void {
    const { inputSize: C, taps, dilation } = this.sizes;
    const memory = this.memory();
    const next = this.row * dilation + this.ring;
    for (let n = 0; n < this.batch; n++) {
      for (let i = 0; i < C; i++) {
        for (let back = (taps - 1) * dilation; back > 0; back--) into[to++] = memory[this.place(n, next - back) + i];
      }
    }
  }

  write(values: Float32Array, from: number): void {
    const { inputSize: C, taps, dilation } = this.sizes;
    const memory = this.memory();
    this.ring = 0;
    this.row = 0;
    for (let n = 0; n < this.batch; n++) {
      for (let i = 0; i < C; i++) {
        // Once is enough: a row is read at its second place only after it was pushed again.
        for (let back = (taps - 1) * dilation; back > 0; back--) memory[this.place(n, -back) + i] = values[from++];
      }
    }
  }

  /** Where the row of a time stands first; times are counted around the rings. */
  private place(n: number, time: number): number {
    const { inputSize: C, taps, dilation } = this.sizes;
    const around = (time + taps * dilation) % (taps * dilation);
    const row = Math.floor(around / dilation);
    return this.at + n * this.pitch + ((around % dilation) * 2 * taps + row) * C;
  }
}
