/** Whole rows of a table: picked by number, and added to by number. What has few numbers a row is copied one by one. */

import { elements, fresh, type TypedArray, type Value } from "../value.js";
import { laidOut } from "./elementwise.js";

/** Below as many numbers a row, making a view of it costs more than copying it. */
const long = 64;

export function takeRows(x: Value, index: Value): Value {
  const D = x.shape[1];
  const rows = laidOut(index);
  const out = fresh(x.dtype, [rows.length, D]);
  const from = laidOut(x);
  const to = out.storage.data;
  for (let r = 0, t = 0; r < rows.length; r++, t += D) {
    const f = rows[r] * D;
    if (D >= long) to.set(from.subarray(f, f + D), t);
    else for (let j = 0; j < D; j++) to[t + j] = from[f + j];
  }
  return out;
}

export function scatterAddRows(into: Value, index: Value, source: Value, skip: number | null): void {
  const D = into.shape[1];
  const rows = laidOut(index);
  const to = elements(into);
  const from = laidOut(source);
  for (let r = 0; r < rows.length; r++) if (rows[r] !== skip) addRow(to, rows[r] * D, from, r * D, D);
}

function addRow(to: TypedArray, t: number, from: TypedArray, f: number, count: number): void {
  for (let j = 0; j < count; j++) to[t + j] += from[f + j];
}
