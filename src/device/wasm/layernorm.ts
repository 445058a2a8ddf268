/** Layer normalisation in the kernels, float32 alone; null where they have no answer. */

import { laidOut } from "../js/elementwise.js";
import { elements, fresh, type Value } from "../value.js";
import type { Ops } from "./ops_module.js";
import { pieces } from "./pieces.js";

/** A row as it is, or of what is not there one that is filled. */
const rowOf = (row: Value | null, C: number, otherwise: number) =>
  row === null ? new Float32Array(C).fill(otherwise) : laidOut(row);

export function layerNorm(
  ops: Ops,
  x: Value,
  weight: Value | null,
  bias: Value | null,
  eps: number,
): { y: Value; moments: Value } | null {
  if (x.dtype !== "float32" || x.numel === 0) return null;
  const [R, C] = x.shape;
  const [y, moments] = [fresh("float32", [R, C]), fresh("float64", [R, 2])];
  const [from, to, found] = [laidOut(x), elements(y), elements(moments)];
  const [w, b] = [rowOf(weight, C, 1), rowOf(bias, C, 0)];
  pieces(ops, x.shape, [from], [to, found], [w, b], (at, count) =>
    ops.kernels.layerNorm(at(from), at(to), at(w), at(b), at(found), count, C, eps),
  );
  return { y, moments };
}

export function layerNormBackward(
  ops: Ops,
  dy: Value,
  x: Value,
  weight: Value | null,
  moments: Value,
): { dx: Value; dWeight: Value; dBias: Value } | null {
  if (x.dtype !== "float32" || x.numel === 0) return null;
  const [R, C] = x.shape;
  const [dx, dWeight, dBias] = [fresh("float32", [R, C]), fresh("float32", [C]), fresh("float32", [C])];
  const [d, from, found, to] = [laidOut(dy), laidOut(x), laidOut(moments), elements(dx)];
  const [w, dw, db] = [rowOf(weight, C, 1), new Float64Array(C), new Float64Array(C)];
  const [, weightSums, biasSums] = pieces(ops, x.shape, [d, from, found], [to], [w, dw, db], (at, count) =>
    ops.kernels.layerNormBackward(at(d), at(from), at(w), at(found), at(to), at(dw), at(db), count, C),
  );
  elements(dWeight).set(weightSums);
  elements(dBias).set(biasSums);
  return { dx, dWeight, dBias };
}
