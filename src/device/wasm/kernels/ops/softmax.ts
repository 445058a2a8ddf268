/**
 * softmax and its logarithm, and their gradients, in place: along rows, and down columns. Sums are double precision.
 * What rows of no whole number of fours leave over is read with what follows it, which is written back as it was.
 * NaN reaches the sum, and by it the row. Pointers are bytes.
 */

import { apart, within } from "../checks";
import { log as logarithm, share } from "./functions";

const lanes = memory.data<i32>([0, 1, 2, 3]);

/** Ones in the first `count` of four floats. */
// @ts-ignore: decorator
@inline
function first(count: i32): v128 {
  return i32x4.lt_s(v128.load(lanes), i32x4.splat(count));
}

/** Writes the floats that `mask` names. */
// @ts-ignore: decorator
@inline
function put(at: usize, x: v128, mask: v128): void {
  v128.store(at, v128.bitselect(x, v128.load(at), mask));
}

// @ts-ignore: decorator
@inline
function low(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

// @ts-ignore: decorator
@inline
function high(x: v128): v128 {
  return f64x2.promote_low_f32x4(i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15));
}

/** The sum of four doubles, as a float. */
// @ts-ignore: decorator
@inline
function total(a: v128, b: v128): f32 {
  const both = f64x2.add(a, b);
  return <f32>(f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1));
}

