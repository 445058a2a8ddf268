/**
 * The cells that kernels know: some of the first module by their numbers, others in modules of their own, which are
 * linked when a run first needs them.
 */

import type { Cell } from "../cell.js";
import { gru } from "../cells/gru.js";
import { lstm } from "../cells/lstm.js";
import { rnnRelu, rnnTanh } from "../cells/rnn.js";
import { type Kernels, link } from "./module.js";

/** Under their numbers in kernels/recurrence.ts. They keep what the records keep. */
const numbers: ReadonlyMap<Cell, number> = new Map([rnnTanh, rnnRelu, lstm, gru].map((cell, i) => [cell, i]));

/** Where a step is: the module, and the name under which it exports it; its backward is called so, too, with that word. */
interface Place {
  readonly module: string | Uint8Array;
  readonly name: string;
}
const places = new WeakMap<Cell, Place>();

/** Says in which module the kernels of a cell are; gives the cell, so that whoever takes that one takes the module along. */
export function withKernels<States extends number>(
  module: string | Uint8Array,
  name: string,
  cell: Cell<States>,
): Cell<States> {
  places.set(cell, { module, name });
  return cell;
}

const linked = new WeakMap<Kernels, Map<Place, number | null>>();

/** Puts a step and its backward into the kernels' table; null where the engine refuses the module. */
function enter(kernels: Kernels, { module, name }: Place): number | null {
  const steps = link<Record<string, unknown>>(module, kernels.memory, kernels);
  if (steps === null) return null;
  const at = kernels.table.grow(2);
  kernels.table.set(at, steps[name]);
  kernels.table.set(at + 1, steps[`${name}Backward`]);
  return -at;
}

/** What the kernels are told of a cell: its number, or, below 0, its place in their table; null for one that they do not know. */
export function numberOf(kernels: Kernels, cell: Cell): number | null {
  const place = places.get(cell);
  if (place === undefined) return numbers.get(cell) ?? null;
  const all = linked.get(kernels) ?? new Map<Place, number | null>();
  linked.set(kernels, all);
  let number = all.get(place);
  if (number === undefined) {
    number = enter(kernels, place);
    all.set(place, number);
  }
  return number;
}
