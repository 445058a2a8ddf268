/**
 * softmax and its logarithm, and their gradients, of rows. Sums are double precision. What is read or written beyond a
 * row's end is the next row's beginning, or room that the caller left: four floats behind each array. NaN reaches the
 * sum, and by it the row. Pointers are bytes.
 */

import { apart, within } from "../checks";
import { sumRow } from "./crossentropy";
import { log as logarithm, share } from "./functions";
import { first, high, low, total } from "../lanes";

/** The greatest and the sum of a row. */
const found = memory.data(16, 16);

/** Of each of `count` rows. */
export function softmaxRows(log: bool, x: usize, y: usize, count: i32, along: i32): void {
  const bytes = <usize>along * 4;
  const all = <usize>count * bytes + 16;
  assert(within(x, all) && within(y, all) && apart(x, all, y, all));
  for (let i = 0; i < count; i++, x += bytes, y += bytes) {
    sumRow(x, log ? 0 : y, found, along);
    const sum = <f32>load<f64>(found, 8);
    if (log) {
      const most = f32x4.splat(<f32>load<f64>(found));
      const shift = logarithm(f32x4.splat(sum));
      for (let j: usize = 0; j < bytes; j += 16) v128.store(y + j, f32x4.sub(f32x4.sub(v128.load(x + j), most), shift));
    } else {
      const scale = f32x4.splat(1 / sum);
      for (let j: usize = 0; j < bytes; j += 16) v128.store(y + j, f32x4.mul(v128.load(y + j), scale));
    }
  }
}

/** y·(dy − Σ dy·y), or of log softmax dy − eʸ·Σ dy. */
export function softmaxBackwardRows(log: bool, dy: usize, y: usize, dx: usize, count: i32, along: i32): void {
  const bytes = <usize>along * 4;
  const all = <usize>count * bytes + 16;
  assert(within(dy, all) && within(y, all) && within(dx, all) && apart(dy, all, dx, all) && apart(y, all, dx, all));
  for (let i = 0; i < count; i++, dy += bytes, y += bytes, dx += bytes) {
    let a = f64x2.splat(0);
    let b = a;
    for (let j = 0; j < along; j += 4) {
      const d = v128.load(dy + <usize>j * 4);
      const term = v128.and(log ? d : f32x4.mul(d, v128.load(y + <usize>j * 4)), first(along - j));
      a = f64x2.add(a, low(term));
      b = f64x2.add(b, high(term));
    }
    const sum = f32x4.splat(<f32>total(f64x2.add(a, b)));
    for (let j: usize = 0; j < bytes; j += 16) {
      const p = v128.load(y + j);
      const d = v128.load(dy + j);
      v128.store(dx + j, log ? f32x4.sub(d, f32x4.mul(share(p), sum)) : f32x4.mul(p, f32x4.sub(d, sum)));
    }
  }
}
