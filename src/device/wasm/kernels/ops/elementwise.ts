/**
 * Ops of one element at a time, four at once, from one place to another. Pointers are bytes; counts are multiples of
 * sixteen.
 */

import { within } from "../checks";
import { ones, tanh } from "../elementwise";
import { exp, log, logSigmoid, sigmoid } from "./functions";

// Ops have the numbers of js/elementwise.ts: unary ones from 0, binary ones from 12, slopes from 32.

// @ts-ignore: decorator
@inline
function sign(x: v128): v128 {
  const zero = f32x4.splat(0);
  return v128.or(v128.and(f32x4.gt(x, zero), ones()), v128.and(f32x4.lt(x, zero), f32x4.neg(ones())));
}

/** Of what lies at a, and of binary ops and slopes at b: dy, and what was saved, which is y, or x. */
// @ts-ignore: decorator
@inline
function result(op: i32, a: usize, b: usize): v128 {
  const x = v128.load(a);
  if (op === 0) return f32x4.neg(x);
  if (op === 1) return exp(x);
  if (op === 2) return log(x);
  if (op === 3) return f32x4.sqrt(x);
  if (op === 4) return f32x4.abs(x);
  if (op === 5) return sign(x);
  if (op === 6) return tanh(x);
  if (op === 7) return sigmoid(x);
  if (op === 8) return logSigmoid(x);
  if (op === 9) return v128.andnot(x, f32x4.le(x, f32x4.splat(0)));
  const y = v128.load(b);
  if (op === 12) return f32x4.add(x, y);
  if (op === 13) return f32x4.sub(x, y);
  if (op === 14) return f32x4.mul(x, y);
  if (op === 15) return f32x4.div(x, y);
  if (op === 16) return f32x4.max(x, y);
  if (op === 17) return f32x4.min(x, y);
  if (op === 34) return f32x4.div(x, f32x4.add(y, y));
  if (op === 35) return v128.and(f32x4.div(x, f32x4.add(y, y)), f32x4.ne(y, f32x4.splat(0)));
  if (op === 36) return f32x4.mul(x, sign(y));
  // Not 1 − y², which loses digits where y is near 1.
  if (op === 37) return f32x4.mul(x, f32x4.mul(f32x4.sub(ones(), y), f32x4.add(ones(), y)));
  if (op === 38) return f32x4.mul(x, f32x4.mul(y, f32x4.sub(ones(), y)));
  if (op === 39) return f32x4.mul(x, sigmoid(f32x4.neg(y)));
  return v128.andnot(x, f32x4.le(y, f32x4.splat(0)));
}

/** What takes longer than a turn of the loop. */
// @ts-ignore: decorator
@inline
function long(op: i32, a: usize, b: usize, to: usize, end: usize): void {
  for (; to < end; to += 16, a += 16, b += 16) v128.store(to, result(op, a, b));
}

// @ts-ignore: decorator
@inline
function short(op: i32, a: usize, b: usize, to: usize, end: usize): void {
  for (; to < end; to += 64, a += 64, b += 64) {
    v128.store(to, result(op, a, b));
    v128.store(to, result(op, a + 16, b + 16), 16);
    v128.store(to, result(op, a + 32, b + 32), 32);
    v128.store(to, result(op, a + 48, b + 48), 48);
  }
}

/** `b` is read by ops of two operands alone. */
export function elementwise(op: i32, a: usize, b: usize, to: usize, count: i32): void {
  const bytes = <usize>count * 4;
  assert(within(a, bytes) && (op < 12 || within(b, bytes)) && within(to, bytes));
  const end = to + bytes;
  if (op === 0) long(0, a, b, to, end);
  else if (op === 1) long(1, a, b, to, end);
  else if (op === 2) long(2, a, b, to, end);
  else if (op === 3) long(3, a, b, to, end);
  else if (op === 4) long(4, a, b, to, end);
  else if (op === 5) long(5, a, b, to, end);
  else if (op === 6) long(6, a, b, to, end);
  else if (op === 7) long(7, a, b, to, end);
  else if (op === 8) long(8, a, b, to, end);
  else if (op === 9) short(9, a, b, to, end);
  else if (op === 12) short(12, a, b, to, end);
  else if (op === 13) short(13, a, b, to, end);
  else if (op === 14 || op === 32) short(14, a, b, to, end);
  else if (op === 15 || op === 33) long(15, a, b, to, end);
  else if (op === 16) long(16, a, b, to, end);
  else if (op === 17) long(17, a, b, to, end);
  else if (op === 34) long(34, a, b, to, end);
  else if (op === 35) long(35, a, b, to, end);
  else if (op === 36) long(36, a, b, to, end);
  else if (op === 37) long(37, a, b, to, end);
  else if (op === 38) long(38, a, b, to, end);
  else if (op === 39) long(39, a, b, to, end);
  else short(40, a, b, to, end);
}

// @ts-ignore: decorator
@inline
function holds(op: i32, a: usize, b: usize): v128 {
  const x = v128.load(a);
  const y = v128.load(b);
  if (op === 18) return f32x4.eq(x, y);
  if (op === 20) return f32x4.lt(x, y);
  return f32x4.le(x, y);
}

// @ts-ignore: decorator
@inline
function questions(op: i32, a: usize, b: usize, to: usize, end: usize, otherwise: i32 = 0): void {
  const bits = i8x16.splat(1);
  const flip = i8x16.splat(<i8>otherwise);
  for (; to < end; to += 16, a += 64, b += 64) {
    const low = i16x8.narrow_i32x4_s(holds(op, a, b), holds(op, a + 16, b + 16));
    const high = i16x8.narrow_i32x4_s(holds(op, a + 32, b + 32), holds(op, a + 48, b + 48));
    v128.store(to, v128.xor(v128.and(i8x16.narrow_i16x8_s(low, high), bits), flip));
  }
}

/** Bools, a byte each: a = b (18), a ≠ b (19), a < b (20), a ≤ b (21). */
export function compare(op: i32, a: usize, b: usize, to: usize, count: i32): void {
  const bytes = <usize>count * 4;
  assert(within(a, bytes) && within(b, bytes) && within(to, <usize>count));
  const end = to + <usize>count;
  if (op <= 19) questions(18, a, b, to, end, op - 18); // a ≠ b is what a = b is not, for NaN too
  else if (op === 20) questions(20, a, b, to, end);
  else questions(21, a, b, to, end);
}

// @ts-ignore: decorator
@inline
function chosen(condition: usize, a: usize, b: usize): v128 {
  const four = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(condition)));
  return v128.bitselect(v128.load(a), v128.load(b), i32x4.ne(four, i32x4.splat(0)));
}

/** condition ? a : b, a byte of `condition` each. */
export function where(condition: usize, a: usize, b: usize, to: usize, count: i32): void {
  const bytes = <usize>count * 4;
  assert(within(condition, <usize>count) && within(a, bytes) && within(b, bytes) && within(to, bytes));
  const end = to + bytes;
  for (; to < end; to += 64, condition += 16, a += 64, b += 64) {
    v128.store(to, chosen(condition, a, b));
    v128.store(to, chosen(condition + 4, a + 16, b + 16), 16);
    v128.store(to, chosen(condition + 8, a + 32, b + 32), 32);
    v128.store(to, chosen(condition + 12, a + 48, b + 48), 48);
  }
}