// @ts-ignore: decorator
@inline
function row(log: bool, at: usize, end: usize, rest: v128): void {
  const none = f32x4.splat(-Infinity);
  let most = none;
  let p = at;
  for (; p < end; p += 16) most = f32x4.pmax(most, v128.load(p));
  most = f32x4.pmax(most, v128.bitselect(v128.load(p), none, rest));
  most = f32x4.pmax(most, i8x16.shuffle(most, most, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  most = f32x4.pmax(most, i8x16.shuffle(most, most, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
  let a = f64x2.splat(0);
  let b = a;
  for (p = at; p < end; p += 16) {
    const e = share(f32x4.sub(v128.load(p), most));
    if (!log) v128.store(p, e);
    a = f64x2.add(a, low(e));
    b = f64x2.add(b, high(e));
  }
  const e = v128.and(share(f32x4.sub(v128.load(p), most)), rest);
  if (!log) put(p, e, rest);
  a = f64x2.add(a, low(e));
  b = f64x2.add(b, high(e));
  const sum = total(a, b);
  if (log) {
    const shift = logarithm(f32x4.splat(sum));
    for (p = at; p < end; p += 16) v128.store(p, f32x4.sub(f32x4.sub(v128.load(p), most), shift));
    put(p, f32x4.sub(f32x4.sub(v128.load(p), most), shift), rest);
  } else {
    const factor = f32x4.splat(1 / sum);
    for (p = at; p < end; p += 16) v128.store(p, f32x4.mul(v128.load(p), factor));
    put(p, f32x4.mul(v128.load(p), factor), rest);
  }
}

/** Of each of `count` rows. */
export function softmaxRows(log: bool, at: usize, count: i32, along: i32): void {
  assert(within(at, <usize>count * <usize>along * 4));
  const rest = first(along & 3);
  const whole = <usize>(along & ~3) * 4;
  for (let i = 0; i < count; i++, at += <usize>along * 4) {
    if (log) row(true, at, at + whole, rest);
    else row(false, at, at + whole, rest);
  }
}

/** y·(dy − sum), or of log softmax dy − eʸ·sum */
// @ts-ignore: decorator
@inline
function gradient(log: bool, d: v128, y: v128, sum: v128): v128 {
  return log ? f32x4.sub(d, f32x4.mul(share(y), sum)) : f32x4.mul(y, f32x4.sub(d, sum));
}

/** Over dy. */
export function softmaxBackwardRows(log: bool, dy: usize, y: usize, count: i32, along: i32): void {
  const bytes = <usize>count * <usize>along * 4;
  assert(within(dy, bytes) && within(y, bytes) && apart(dy, bytes, y, bytes));
  const rest = first(along & 3);
  const whole = <usize>(along & ~3) * 4;
  for (let i = 0; i < count; i++, dy += <usize>along * 4, y += <usize>along * 4) {
    let a = f64x2.splat(0);
    let b = a;
    let p: usize = 0;
    for (; p < whole; p += 16) {
      const d = v128.load(dy + p);
      const term = log ? d : f32x4.mul(d, v128.load(y + p));
      a = f64x2.add(a, low(term));
      b = f64x2.add(b, high(term));
    }
    const d = v128.load(dy + p);
    const term = v128.and(log ? d : f32x4.mul(d, v128.load(y + p)), rest);
    const sum = f32x4.splat(total(f64x2.add(a, low(term)), f64x2.add(b, high(term))));
    for (p = 0; p < whole; p += 16) v128.store(dy + p, gradient(log, v128.load(dy + p), v128.load(y + p), sum));
    put(dy + p, gradient(log, v128.load(dy + p), v128.load(y + p), sum), rest);
  }
}

/** Adds four floats to four doubles. */
// @ts-ignore: decorator
@inline
function addTo(sums: usize, x: v128): void {
  v128.store(sums, f64x2.add(v128.load(sums), low(x)));
  v128.store(sums, f64x2.add(v128.load(sums, 16), high(x)), 16);
}

/** Four doubles as floats. */
// @ts-ignore: decorator
@inline
function narrowed(sums: usize): v128 {
  const a = f32x4.demote_f64x2_zero(v128.load(sums));
  const b = f32x4.demote_f64x2_zero(v128.load(sums, 16));
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
}

/**
 * Of each column of `count` blocks of `along` rows and `width` columns, row after row.
 * @param most room for a float a column, rounded up to fours; @param sums for a double a column, likewise
 */
export function softmaxColumns(log: bool, at: usize, count: i32, along: i32, width: i32, most: usize, sums: usize): void {
  const wide = <usize>width * 4;
  const block = <usize>along * wide;
  const fours = <usize>((width + 3) & ~3) * 4;
  assert(within(at, <usize>count * block) && within(most, fours) && within(sums, 2 * fours));
  const rest = first(width & 3);
  const whole = <usize>(width & ~3) * 4;
  for (let i = 0; i < count; i++, at += block) {
    const end = at + block;
    for (let j: usize = 0; j < fours; j += 16) v128.store(most + j, f32x4.splat(-Infinity));
    memory.fill(sums, 0, 2 * fours);
    for (let r = at; r < end; r += wide) {
      for (let j: usize = 0; j < fours; j += 16) {
        v128.store(most + j, f32x4.pmax(v128.load(most + j), v128.load(r + j)));
      }
    }
    for (let r = at; r < end; r += wide) {
      let j: usize = 0;
      for (; j < whole; j += 16) {
        const e = share(f32x4.sub(v128.load(r + j), v128.load(most + j)));
        if (!log) v128.store(r + j, e);
        addTo(sums + 2 * j, e);
      }
      if (j < fours) {
        const e = share(f32x4.sub(v128.load(r + j), v128.load(most + j)));
        if (!log) put(r + j, e, rest);
        addTo(sums + 2 * j, e);
      }
    }
    // From here on the greatest and the sum are one number: what is subtracted, or multiplied by.
    for (let j: usize = 0; j < fours; j += 16) {
      const sum = narrowed(sums + 2 * j);
      v128.store(sums + j, log ? logarithm(sum) : f32x4.div(f32x4.splat(1), sum));
    }
    for (let r = at; r < end; r += wide) {
      let j: usize = 0;
      for (; j < whole; j += 16) v128.store(r + j, shared(log, r + j, most + j, sums + j));
      if (j < fours) put(r + j, shared(log, r + j, most + j, sums + j), rest);
    }
  }
}

// @ts-ignore: decorator
@inline
function shared(log: bool, at: usize, most: usize, sum: usize): v128 {
  const x = v128.load(at);
  return log ? f32x4.sub(f32x4.sub(x, v128.load(most)), v128.load(sum)) : f32x4.mul(x, v128.load(sum));
}

/** Over dy. @param sums room for a double a column, rounded up to fours */
export function softmaxBackwardColumns(
  log: bool, dy: usize, y: usize, count: i32, along: i32, width: i32, sums: usize,
): void {
  const wide = <usize>width * 4;
  const block = <usize>along * wide;
  const all = <usize>count * block;
  const fours = <usize>((width + 3) & ~3) * 4;
  assert(within(dy, all) && within(y, all) && apart(dy, all, y, all) && within(sums, 2 * fours));
  const rest = first(width & 3);
  const whole = <usize>(width & ~3) * 4;
  for (let i = 0; i < count; i++, dy += block, y += block) {
    memory.fill(sums, 0, 2 * fours);
    for (let r: usize = 0; r < block; r += wide) {
      for (let j: usize = 0; j < fours; j += 16) {
        const d = v128.load(dy + r + j);
        addTo(sums + 2 * j, log ? d : f32x4.mul(d, v128.load(y + r + j)));
      }
    }
    for (let j: usize = 0; j < fours; j += 16) v128.store(sums + j, narrowed(sums + 2 * j));
    for (let r: usize = 0; r < block; r += wide) {
      let j: usize = 0;
      for (; j < whole; j += 16) {
        const to = dy + r + j;
        v128.store(to, gradient(log, v128.load(to), v128.load(y + r + j), v128.load(sums + j)));
      }
      if (j < fours) {
        const to = dy + r + j;
        put(to, gradient(log, v128.load(to), v128.load(y + r + j), v128.load(sums + j)), rest);
      }
    }
  }
}
