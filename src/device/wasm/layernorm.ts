/** Layer normalisation in the kernels, float32 alone; null where they have no answer. */

import { laidOut } from "../js/elementwise.js";
import { fresh, type Value } from "../value.js";
import type { Ops } from "./ops_module.js";
import { doubles, floatsOf, Rows } from "./rows.js";

export function layerNorm(
  { kernels, memory }: Ops,
  x: Value,
  weight: Value | null,
  bias: Value | null,
  eps: number,
): { y: Value; moments: Value } | null {
  if (x.dtype !== "float32" || x.numel === 0) return null;
  const [R, C] = x.shape;
  const [y, moments] = [fresh("float32", [R, C]), fresh("float64", [R, 2])];
  memory.reset();
  const rows = new Rows(memory, R, C);
  const [from, to] = [rows.take(), rows.take()];
  const [w, b] = [rows.parameter(weight, 1), rows.parameter(bias, 0)];
  const found = memory.take(4 * rows.most);
  const data = floatsOf(x);
  rows.each((r, count) => {
    rows.load(data, r, count, from);
    kernels.layerNorm(from, to, w, b, found, count, C, eps);
    rows.store(to, r, count, floatsOf(y));
    moments.storage.data.set(doubles(memory, found, 2 * count), 2 * r);
  });
  return { y, moments };
}

export function layerNormBackward(
  { kernels, memory }: Ops,
  dy: Value,
  x: Value,
  weight: Value | null,
  moments: Value,
): { dx: Value; dWeight: Value; dBias: Value } | null {
  if (x.dtype !== "float32" || x.numel === 0) return null;
  const [R, C] = x.shape;
  const [dx, dWeight, dBias] = [fresh("float32", [R, C]), fresh("float32", [C]), fresh("float32", [C])];
  memory.reset();
  const rows = new Rows(memory, R, C);
  const [d, from, to] = [rows.take(), rows.take(), rows.take()];
  const w = rows.parameter(weight, 1);
  const found = memory.take(4 * rows.most);
  const sums = [memory.zeros(2 * C + 8), memory.zeros(2 * C + 8)];
  const [arriving, data, kept] = [floatsOf(dy), floatsOf(x), laidOut(moments)];
  rows.each((r, count) => {
    rows.load(arriving, r, count, d);
    rows.load(data, r, count, from);
    doubles(memory, found, 2 * count).set(kept.subarray(2 * r, 2 * (r + count)));
    kernels.layerNormBackward(d, from, w, found, to, sums[0], sums[1], count, C);
    rows.store(to, r, count, floatsOf(dx));
  });
  dWeight.storage.data.set(doubles(memory, sums[0], C));
  dBias.storage.data.set(doubles(memory, sums[1], C));
  return { dx, dWeight, dBias };
}
