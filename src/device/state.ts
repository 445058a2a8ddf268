/** What a stage of a net remembers from step to step, and all of it one after the other. */

import type { Stepper } from "./device.js";

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
