/** Cross-entropy on class numbers, row by row: no softmax is ever stored. Sums in double precision. */

import { fresh, type Value } from "../value.js";
import { laidOut } from "./elementwise.js";

export function crossEntropy(x: Value, target: Value): { losses: Value; sums: Value } {
  const [R, C] = x.shape;
  const losses = fresh(x.dtype, [R]);
  const sums = fresh("float64", [R, 2]);
  const from = laidOut(x);
  const classes = laidOut(target);
  for (let r = 0, at = 0; r < R; r++, at += C) {
    let greatest = -Infinity;
    for (let j = 0; j < C; j++) greatest = Math.max(greatest, from[at + j]);
    let total = 0;
    for (let j = 0; j < C; j++) total += Math.exp(from[at + j] - greatest);
    losses.storage.data[r] = Math.log(total) - (from[at + classes[r]] - greatest);
    sums.storage.data.set([greatest, total], 2 * r);
  }
  return { losses, sums };
}

export function crossEntropyBackward(d: Value, x: Value, target: Value, sums: Value): Value {
  const [R, C] = x.shape;
  const dx = fresh(x.dtype, [R, C]);
  const [from, classes, arriving, kept] = [laidOut(x), laidOut(target), laidOut(d), laidOut(sums)];
  const to = dx.storage.data;
  for (let r = 0, at = 0; r < R; r++, at += C) {
    const [greatest, total] = [kept[2 * r], kept[2 * r + 1]];
    for (let j = 0; j < C; j++) {
      const p = Math.exp(from[at + j] - greatest) / total;
      to[at + j] = arriving[r] * (j === classes[r] ? p - 1 : p);
    }
  }
  return dx;
}
