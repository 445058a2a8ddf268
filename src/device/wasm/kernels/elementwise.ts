/**
 * exp, sigmoid and tanh of four floats at once, to a few units in the last place; NaN stays NaN.
 *
 * Processors take up to a hundred times as long where a denormal number goes in or comes out, so none is made of
 * ordinary numbers here: sigmoid is 0 below 2⁻¹¹⁰, and what is too small to change a sum is not squared. `flushed` does
 * the same to what a cell carries on. Times a weight, 2⁻¹¹⁰ is still an ordinary number.
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

/**
 * Constants lie in memory: V8 loads and spreads one in one instruction, where it builds one written into the code from
 * four. That is a fifth of the time of an activation, and of the size of the build.
 */
const one = memory.data<f32>([1.0]);
const perLog2 = memory.data<f32>([1.4426950408889634]);
/** 2⁻¹¹⁰, and its logarithm, rounded towards 0. */
const least = memory.data<f32>([7.703719777548943e-34]);
const lowest = memory.data<f32>([-76.24618530273438]);
/** −2⁻²⁶: eˣ is 1 from there to 0. */
const flatExp = memory.data<f32>([-1.4901161193847656e-8]);
/** 2⁻¹³: tanh x is x up to there, and its slope 1. */
const straight = memory.data<f32>([0.0001220703125]);
const log2 = memory.data<f32>([-0.693359375, 2.12194440e-4]);
const bias = memory.data<i32>([127]);
/** 1.5·2²³: added to a small float, it leaves the nearest whole number in the lowest bits. */
const rounder = memory.data<f32>([12582912.0]);
const expTerms = memory.data<f32>([0.00139261761199, 0.00836317307451, 0.0416665546621, 0.166665770256, 0.5]);
const sign = memory.data<f32>([-0.0]);
const nearOne = memory.data<f32>([0.9]);
const minusTwo = memory.data<f32>([-2.0]);
const tanhTerms = memory.data<f32>([
  -0.000520352688825, 0.00275911925888, -0.00845087252781, 0.021759409786, -0.0539538895197, 0.133332618415,
  -0.333333327444,
]);

// @ts-ignore: decorator
@inline
function term(table: usize, i: i32 = 0): v128 {
  return v128.load32_splat(table + <usize>i * 4);
}

// @ts-ignore: decorator
@inline
export function ones(): v128 {
  return term(one);
}

/** 2ⁿ for whole n from −126 to 127. */
// @ts-ignore: decorator
@inline
function power(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, term(bias)), 23);
}

/** Zero for what is smaller than 2⁻¹¹⁰. */
// @ts-ignore: decorator
@inline
export function flushed(x: v128): v128 {
  return v128.andnot(x, f32x4.lt(f32x4.abs(x), term(least)));
}

/** The derivative of tanh where it is y. */
// @ts-ignore: decorator
@inline
export function slope(y: v128): v128 {
  const size = f32x4.pmax(f32x4.abs(y), term(straight));
  return f32x4.sub(ones(), f32x4.mul(size, size));
}

/** The derivative of sigmoid where it is y. */
// @ts-ignore: decorator
@inline
export function logistic(y: v128): v128 {
  return f32x4.mul(y, f32x4.sub(ones(), y));
}

/** eˣ for x ≤ 0, or 2⁻¹¹⁰ if that is more: x = n·ln 2 + r. */
// @ts-ignore: decorator
@inline
function exp(x: v128): v128 {
  const low = f32x4.pmax(x, term(lowest));
  const rounded = fma(low, term(perLog2), term(rounder));
  const n = f32x4.sub(rounded, term(rounder));
  let r = fma(n, term(log2, 0), low);
  r = fma(n, term(log2, 1), r);
  let q = fma(term(expTerms, 0), r, term(expTerms, 1));
  q = fma(q, r, term(expTerms, 2));
  q = fma(q, r, term(expTerms, 3));
  q = fma(q, r, term(expTerms, 4));
  const y = f32x4.add(ones(), fma(f32x4.mul(r, r), q, r));
  return f32x4.mul(y, power(i32x4.sub(rounded, term(rounder))));
}

/** 1 / (1 + e⁻ˣ) */
// @ts-ignore: decorator
@inline
export function sigmoid(x: v128): v128 {
  const negative = v128.or(x, term(sign));
  const e = v128.andnot(exp(f32x4.pmin(negative, term(flatExp))), f32x4.lt(negative, term(lowest)));
  const small = f32x4.div(e, f32x4.add(ones(), e));
  // Not 1 / (1 + e) above 0: gradients are made of 1 − σ, which that leaves less exact.
  const whole = v128.andnot(ones(), f32x4.lt(x, f32x4.splat(0)));
  return v128.andnot(f32x4.sub(whole, small), term(sign));
}

// @ts-ignore: decorator
@inline
export function tanh(x: v128): v128 {
  const size = v128.andnot(x, term(sign));
  const bent = v128.andnot(size, f32x4.lt(size, term(straight)));
  const z = f32x4.mul(bent, bent);
  let p = fma(term(tanhTerms, 0), z, term(tanhTerms, 1));
  p = fma(p, z, term(tanhTerms, 2));
  p = fma(p, z, term(tanhTerms, 3));
  p = fma(p, z, term(tanhTerms, 4));
  p = fma(p, z, term(tanhTerms, 5));
  p = fma(p, z, term(tanhTerms, 6));
  const near = fma(f32x4.mul(p, z), size, size);
  const e = exp(f32x4.mul(bent, term(minusTwo)));
  // Not (1 − e) / (1 + e), which is less exact near 1, where gradients are made of 1 − tanh².
  const far = f32x4.sub(ones(), f32x4.div(f32x4.add(e, e), f32x4.add(ones(), e)));
  const y = v128.bitselect(near, far, f32x4.lt(size, term(nearOne)));
  return v128.or(y, v128.and(x, term(sign)));
}

/** sigmoid (0) or tanh (1) of `count` floats, a multiple of four, in place: a net's activations. */
export function activate(which: i32, at: usize, count: i32): void {
  const end = at + <usize>count * 4;
  for (; at < end; at += 16) {
    const x = v128.load(at);
    v128.store(at, which === 0 ? sigmoid(x) : tanh(x));
  }
}
