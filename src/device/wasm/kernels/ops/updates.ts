/**
 * The updates of optimisers in place, `count` floats of each array, a multiple of four. As js/updates.ts they compute in
 * double precision and round what they store, so both give the same numbers; but of running means what is denormal is
 * stored as 0. Without a gradient they shrink at every step, and would stay denormal and slow for ever.
 */

import { within } from "../checks";
import { floats, high, low } from "../lanes";

/** The least number that is not denormal, 2⁻¹²⁶. */
const least = memory.data<f32>([1.1754943508222875e-38]);

// @ts-ignore: decorator
@inline
function flushed(x: v128): v128 {
  return v128.andnot(x, f32x4.lt(f32x4.abs(x), v128.load32_splat(least)));
}

// @ts-ignore: decorator
@inline
function times(x: v128, factor: f64): v128 {
  return f64x2.mul(x, f64x2.splat(factor));
}

/** b = momentum·b + taken·g, g = d + weightDecay·p; p −= lr·b, where `ahead` lr·(g + momentum·b), without b lr·g. */
export function sgd(
  p: usize, d: usize, b: usize, count: i32, lr: f64, weightDecay: f64, momentum: f64, taken: f64, ahead: bool,
): void {
  const bytes = <usize>count * 4;
  assert(within(p, bytes) && within(d, bytes) && (b === 0 || within(b, bytes)));
  for (let i: usize = 0; i < bytes; i += 16) {
    const x = v128.load(p + i);
    const y = v128.load(d + i);
    let s0 = f64x2.add(low(y), times(low(x), weightDecay));
    let s1 = f64x2.add(high(y), times(high(x), weightDecay));
    if (b !== 0) {
      const z = v128.load(b + i);
      const kept = flushed(floats(
        f64x2.add(times(low(z), momentum), times(s0, taken)),
        f64x2.add(times(high(z), momentum), times(s1, taken)),
      ));
      v128.store(b + i, kept);
      s0 = ahead ? f64x2.add(s0, times(low(kept), momentum)) : low(kept);
      s1 = ahead ? f64x2.add(s1, times(high(kept), momentum)) : high(kept);
    }
    v128.store(p + i, floats(f64x2.sub(low(x), times(s0, lr)), f64x2.sub(high(x), times(s1, lr))));
  }
}

/**
 * m += (1 − β₁)·(g − m), v = β₂·v + (1 − β₂)·g², p = shrink·p − pace·m / (√v / spread + eps), g = d + weightDecay·p;
 * `top`, unless it is 0, holds the greatest v so far, which then stands for v.
 */
export function adam(
  p: usize, d: usize, m: usize, v: usize, top: usize, count: i32, shrink: f64, weightDecay: f64, beta1: f64,
  beta2: f64, eps: f64, pace: f64, spread: f64,
): void {
  const bytes = <usize>count * 4;
  assert(within(p, bytes) && within(d, bytes) && within(m, bytes) && within(v, bytes));
  assert(top === 0 || within(top, bytes));
  for (let i: usize = 0; i < bytes; i += 16) {
    const x = v128.load(p + i);
    const y = v128.load(d + i);
    const g0 = f64x2.add(low(y), times(low(x), weightDecay));
    const g1 = f64x2.add(high(y), times(high(x), weightDecay));
    const before = v128.load(m + i);
    const mean = flushed(floats(
      f64x2.add(low(before), times(f64x2.sub(g0, low(before)), 1 - beta1)),
      f64x2.add(high(before), times(f64x2.sub(g1, high(before)), 1 - beta1)),
    ));
    v128.store(m + i, mean);
    const last = v128.load(v + i);
    let square = floats(
      f64x2.add(times(low(last), beta2), f64x2.mul(times(g0, 1 - beta2), g0)),
      f64x2.add(times(high(last), beta2), f64x2.mul(times(g1, 1 - beta2), g1)),
    );
    v128.store(v + i, square);
    if (top !== 0) {
      square = f32x4.max(v128.load(top + i), square);
      v128.store(top + i, square);
    }
    v128.store(p + i, floats(
      step(times(low(x), shrink), low(mean), low(square), pace, spread, eps),
      step(times(high(x), shrink), high(mean), high(square), pace, spread, eps),
    ));
  }
}

// @ts-ignore: decorator
@inline
function step(p: v128, m: v128, v: v128, pace: f64, spread: f64, eps: f64): v128 {
  const size = f64x2.add(f64x2.div(f64x2.sqrt(v), f64x2.splat(spread)), f64x2.splat(eps));
  return f64x2.sub(p, f64x2.div(times(m, pace), size));
}

/**
 * v = α·v + (1 − α)·g², m += (1 − α)·(g − m), s = g / (√(v − m²) + eps), b = momentum·b + s, p −= lr·b,
 * g = d + weightDecay·p. Where `m` is 0 there is no mean, where `b` is 0 the step is s itself.
 */
export function rmsprop(
  p: usize, d: usize, v: usize, m: usize, b: usize, count: i32, lr: f64, alpha: f64, eps: f64, weightDecay: f64,
  momentum: f64,
): void {
  const bytes = <usize>count * 4;
  assert(within(p, bytes) && within(d, bytes) && within(v, bytes));
  assert((m === 0 || within(m, bytes)) && (b === 0 || within(b, bytes)));
  for (let i: usize = 0; i < bytes; i += 16) {
    const x = v128.load(p + i);
    const y = v128.load(d + i);
    const g0 = f64x2.add(low(y), times(low(x), weightDecay));
    const g1 = f64x2.add(high(y), times(high(x), weightDecay));
    const last = v128.load(v + i);
    const square = floats(
      f64x2.add(times(low(last), alpha), f64x2.mul(times(g0, 1 - alpha), g0)),
      f64x2.add(times(high(last), alpha), f64x2.mul(times(g1, 1 - alpha), g1)),
    );
    v128.store(v + i, square);
    let v0 = low(square);
    let v1 = high(square);
    if (m !== 0) {
      const before = v128.load(m + i);
      const mean = flushed(floats(
        f64x2.add(low(before), times(f64x2.sub(g0, low(before)), 1 - alpha)),
        f64x2.add(high(before), times(f64x2.sub(g1, high(before)), 1 - alpha)),
      ));
      v128.store(m + i, mean);
      v0 = f64x2.sub(v0, f64x2.mul(low(mean), low(mean)));
      v1 = f64x2.sub(v1, f64x2.mul(high(mean), high(mean)));
    }
    let s0 = f64x2.div(g0, f64x2.add(f64x2.sqrt(v0), f64x2.splat(eps)));
    let s1 = f64x2.div(g1, f64x2.add(f64x2.sqrt(v1), f64x2.splat(eps)));
    if (b !== 0) {
      const before = v128.load(b + i);
      const kept = flushed(floats(f64x2.add(times(low(before), momentum), s0), f64x2.add(times(high(before), momentum), s1)));
      v128.store(b + i, kept);
      s0 = low(kept);
      s1 = high(kept);
    }
    v128.store(p + i, floats(f64x2.sub(low(x), times(s0, lr)), f64x2.sub(high(x), times(s1, lr))));
  }
}
