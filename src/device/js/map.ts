/** A function of one element at a time that is no kernel of its own: called for each, and rounded once. */

import { fresh, type Value } from "../value.js";
import { laidOut } from "./elementwise.js";

export function map(f: (x: number) => number, x: Value): Value {
  const out = fresh(x.dtype, x.shape);
  const from = laidOut(x);
  const to = out.storage.data;
  for (let i = 0; i < to.length; i++) to[i] = f(from[i]);
  return out;
}
