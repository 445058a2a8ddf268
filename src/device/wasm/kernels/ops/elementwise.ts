/**
 * Ops of one element at a time, four at once. Pointers are bytes; counts are multiples of four, of sixteen where bools
 * come out. An operand moves on by `step` bytes after four elements: by 16, or by 0 where one number stands for all.
 */

import { within } from "../checks";
import { ones, tanh } from "../elementwise";
import { exp, log, logSigmoid, sigmoid } from "./functions";

// The numbers of ops are places in the lists of wasm/elementwise.ts.

// @ts-ignore: decorator
@inline
function one(op: i32, x: v128): v128 {
  if (op === 0) return f32x4.neg(x);
  if (op === 1) return exp(x);
  if (op === 2) return log(x);
  if (op === 3) return f32x4.sqrt(x);
  if (op === 4) return f32x4.abs(x);
  if (op === 5) {
    const zero = f32x4.splat(0);
    return v128.or(v128.and(f32x4.gt(x, zero), ones()), v128.and(f32x4.lt(x, zero), f32x4.neg(ones())));
  }
  if (op === 6) return tanh(x);
  if (op === 7) return sigmoid(x);
  if (op === 8) return logSigmoid(x);
  return f32x4.max(x, f32x4.splat(0));
}

// @ts-ignore: decorator
@inline
function each(op: i32, at: usize, end: usize): void {
  for (; at < end; at += 16) v128.store(at, one(op, v128.load(at)));
}

/** In place. */
export function unary(op: i32, at: usize, count: i32): void {
  assert(within(at, <usize>count * 4));
  const end = at + <usize>count * 4;
  if (op === 0) each(0, at, end);
  else if (op === 1) each(1, at, end);
  else if (op === 2) each(2, at, end);
  else if (op === 3) each(3, at, end);
  else if (op === 4) each(4, at, end);
  else if (op === 5) each(5, at, end);
  else if (op === 6) each(6, at, end);
  else if (op === 7) each(7, at, end);
  else if (op === 8) each(8, at, end);
  else each(9, at, end);
}

// @ts-ignore: decorator
@inline
function two(op: i32, a: v128, b: v128): v128 {
  if (op === 0) return f32x4.add(a, b);
  if (op === 1) return f32x4.sub(a, b);
  if (op === 2) return f32x4.mul(a, b);
  if (op === 3) return f32x4.div(a, b);
  if (op === 4) return f32x4.max(a, b);
  if (op === 5) return f32x4.min(a, b);
  // Gradients, of dy and of what was saved: y, or for log and abs x.
  if (op === 6) return f32x4.div(a, f32x4.add(b, b));
  if (op === 7) return v128.and(f32x4.div(a, f32x4.add(b, b)), f32x4.ne(b, f32x4.splat(0)));
  if (op === 8) return f32x4.mul(a, one(5, b));
  // Not 1 − y², which loses digits where y is near 1.
  if (op === 9) return f32x4.mul(a, f32x4.mul(f32x4.sub(ones(), b), f32x4.add(ones(), b)));
  if (op === 10) return f32x4.mul(a, f32x4.mul(b, f32x4.sub(ones(), b)));
  return v128.andnot(a, f32x4.le(b, f32x4.splat(0)));
}

// @ts-ignore: decorator
@inline
function pairs(op: i32, a: usize, aStep: usize, b: usize, bStep: usize, to: usize, end: usize): void {
  for (; to < end; to += 16, a += aStep, b += bStep) v128.store(to, two(op, v128.load(a), v128.load(b)));
}

