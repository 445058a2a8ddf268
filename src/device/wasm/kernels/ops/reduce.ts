/** Folds of floats in double precision: along rows, and down columns. Pointers are bytes. */

import { apart, within } from "../checks";

// Sum (0), sum of squares (1), greatest (2), least (3): the order of `start` in js/reduce.ts.

// @ts-ignore: decorator
@inline
function folded(op: i32, all: v128, x: v128): v128 {
  if (op === 0) return f64x2.add(all, x);
  if (op === 1) return f64x2.add(all, f64x2.mul(x, x));
  if (op === 2) return f64x2.max(all, x);
  return f64x2.min(all, x);
}

/** Two of the partial results as one. */
// @ts-ignore: decorator
@inline
function join(op: i32, a: v128, b: v128): v128 {
  return folded(op === 1 ? 0 : op, a, b);
}

/** Two floats as doubles. */
// @ts-ignore: decorator
@inline
function pair(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at));
}

// @ts-ignore: decorator
@inline
function rows(op: i32, at: usize, count: i32, along: i32, to: usize): void {
  const end = to + <usize>count * 8;
  for (; to < end; to += 8) {
    const next = at + <usize>along * 4;
    // Of sums the partial results begin as 0, of the others as what there is.
    let a = op < 2 ? f64x2.splat(0) : f64x2.splat(load<f64>(to));
    let b = a;
    let c = a;
    let d = a;
    for (; at + 32 <= next; at += 32) {
      a = folded(op, a, pair(at));
      b = folded(op, b, pair(at + 8));
      c = folded(op, c, pair(at + 16));
      d = folded(op, d, pair(at + 24));
    }
    for (; at + 8 <= next; at += 8) a = folded(op, a, pair(at));
    a = join(op, join(op, a, b), join(op, c, d));
    a = join(op, a, f64x2.splat(f64x2.extract_lane(a, 1)));
    if (at < next) {
      a = folded(op, a, f64x2.splat(<f64>load<f32>(at)));
      at = next;
    }
    store<f64>(to, f64x2.extract_lane(join(op, a, f64x2.splat(load<f64>(to))), 0));
  }
}

// @ts-ignore: decorator
@inline
function columns(op: i32, at: usize, along: i32, width: i32, to: usize): void {
  const wide = <usize>width * 4;
  const bottom = at + <usize>along * wide;
  let j = 0;
  for (; j + 8 <= width; j += 8, to += 64) {
    let a = v128.load(to);
    let b = v128.load(to, 16);
    let c = v128.load(to, 32);
    let d = v128.load(to, 48);
    for (let row = at + <usize>j * 4; row < bottom; row += wide) {
      a = folded(op, a, pair(row));
      b = folded(op, b, pair(row + 8));
      c = folded(op, c, pair(row + 16));
      d = folded(op, d, pair(row + 24));
    }
    v128.store(to, a);
    v128.store(to, b, 16);
    v128.store(to, c, 32);
    v128.store(to, d, 48);
  }
  for (; j < width; j++, to += 8) {
    let a = f64x2.splat(load<f64>(to));
    for (let row = at + <usize>j * 4; row < bottom; row += wide) a = folded(op, a, f64x2.splat(<f64>load<f32>(row)));
    store<f64>(to, f64x2.extract_lane(a, 0));
  }
}

// @ts-ignore: decorator
@inline
function blocks(op: i32, at: usize, count: i32, along: i32, width: i32, to: usize): void {
  if (width === 1) {
    rows(op, at, count, along, to);
    return;
  }
  for (; count > 0; count--, at += <usize>along * <usize>width * 4, to += <usize>width * 8) {
    columns(op, at, along, width, to);
  }
}

/** Each column, of `count` blocks of `along` rows of `width`, into what stands for it in `to`, one double each. */
export function fold(op: i32, at: usize, count: i32, along: i32, width: i32, to: usize): void {
  const lines = <usize>count * <usize>width;
  const bytes = lines * <usize>along * 4;
  assert(within(at, bytes) && within(to, lines * 8) && apart(at, bytes, to, lines * 8));
  if (op === 0) blocks(0, at, count, along, width, to);
  else if (op === 1) blocks(1, at, count, along, width, to);
  else if (op === 2) blocks(2, at, count, along, width, to);
  else blocks(3, at, count, along, width, to);
}
