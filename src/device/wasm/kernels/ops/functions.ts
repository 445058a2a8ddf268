/**
 * Functions of four floats at once over all of float32, to a few units in the last place: denormal numbers are taken
 * and given, NaN stays NaN. The cells' (../elementwise.ts) stop short of denormal numbers, which cost them their pace.
 */

import { fma, ones } from "../elementwise";

const perLog2 = memory.data<f32>([1.4426950408889634]);
/** Where eˣ is 0 and where it is infinite. */
const ends = memory.data<f32>([-104.0, 89.0]);
const log2 = memory.data<f32>([-0.693359375, 2.12194440e-4]);
const bias = memory.data<i32>([127]);
/** 1.5·2²³: added to a small float, it leaves the nearest whole number in the lowest bits. */
const rounder = memory.data<f32>([12582912.0]);
const expTerms = memory.data<f32>([0.00139261761199, 0.00836317307451, 0.0416665546621, 0.166665770256, 0.5]);

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

/** eˣ: x = n·ln 2 + r, and 2ⁿ in two halves, so that denormal results and infinity are reached. */
// @ts-ignore: decorator
@inline
export function exp(x: v128): v128 {
  const within = f32x4.pmin(f32x4.pmax(x, term(ends)), term(ends, 1));
  const rounded = fma(within, term(perLog2), term(rounder));
  const n = f32x4.sub(rounded, term(rounder));
  let r = fma(n, term(log2, 0), within);
  r = fma(n, term(log2, 1), r);
  let q = fma(term(expTerms, 0), r, term(expTerms, 1));
  q = fma(q, r, term(expTerms, 2));
  q = fma(q, r, term(expTerms, 3));
  q = fma(q, r, term(expTerms, 4));
  const y = f32x4.add(ones(), fma(f32x4.mul(r, r), q, r));
  const whole = i32x4.sub(rounded, term(rounder));
  const half = i32x4.shr_s(whole, 1);
  return f32x4.mul(f32x4.mul(y, power(half)), power(i32x4.sub(whole, half)));
}