/** `to` may be a or b. */
export function binary(op: i32, a: usize, aStep: usize, b: usize, bStep: usize, to: usize, count: i32): void {
  const bytes = <usize>count * 4;
  assert(within(a, aStep === 0 ? 16 : bytes) && within(b, bStep === 0 ? 16 : bytes) && within(to, bytes));
  const end = to + bytes;
  if (op === 0) pairs(0, a, aStep, b, bStep, to, end);
  else if (op === 1) pairs(1, a, aStep, b, bStep, to, end);
  else if (op === 2) pairs(2, a, aStep, b, bStep, to, end);
  else if (op === 3) pairs(3, a, aStep, b, bStep, to, end);
  else if (op === 4) pairs(4, a, aStep, b, bStep, to, end);
  else if (op === 5) pairs(5, a, aStep, b, bStep, to, end);
  else if (op === 6) pairs(6, a, aStep, b, bStep, to, end);
  else if (op === 7) pairs(7, a, aStep, b, bStep, to, end);
  else if (op === 8) pairs(8, a, aStep, b, bStep, to, end);
  else if (op === 9) pairs(9, a, aStep, b, bStep, to, end);
  else if (op === 10) pairs(10, a, aStep, b, bStep, to, end);
  else pairs(11, a, aStep, b, bStep, to, end);
}

// @ts-ignore: decorator
@inline
function holds(op: i32, a: v128, b: v128): v128 {
  if (op === 0) return f32x4.eq(a, b);
  if (op === 1) return f32x4.ne(a, b);
  if (op === 2) return f32x4.lt(a, b);
  return f32x4.le(a, b);
}

// @ts-ignore: decorator
@inline
function questions(op: i32, a: usize, aStep: usize, b: usize, bStep: usize, to: usize, end: usize): void {
  const bits = i8x16.splat(1);
  for (; to < end; to += 16, a += 4 * aStep, b += 4 * bStep) {
    const first = holds(op, v128.load(a), v128.load(b));
    const second = holds(op, v128.load(a + aStep), v128.load(b + bStep));
    const third = holds(op, v128.load(a + 2 * aStep), v128.load(b + 2 * bStep));
    const fourth = holds(op, v128.load(a + 3 * aStep), v128.load(b + 3 * bStep));
    const bytes = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(first, second), i16x8.narrow_i32x4_s(third, fourth));
    v128.store(to, v128.and(bytes, bits));
  }
}

/** Bools, a byte each: a = b (0), a ≠ b (1), a < b (2), a ≤ b (3). */
export function compare(op: i32, a: usize, aStep: usize, b: usize, bStep: usize, to: usize, count: i32): void {
  const bytes = <usize>count * 4;
  assert(within(a, aStep === 0 ? 16 : bytes) && within(b, bStep === 0 ? 16 : bytes) && within(to, <usize>count));
  const end = to + <usize>count;
  if (op === 0) questions(0, a, aStep, b, bStep, to, end);
  else if (op === 1) questions(1, a, aStep, b, bStep, to, end);
  else if (op === 2) questions(2, a, aStep, b, bStep, to, end);
  else questions(3, a, aStep, b, bStep, to, end);
}

/** condition ? a : b, a byte of `condition` each. */
export function where(condition: usize, a: usize, aStep: usize, b: usize, bStep: usize, to: usize, count: i32): void {
  const bytes = <usize>count * 4;
  assert(within(condition, <usize>count));
  assert(within(a, aStep === 0 ? 16 : bytes) && within(b, bStep === 0 ? 16 : bytes) && within(to, bytes));
  const end = to + bytes;
  for (; to < end; to += 16, condition += 4, a += aStep, b += bStep) {
    const four = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(condition)));
    v128.store(to, v128.bitselect(v128.load(a), v128.load(b), i32x4.ne(four, i32x4.splat(0))));
  }
}

/** Each of the numbers `from` on `width` times, the first one `skip` times less; so many floats in all. */
export function spread(from: usize, width: i32, skip: i32, to: usize, count: i32): void {
  assert(within(to, <usize>count * 4));
  const end = to + <usize>count * 4;
  let left = width - skip;
  while (to < end) {
    const x = load<f32>(from);
    const four = f32x4.splat(x);
    for (; left >= 4 && to + 16 <= end; left -= 4, to += 16) v128.store(to, four);
    for (; left > 0 && to < end; left--, to += 4) store<f32>(to, x);
    from += 4;
    left = width;
  }
}
