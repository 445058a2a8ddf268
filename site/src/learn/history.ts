/** What the page draws of a training: all losses, and what was measured first and last. */

import type { Cell } from "./settings.js";
import type { Measured, Report } from "./training.js";

export interface CellHistory {
  /** Of each batch, from step 1 on. */
  readonly losses: number[];
  /** Before anything was learnt. */
  readonly first: Measured;
  last: Measured;
}

export interface History {
  step: number;
  readonly cells: Map<Cell, CellHistory>;
}

export const emptyHistory = (): History => ({ step: 0, cells: new Map() });

/** Adds a report. The first one, which has measured all, says which cells there are. */
export function add(history: History, { step, cells }: Report): void {
  history.step = step;
  for (const [name, { loss, measured }] of Object.entries(cells)) {
    const cell = history.cells.get(name as Cell);
    if (cell === undefined) {
      if (measured !== null) history.cells.set(name as Cell, { losses: [], first: measured, last: measured });
      continue;
    }
    if (loss !== null) cell.losses.push(loss);
    if (measured !== null) cell.last = measured;
  }
}

/** The powers of ten between which all these norms lie, as the ends of an axis. */
export function decades(norms: readonly number[]): [low: number, high: number] {
  const powers = norms.filter((norm) => norm > 0).map(Math.log10);
  const low = powers.reduce((least, power) => Math.min(least, Math.floor(power)), -6);
  const high = powers.reduce((most, power) => Math.max(most, Math.ceil(power)), 0);
  return [10 ** low, 10 ** high];
}
