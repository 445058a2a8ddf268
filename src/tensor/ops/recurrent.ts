/** One direction of one recurrent layer over a whole sequence: handed to the device in one piece. */

import type { Cell } from "../../device/cell.js";
import type { Run, Sequence } from "../../device/device.js";
import type { Value } from "../../device/value.js";
import { device, rowMajor } from "../kernels.js";
import type { Op } from "./op.js";

/** What does not flow through the graph. `keep`: whether backward will be asked for. */
export interface Recurrence {
  readonly cell: Cell;
  readonly steps: readonly number[];
  readonly reverse: boolean;
  readonly keep: boolean;
}

/** The number of arguments before the weights: the recurrence, the input, h and c. */
const lead = 4;

/**
 * (input, h₀, c₀; W_ih, W_hh, b_ih, b_hh, W_hr) → [output, h_n, c_n]. What a cell lacks is null; c_n is there for an
 * LSTM. The equations and their gradients stand with the cells, the walk over time with the recurrence.
 */
export const recurrent: Op<
  [Recurrence, Value, Value, Value | null, Value, Value | null, Value | null, Value | null, Value | null],
  Value[],
  [Sequence, Run, ...Value[]]
> = {
  name: "Recurrent",

  forward: ({ cell, steps, reverse, keep }, input, h, c, ih, hh, biasIh, biasHh, hr) => {
    const given = [input, h, c, ih, hh, biasIh, biasHh, hr].filter((value) => value !== null);
    const whole = (value: Value | null) => value && rowMajor(value);
    const sequence: Sequence = {
      cell,
      steps,
      reverse,
      input: rowMajor(input),
      initial: c === null ? [rowMajor(h)] : [rowMajor(h), rowMajor(c)],
      weights: { ih: rowMajor(ih), hh: whole(hh), biasIh: whole(biasIh), biasHh: whole(biasHh), hr: whole(hr) },
    };
    const run = device().forward(sequence, keep);
    return [
      [run.output, ...run.final],
      [sequence, run, ...given, run.output],
    ];
  },

  backward: ([dOutput, ...dFinal], [sequence, run], needs) => {
    const final = dFinal.map((d) => d && rowMajor(d));
    const arriving = { output: dOutput && rowMajor(dOutput), final };
    const wanted = { input: needs[1], weights: needs.slice(lead).includes(true) };
    const { input, initial, weights } = run.device.backward(sequence, run, arriving, wanted);
    const [h, c = null] = initial;
    return [
      null,
      input,
      h,
      c,
      ...(["ih", "hh", "biasIh", "biasHh", "hr"] as const).map((name) => weights?.[name] ?? null),
    ];
  },
};
