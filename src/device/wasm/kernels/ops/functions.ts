/**
 * Functions of four floats at once over all of float32, to a few units in the last place: denormal numbers are taken
 * and given, NaN stays NaN. The cells' (../elementwise.ts) stop short of denormal numbers, which cost them their pace.
 */

import { fma, ones } from "../elementwise";

const perLog2 = memory.data<f32>([1.4426950408889634]);
/** Where eˣ is 0 and where it is infinite. */
const ends = memory.data<f32>([-104.0, 89.0]);
/** Where eˣ, of x ≤ 0, stops being a normal number; and a size beyond which eˣ, or ten times it, may be none. */
const leastShare = memory.data<f32>([-87.0]);
const far = memory.data<f32>([80.0]);
/** −ln 2 in two parts. */
const log2 = memory.data<f32>([-0.693359375, 2.12194440e-4]);
const sign = memory.data<f32>([-0.0]);
const bias = memory.data<i32>([127]);
/** 1.5·2²³: added to a small float, it leaves the nearest whole number in the lowest bits. */
const rounder = memory.data<f32>([12582912.0]);
const ten = memory.data<f32>([10.0]);
const five = memory.data<f32>([5.0]);
const twelfth = memory.data<f32>([0.0833333333]);

// @ts-ignore: decorator
@inline
export function term(table: usize, i: i32 = 0): v128 {
  return v128.load32_splat(table + <usize>i * 4);
}

/** 2ⁿ for whole n from −126 to 127. */
// @ts-ignore: decorator
@inline
function power(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, term(bias)), 23);
}

/** x / ln 2 to the nearest whole number, which its lowest bits hold. */
// @ts-ignore: decorator
@inline
function rounded(x: v128): v128 {
  return fma(x, term(perLog2), term(rounder));
}

/** r, of x = n·ln 2 + r; `whole` holds n. */
// @ts-ignore: decorator
@inline
function rest(x: v128, whole: v128): v128 {
  const n = f32x4.sub(whole, term(rounder));
  return fma(n, term(log2, 1), fma(n, term(log2, 0), x));
}

// eʳ = (10 + r² + r·(5 + r²/12)) / (10 + r² − r·(5 + r²/12)): Padé's of third degree, which is half the work of a
// polynomial as exact.

// @ts-ignore: decorator
@inline
function even(r: v128): v128 {
  return f32x4.add(f32x4.mul(r, r), term(ten));
}

// @ts-ignore: decorator
@inline
function odd(r: v128): v128 {
  return f32x4.mul(r, fma(f32x4.mul(r, r), term(twelfth), term(five)));
}

/** eˣ / (1 + eˣ) where `plus`, else eˣ: where no x is far from 0, nor NaN, n is added to the exponent. */
// @ts-ignore: decorator
@inline
function ordinary(x: v128, plus: bool): v128 {
  const whole = rounded(x);
  const r = rest(x, whole);
  const above = i32x4.add(f32x4.add(even(r), odd(r)), i32x4.shl(whole, 23));
  const below = f32x4.sub(even(r), odd(r));
  return f32x4.div(above, plus ? f32x4.add(below, above) : below);
}

/** Whether eˣ may be denormal or infinite, or is NaN. */
// @ts-ignore: decorator
@inline
function isFar(x: v128): bool {
  return v128.any_true(i32x4.gt_s(v128.andnot(x, term(sign)), term(far)));
}

/** eˣ where that may be denormal or infinite: 2ⁿ in two halves. */
function extreme(x: v128): v128 {
  const within = f32x4.pmin(f32x4.pmax(x, term(ends)), term(ends, 1));
  const whole = rounded(within);
  const r = rest(within, whole);
  const n = i32x4.sub(whole, term(rounder));
  const half = i32x4.shr_s(n, 1);
  const y = f32x4.div(f32x4.add(even(r), odd(r)), f32x4.sub(even(r), odd(r)));
  return f32x4.mul(f32x4.mul(y, power(half)), power(i32x4.sub(n, half)));
}

