/** A cell's own parameters, side by side in the order of its record: whole blocks of H units, each padded. */

import type { Cell } from "../cell.js";
import { padded } from "./memory.js";

/** Each with its number of units, and of floats once they are padded. */
function shapes(cell: Cell, H: number) {
  return Object.entries(cell.own?.(H) ?? {}).map(([name, shape]) => {
    const count = shape.reduce((a, b) => a * b, 1);
    return { name, shape, count, wide: (count / H) * padded(H) };
  });
}

/** Floats of all of them. */
export const ownRoom = (cell: Cell, H: number): number => shapes(cell, H).reduce((sum, { wide }) => sum + wide, 0);

/** All of them as they lie. */
export function ownOf(cell: Cell, H: number, own: Readonly<Record<string, Float32Array>>): Float32Array {
  const out = new Float32Array(ownRoom(cell, H));
  let at = 0;
  for (const { name, count, wide } of shapes(cell, H)) {
    for (let i = 0; i < count; i++) out[at + Math.floor(i / H) * padded(H) + (i % H)] = own[name][i];
    at += wide;
  }
  return out;
}

/** Numbers that lie so, by name; each in the shape of what it belongs to. */
export function byName(cell: Cell, H: number, all: Float64Array) {
  let at = 0;
  return shapes(cell, H).map(({ name, shape, count, wide }) => {
    const data = Float32Array.from({ length: count }, (_, i) => all[at + Math.floor(i / H) * padded(H) + (i % H)]);
    at += wide;
    return { name, shape, data };
  });
}
