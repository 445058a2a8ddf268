/** One recurrent layer over a whole sequence, in one direction or two: handed to the device in one piece. */

import type { Cell } from "../../device/cell.js";
import type { Run, Sequence, Weights } from "../../device/device.js";
import type { Value } from "../../device/value.js";
import { add, device, rowMajor } from "../kernels.js";
import type { Op } from "./op.js";

/** What does not flow through the graph. */
export interface Recurrence {
  readonly cell: Cell;
  readonly steps: readonly number[];
  /** Of each direction, whether it runs from the last step to the first. */
  readonly reverse: readonly boolean[];
  /** Whether backward will be asked for. */
  readonly keep: boolean;
  /** Of each direction what its recurrent weight's operand is multiplied by, [N, P]; it has no gradient. */
  readonly masks?: readonly Value[] | undefined;
}

const roles = ["ih", "hh", "biasIh", "biasHh", "hr"] as const;
/** The number of arguments before those of the directions: the recurrence and the input. */
const lead = 2;

/** The arguments of one direction: its initial states and its weights. */
export function directionOf<T>(initial: readonly T[], weights: Weights<T>): (T | null)[] {
  return [...initial, ...roles.map((role) => weights[role]), ...Object.values(weights.own ?? {})];
}

/** The names of a cell's own parameters, and how many arguments a direction of it has. */
function layoutOf({ states, own }: Cell) {
  const names = own === undefined ? [] : Object.keys(own(1));
  return { names, width: states + roles.length + names.length };
}

const none: Readonly<Record<string, Value>> = {};

/** A cell's own parameters by name. */
function named(names: readonly string[], own: readonly (Value | null)[]): Readonly<Record<string, Value>> {
  return names.length === 0 ? none : Object.fromEntries(names.map((name, i) => [name, own[i] as Value]));
}

/**
 * (input; of each direction its initial states, W_ih, W_hh, b_ih, b_hh, W_hr, and what the cell has of its own) → of each
 * direction its output and final states. What a cell lacks is null. The equations and their gradients stand with the
 * cells, the walk over time with the recurrence.
 */
export const recurrent: Op<[Recurrence, Value, ...(Value | null)[]], Value[], [Sequence[], Run[], ...Value[]]> = {
  name: "Recurrent",

  forward: ({ cell, steps, reverse, keep, masks }, input, ...rest) => {
    const { names, width } = layoutOf(cell);
    const x = rowMajor(input);
    const directions: Sequence[] = [];
    for (let i = 0; i < reverse.length; i++) {
      const given = rest.slice(i * width, (i + 1) * width).map((value) => value && rowMajor(value));
      const initial = given.slice(0, cell.states) as Value[];
      const [ih, hh, biasIh, biasHh, hr, ...own] = given.slice(cell.states);
      const weights = { ih: ih as Value, hh, biasIh, biasHh, hr, own: named(names, own) };
      directions.push({ cell, steps, reverse: reverse[i], input: x, initial, weights, mask: masks?.[i] ?? null });
    }
    const runs = device().forward(directions, keep);
    const results: Value[] = [];
    const outputs: Value[] = [];
    for (const { output, final } of runs) {
      results.push(output, ...final);
      outputs.push(output);
    }
    return [results, [directions, runs, input, ...rest.filter((value) => value !== null), ...outputs]];
  },

  backward: (arriving, [directions, runs], needs) => {
    const { cell } = directions[0];
    const { names, width } = layoutOf(cell);
    const rows = arriving.map((d) => d && rowMajor(d));
    const returns = directions.map((sequence, i) => {
      const [output, ...final] = rows.slice(i * (1 + cell.states), (i + 1) * (1 + cell.states));
      const weights = needs.slice(lead + i * width + cell.states, lead + (i + 1) * width).includes(true);
      return { sequence, run: runs[i], d: { output, final }, needs: { input: needs[1], weights } };
    });
    // A direction whose results nobody used has no gradients.
    const used = returns.filter(({ d }) => d.output !== null || d.final.some((state) => state !== null));
    const gone = runs[0].device.backward(used);
    const inputs: Value[] = [];
    const leaving: (Value | null)[] = [];
    for (const one of returns) {
      const { input = null, initial = [], weights = null } = gone[used.indexOf(one)] ?? {};
      if (input !== null) inputs.push(input);
      for (let i = 0; i < cell.states; i++) leaving.push(initial[i] ?? null);
      for (const role of roles) leaving.push(weights?.[role] ?? null);
      for (const name of names) leaving.push(weights?.own?.[name] ?? null);
    }
    return [null, inputs.length === 0 ? null : inputs.reduce((sum, d) => add(sum, d)), ...leaving];
  },
};