/** eˣ */
// @ts-ignore: decorator
@inline
export function exp(x: v128): v128 {
  return isFar(x) ? extreme(x) : ordinary(x, false);
}

/** (atanh s / s − 1) / s² in powers of s², over |s| ≤ 1/3. */
const atanhTerms = memory.data<f32>([0.13426013647, 0.141182733288, 0.200037815326, 0.333333201628]);
const two = memory.data<f32>([2.0]);
const leastNormal = memory.data<f32>([1.17549435e-38]);
/** 2²³: times it, a denormal number is none. */
const up = memory.data<f32>([8388608.0]);
const upLog2 = memory.data<i32>([23]);
/** The bits of √½. */
const rootHalf = memory.data<i32>([0x3f3504f3]);
const infinity = memory.data<f32>([Infinity, -Infinity, NaN]);

/** log(1 + f) = 2 atanh(f / (2 + f)) for f from √½ − 1 to 1. */
// @ts-ignore: decorator
@inline
function log1p(f: v128): v128 {
  const s = f32x4.div(f, f32x4.add(term(two), f));
  const z = f32x4.mul(s, s);
  let p = fma(term(atanhTerms, 0), z, term(atanhTerms, 1));
  p = fma(p, z, term(atanhTerms, 2));
  p = fma(p, z, term(atanhTerms, 3));
  const twice = f32x4.add(s, s);
  return fma(f32x4.mul(twice, z), p, twice);
}

/** log x: x = 2ᵏ·m with m from √½ to √2. */
// @ts-ignore: decorator
@inline
export function log(x: v128): v128 {
  const denormal = f32x4.lt(x, term(leastNormal));
  const bits = v128.bitselect(f32x4.mul(x, term(up)), x, denormal);
  const above = i32x4.shr_s(i32x4.sub(bits, term(rootHalf)), 23);
  const m = i32x4.sub(bits, i32x4.shl(above, 23));
  const k = f32x4.convert_i32x4_s(i32x4.sub(above, v128.and(denormal, term(upLog2))));
  const y = f32x4.sub(fma(k, f32x4.neg(term(log2, 1)), log1p(f32x4.sub(m, ones()))), f32x4.mul(k, term(log2, 0)));
  const finite = v128.bitselect(y, x, f32x4.lt(x, term(infinity, 0)));
  const real = v128.bitselect(finite, term(infinity, 2), f32x4.ge(x, f32x4.splat(0)));
  return v128.bitselect(term(infinity, 1), real, f32x4.eq(x, f32x4.splat(0)));
}

/** 1 / (1 + e⁻ˣ) */
// @ts-ignore: decorator
@inline
export function sigmoid(x: v128): v128 {
  const negative = v128.or(x, term(sign));
  let small: v128;
  if (isFar(x)) {
    const e = extreme(negative);
    small = f32x4.div(e, f32x4.add(ones(), e));
  } else {
    small = ordinary(negative, true);
  }
  // Not 1 / (1 + e) above 0: gradients are made of 1 − σ, which that leaves less exact.
  const whole = v128.andnot(ones(), i32x4.shr_s(x, 31));
  return v128.andnot(f32x4.sub(whole, small), term(sign));
}

/** log σ(x) = min(x, 0) − log(1 + e⁻ˡˣˡ) */
// @ts-ignore: decorator
@inline
export function logSigmoid(x: v128): v128 {
  return f32x4.sub(f32x4.pmin(x, f32x4.splat(0)), log1p(exp(v128.or(x, term(sign)))));
}

/** eˣ for x ≤ 0, and 0 where that is no normal number: a processor takes long over those, and a sum does not see them. */
// @ts-ignore: decorator
@inline
export function share(x: v128): v128 {
  const low = f32x4.pmax(x, term(leastShare));
  const whole = rounded(low);
  const r = rest(low, whole);
  const above = f32x4.mul(f32x4.add(even(r), odd(r)), power(i32x4.sub(whole, term(rounder))));
  return v128.andnot(f32x4.div(above, f32x4.sub(even(r), odd(r))), f32x4.lt(x, term(leastShare)));
}
