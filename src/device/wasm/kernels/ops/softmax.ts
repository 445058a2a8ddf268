/**
 * softmax and its logarithm, and their gradients, of rows, in place. Sums are double precision. What a row of no whole
 * number of fours leaves over is read with what follows it, which is written back as it was. NaN reaches the sum, and by
 * it the row. Pointers are bytes.
 */

import { apart, within } from "../checks";
import { log as logarithm, share } from "./functions";
import { first, high, low, total } from "./lanes";

/** Writes the floats that `mask` names. */
// @ts-ignore: decorator
@inline
function put(at: usize, x: v128, mask: v128): void {
  v128.store(at, v128.bitselect(x, v128.load(at), mask));
}

/** Of each of `count` rows. */
export function softmaxRows(log: bool, at: usize, count: i32, along: i32): void {
  assert(within(at, <usize>count * <usize>along * 4));
  const none = f32x4.splat(-Infinity);
  for (let i = 0; i < count; i++, at += <usize>along * 4) {
    let most = none;
    for (let j = 0; j < along; j += 4) {
      most = f32x4.pmax(most, v128.bitselect(v128.load(at + <usize>j * 4), none, first(along - j)));
    }
    most = f32x4.pmax(most, v128.shuffle<i32>(most, most, 2, 3, 0, 1));
    most = f32x4.pmax(most, v128.shuffle<i32>(most, most, 1, 0, 3, 2));
    let a = f64x2.splat(0);
    let b = a;
    for (let j = 0; j < along; j += 4) {
      const p = at + <usize>j * 4;
      const mask = first(along - j);
      const e = v128.and(share(f32x4.sub(v128.load(p), most)), mask);
      if (!log) put(p, e, mask);
      a = f64x2.add(a, low(e));
      b = f64x2.add(b, high(e));
    }
    const sum = <f32>total(f64x2.add(a, b));
    const shift = log ? logarithm(f32x4.splat(sum)) : f32x4.splat(1 / sum);
    for (let j = 0; j < along; j += 4) {
      const p = at + <usize>j * 4;
      const x = v128.load(p);
      put(p, log ? f32x4.sub(f32x4.sub(x, most), shift) : f32x4.mul(x, shift), first(along - j));
    }
  }
}

/** y·(dy − Σ dy·y), or of log softmax dy − eʸ·Σ dy, over dy. */
export function softmaxBackwardRows(log: bool, dy: usize, y: usize, count: i32, along: i32): void {
  const bytes = <usize>count * <usize>along * 4;
  assert(within(dy, bytes) && within(y, bytes) && apart(dy, bytes, y, bytes));
  for (let i = 0; i < count; i++, dy += <usize>along * 4, y += <usize>along * 4) {
    let a = f64x2.splat(0);
    let b = a;
    for (let j = 0; j < along; j += 4) {
      const d = v128.load(dy + <usize>j * 4);
      const term = v128.and(log ? d : f32x4.mul(d, v128.load(y + <usize>j * 4)), first(along - j));
      a = f64x2.add(a, low(term));
      b = f64x2.add(b, high(term));
    }
    const sum = f32x4.splat(<f32>total(f64x2.add(a, b)));
    for (let j = 0; j < along; j += 4) {
      const p = v128.load(y + <usize>j * 4);
      const d = v128.load(dy + <usize>j * 4);
      const dx = log ? f32x4.sub(d, f32x4.mul(share(p), sum)) : f32x4.mul(p, f32x4.sub(d, sum));
      put(dy + <usize>j * 4, dx, first(along - j));
    }
  }
}
