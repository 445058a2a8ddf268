/**
 * Layer normalisation of rows that lie one behind the other. What is read or written beyond a row's end is the next
 * row's beginning, or room that the caller left: four floats behind each array.
 */

import { within } from "../checks";
import { first, high, low, total } from "../lanes";

/** How far x is from the mean, of which the part that no float holds is taken off by itself. */
// @ts-ignore: decorator
@inline
function centered(x: v128, mean: f64): v128 {
  const rounded = <f32>mean;
  return f32x4.sub(f32x4.sub(x, f32x4.splat(rounded)), f32x4.splat(<f32>(mean - <f64>rounded)));
}

/** n = (x − mean)·rstd, y = n·weight + bias; `moments` takes mean and rstd of each row, in double precision. */
export function layerNorm(
  x: usize, y: usize, weight: usize, bias: usize, moments: usize, rows: i32, C: i32, eps: f64,
): void {
  const bytes = <usize>C * 4;
  assert(within(x, <usize>rows * bytes + 16) && within(y, <usize>rows * bytes + 16));
  assert(within(weight, bytes + 16) && within(bias, bytes + 16) && within(moments, <usize>rows * 16));
  for (let r = 0; r < rows; r++, x += bytes, y += bytes, moments += 16) {
    let sum = f64x2.splat(0);
    let more = f64x2.splat(0);
    for (let j = 0; j < C; j += 4) {
      const v = v128.and(v128.load(x + <usize>j * 4), first(C - j));
      sum = f64x2.add(sum, low(v));
      more = f64x2.add(more, high(v));
    }
    const mean = total(f64x2.add(sum, more)) / <f64>C;
    sum = more = f64x2.splat(0);
    for (let j = 0; j < C; j += 4) {
      const c = v128.and(centered(v128.load(x + <usize>j * 4), mean), first(C - j));
      const a = low(c);
      const b = high(c);
      sum = f64x2.add(sum, f64x2.mul(a, a));
      more = f64x2.add(more, f64x2.mul(b, b));
    }
    const rstd = 1 / sqrt(total(f64x2.add(sum, more)) / <f64>C + eps);
    const scale = f32x4.splat(<f32>rstd);
    for (let j: usize = 0; j < bytes; j += 16) {
      const n = f32x4.mul(centered(v128.load(x + j), mean), scale);
      v128.store(y + j, f32x4.add(f32x4.mul(n, v128.load(weight + j)), v128.load(bias + j)));
    }
    store<f64>(moments, mean);
    store<f64>(moments, rstd, 8);
  }
}

/**
 * dn = dy·weight, dx = rstd·(dn − mean of dn − n·(mean of dn·n)). Σ dy·n and Σ dy of these rows are added to `dWeight`
 * and `dBias`, in double precision.
 */
export function layerNormBackward(
  dy: usize, x: usize, weight: usize, moments: usize, dx: usize, dWeight: usize, dBias: usize, rows: i32, C: i32,
): void {
  const bytes = <usize>C * 4;
  assert(within(x, <usize>rows * bytes + 16) && within(dy, <usize>rows * bytes + 16));
  assert(within(dx, <usize>rows * bytes + 16) && within(weight, bytes + 16) && within(moments, <usize>rows * 16));
  assert(within(dWeight, bytes * 2 + 32) && within(dBias, bytes * 2 + 32));
  for (let r = 0; r < rows; r++, x += bytes, dy += bytes, dx += bytes, moments += 16) {
    const mean = load<f64>(moments);
    const scale = f32x4.splat(<f32>load<f64>(moments, 8));
    let sum = f64x2.splat(0);
    let along = f64x2.splat(0);
    for (let j = 0; j < C; j += 4) {
      const at = <usize>j * 4;
      const mask = first(C - j);
      const n = v128.and(f32x4.mul(centered(v128.load(x + at), mean), scale), mask);
      const d = v128.and(v128.load(dy + at), mask);
      const dn = v128.and(f32x4.mul(d, v128.load(weight + at)), mask);
      sum = f64x2.add(sum, f64x2.add(low(dn), high(dn)));
      along = f64x2.add(along, f64x2.add(f64x2.mul(low(dn), low(n)), f64x2.mul(high(dn), high(n))));
      add(dWeight + at * 2, f64x2.mul(low(d), low(n)), f64x2.mul(high(d), high(n)));
      add(dBias + at * 2, low(d), high(d));
    }
    const mean1 = f32x4.splat(<f32>(total(sum) / <f64>C));
    const mean2 = f32x4.splat(<f32>(total(along) / <f64>C));
    for (let j: usize = 0; j < bytes; j += 16) {
      const n = f32x4.mul(centered(v128.load(x + j), mean), scale);
      const dn = f32x4.mul(v128.load(dy + j), v128.load(weight + j));
      v128.store(dx + j, f32x4.mul(scale, f32x4.sub(f32x4.sub(dn, mean1), f32x4.mul(n, mean2))));
    }
  }
}

// @ts-ignore: decorator
@inline
function add(to: usize, low: v128, high: v128): void {
  v128.store(to, f64x2.add(v128.load(to), low));
  v128.store(to, f64x2.add(v128.load(to, 16), high), 16);
}
