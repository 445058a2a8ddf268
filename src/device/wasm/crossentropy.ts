/** Cross-entropy on class numbers in the kernels, float32 alone; null where they have no answer. */

import { laidOut } from "../js/elementwise.js";
import { fresh, type Value } from "../value.js";
import type { Ops } from "./ops_module.js";
import { doubles, floatsOf, Rows } from "./rows.js";

export function crossEntropy({ kernels, memory }: Ops, x: Value, target: Value): { losses: Value; sums: Value } | null {
  if (x.dtype !== "float32" || x.numel === 0) return null;
  const [R, C] = x.shape;
  const [losses, sums] = [fresh("float32", [R]), fresh("float64", [R, 2])];
  memory.reset();
  const rows = new Rows(memory, R, C);
  const from = rows.take();
  const found = memory.take(4 * rows.most);
  const [data, classes] = [floatsOf(x), laidOut(target)];
  rows.each((first, count) => {
    rows.load(data, first, count, from);
    kernels.rowSums(from, found, count, C);
    const kept = doubles(memory, found, 2 * count);
    sums.storage.data.set(kept, 2 * first);
    for (let r = 0, at = first * C; r < count; r++, at += C) {
      losses.storage.data[first + r] = Math.log(kept[2 * r + 1]) - (data[at + classes[first + r]] - kept[2 * r]);
    }
  });
  return { losses, sums };
}

export function crossEntropyBackward(
  { kernels, memory }: Ops,
  d: Value,
  x: Value,
  target: Value,
  sums: Value,
): Value | null {
  if (x.dtype !== "float32" || x.numel === 0) return null;
  const [R, C] = x.shape;
  const dx = fresh("float32", [R, C]);
  memory.reset();
  const rows = new Rows(memory, R, C);
  const [from, to] = [rows.take(), rows.take()];
  const [found, scales] = [memory.take(4 * rows.most), memory.take(rows.most)];
  const [data, classes, arriving, kept] = [floatsOf(x), laidOut(target), floatsOf(d), laidOut(sums)];
  const out = floatsOf(dx);
  rows.each((first, count) => {
    rows.load(data, first, count, from);
    memory.floats.set(arriving.subarray(first, first + count), scales / 4);
    doubles(memory, found, 2 * count).set(kept.subarray(2 * first, 2 * (first + count)));
    kernels.softmaxGradient(scales, from, found, to, count, C);
    rows.store(to, first, count, out);
    for (let r = first; r < first + count; r++) out[r * C + classes[r]] -= arriving[r];
  });
  return dx;
}
