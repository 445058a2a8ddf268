/**
 * exp, sigmoid and tanh of four floats at once, to a few units in the last place; NaN stays NaN.
 *
 * Polynomials are Chebyshev fits of our own: (eʳ − 1 − r) / r² over |r| ≤ ln 2 / 2, (tanh x / x − 1) / x² over
 * |x| ≤ 0.9. `pmin` and `pmax` keep NaN where x stands first, and are one instruction each.
 */

// @ts-ignore: decorator
@inline
export function fma(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** 2ⁿ for whole n from −126 to 127. */
// @ts-ignore: decorator
@inline
function power(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/** 1.5·2²³: added to a small float, it leaves the nearest whole number in the lowest bits. */
const rounder: f32 = 12582912.0;

/** eˣ for x ≤ 0: x = n·ln 2 + r, and 2ⁿ in two halves, so that denormal results are reached. */
// @ts-ignore: decorator
@inline
function exp(x: v128): v128 {
  const low = f32x4.pmax(x, f32x4.splat(-104.0));
  const rounded = fma(low, f32x4.splat(1.4426950408889634), f32x4.splat(rounder));
  const n = f32x4.sub(rounded, f32x4.splat(rounder));
  let r = fma(n, f32x4.splat(-0.693359375), low);
  r = fma(n, f32x4.splat(2.12194440e-4), r);
  let q = f32x4.splat(0.00139261761199);
  q = fma(q, r, f32x4.splat(0.00836317307451));
  q = fma(q, r, f32x4.splat(0.0416665546621));
  q = fma(q, r, f32x4.splat(0.166665770256));
  q = fma(q, r, f32x4.splat(0.5));
  const y = f32x4.add(f32x4.splat(1.0), fma(f32x4.mul(r, r), q, r));
  const whole = i32x4.sub(rounded, i32x4.splat(reinterpret<i32>(rounder)));
  const half = i32x4.shr_s(whole, 1);
  return f32x4.mul(f32x4.mul(y, power(half)), power(i32x4.sub(whole, half)));
}

/** 1 / (1 + e⁻ˣ) */
// @ts-ignore: decorator
@inline
export function sigmoid(x: v128): v128 {
  const e = exp(f32x4.neg(f32x4.abs(x)));
  const one = f32x4.splat(1.0);
  const small = f32x4.div(e, f32x4.add(one, e));
  // Not 1 / (1 + e) above 0: gradients are made of 1 − σ, which that leaves less exact.
  return v128.bitselect(small, f32x4.sub(one, small), f32x4.lt(x, f32x4.splat(0.0)));
}

// @ts-ignore: decorator
@inline
export function tanh(x: v128): v128 {
  const size = f32x4.abs(x);
  const z = f32x4.mul(x, x);
  let p = f32x4.splat(-0.000520352688825);
  p = fma(p, z, f32x4.splat(0.00275911925888));
  p = fma(p, z, f32x4.splat(-0.00845087252781));
  p = fma(p, z, f32x4.splat(0.021759409786));
  p = fma(p, z, f32x4.splat(-0.0539538895197));
  p = fma(p, z, f32x4.splat(0.133332618415));
  p = fma(p, z, f32x4.splat(-0.333333327444));
  const near = fma(f32x4.mul(p, z), size, size);
  const e = exp(f32x4.mul(size, f32x4.splat(-2.0)));
  const one = f32x4.splat(1.0);
  // Not (1 − e) / (1 + e), which is less exact near 1, where gradients are made of 1 − tanh².
  const far = f32x4.sub(one, f32x4.div(f32x4.add(e, e), f32x4.add(one, e)));
  const y = v128.bitselect(near, far, f32x4.lt(size, f32x4.splat(0.9)));
  return v128.or(y, v128.and(x, f32x4.splat(-0.0)));
}
