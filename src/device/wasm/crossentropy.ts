/** Cross-entropy on class numbers in the kernels, float32 alone; null where they have no answer. */

import { laidOut } from "../js/elementwise.js";
import { elements, fresh, type Value } from "../value.js";
import type { Ops } from "./ops_module.js";
import { pieces } from "./pieces.js";

export function crossEntropy(ops: Ops, x: Value, target: Value): { losses: Value; sums: Value } | null {
  if (x.dtype !== "float32" || x.numel === 0) return null;
  const [R, C] = x.shape;
  const [losses, sums] = [fresh("float32", [R]), fresh("float64", [R, 2])];
  const [from, classes, found, to] = [laidOut(x), laidOut(target), elements(sums), elements(losses)];
  pieces(ops, x.shape, [from], [found], [], (at, count) => ops.kernels.rowSums(at(from), at(found), count, C));
  for (let r = 0; r < R; r++) to[r] = Math.log(found[2 * r + 1]) - (from[r * C + classes[r]] - found[2 * r]);
  return { losses, sums };
}

export function crossEntropyBackward(ops: Ops, d: Value, x: Value, target: Value, sums: Value): Value | null {
  if (x.dtype !== "float32" || x.numel === 0) return null;
  const [R, C] = x.shape;
  const dx = fresh("float32", [R, C]);
  const [arriving, from, found, classes, to] = [...[d, x, sums, target].map((value) => laidOut(value)), elements(dx)];
  pieces(ops, x.shape, [arriving, from, found], [to], [], (at, count) =>
    ops.kernels.softmaxGradient(at(arriving), at(from), at(found), at(to), count, C),
  );
  for (let r = 0; r < R; r++) to[r * C + classes[r]] -= arriving[r];
  return dx;
}
