/**
 * What cross-entropy on class numbers needs of rows of logits that lie one behind the other, with room for four floats
 * behind the last.
 */

import { within } from "../checks";
import { share, term } from "./functions";
import { high, low, total } from "../lanes";

const none = memory.data<f32>([-Infinity]);
/** 2⁻¹⁰⁰: a smaller share counts as 0, so that no gradient is denormal, nor its product with a weight. */
const least = memory.data<f32>([7.888609052210118e-31]);

/**
 * The greatest of a row and Σ eˣ⁻ᵍʳᵉᵃᵗᵉˢᵗ; `to`, unless it is 0, takes each eˣ⁻ᵍʳᵉᵃᵗᵉˢᵗ. Four floats behind the row are −∞
 * meanwhile, which changes neither.
 */
export function sumRow(x: usize, to: usize, sums: usize, C: i32): void {
  const end = x + <usize>C * 4;
  const behind = v128.load(end);
  v128.store(end, term(none));
  let most = term(none);
  let at = x;
  for (; at + 64 <= end; at += 64) {
    const front = f32x4.pmax(v128.load(at), v128.load(at, 16));
    most = f32x4.pmax(most, f32x4.pmax(front, f32x4.pmax(v128.load(at, 32), v128.load(at, 48))));
  }
  for (; at < end; at += 16) most = f32x4.pmax(most, v128.load(at));
  most = f32x4.pmax(most, v128.shuffle<i32>(most, most, 2, 3, 0, 1));
  most = f32x4.pmax(most, v128.shuffle<i32>(most, most, 1, 0, 3, 2));
  let sum = f64x2.splat(0);
  let more = f64x2.splat(0);
  // Sixteen at a time are added as floats: that rounds as often as storing them does.
  for (at = x; at < end; ) {
    let part = f32x4.splat(0);
    for (const stop = min(at + 64, end); at < stop; at += 16) {
      const e = share(f32x4.sub(v128.load(at), most));
      if (to !== 0) v128.store(to + (at - x), e);
      part = f32x4.add(part, e);
    }
    sum = f64x2.add(sum, low(part));
    more = f64x2.add(more, high(part));
  }
  v128.store(end, behind);
  store<f64>(sums, <f64>f32x4.extract_lane(most, 0));
  store<f64>(sums, total(f64x2.add(sum, more)), 8);
}

/** The greatest of each row and Σ eˣ⁻ᵍʳᵉᵃᵗᵉˢᵗ, side by side in double precision. */
export function rowSums(x: usize, sums: usize, rows: i32, C: i32): void {
  const bytes = <usize>C * 4;
  assert(within(x, <usize>rows * bytes + 16) && within(sums, <usize>rows * 16));
  for (let r = 0; r < rows; r++, x += bytes, sums += 16) sumRow(x, 0, sums, C);
}

/** dx = d·eˣ⁻ᵍʳᵉᵃᵗᵉˢᵗ / Σ of each row, 0 where the share is below 2⁻¹⁰⁰; the 1 at the target is the caller's. */
export function softmaxGradient(d: usize, x: usize, sums: usize, dx: usize, rows: i32, C: i32): void {
  const bytes = <usize>C * 4;
  assert(within(x, <usize>rows * bytes + 16) && within(dx, <usize>rows * bytes + 16));
  assert(within(d, <usize>rows * 4) && within(sums, <usize>rows * 16));
  for (let r = 0; r < rows; r++, d += 4, x += bytes, dx += bytes, sums += 16) {
    const most = f32x4.splat(<f32>load<f64>(sums));
    const scale = f32x4.splat(<f32>(<f64>load<f32>(d) / load<f64>(sums, 8)));
    for (let j: usize = 0; j < bytes; j += 16) {
      const e = share(f32x4.sub(v128.load(x + j), most));
      v128.store(dx + j, f32x4.mul(v128.andnot(e, f32x4.lt(e, term(least))), scale));
    }
  }
}
