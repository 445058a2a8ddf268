/**
 * What cross-entropy on class numbers needs of rows of logits that lie one behind the other, with room for four floats
 * behind the last.
 */

import { within } from "../checks";
import { share, term } from "./functions";
import { first, high, low, total } from "./lanes";

const none = memory.data<f32>([-Infinity]);
/** 2⁻¹⁰⁰: a smaller share counts as 0, so that no gradient is denormal, nor its product with a weight. */
const least = memory.data<f32>([7.888609052210118e-31]);

/** The greatest of each row and Σ eˣ⁻ᵍʳᵉᵃᵗᵉˢᵗ, side by side in double precision. */
export function rowSums(x: usize, sums: usize, rows: i32, C: i32): void {
  const bytes = <usize>C * 4;
  assert(within(x, <usize>rows * bytes + 16) && within(sums, <usize>rows * 16));
  for (let r = 0; r < rows; r++, x += bytes, sums += 16) {
    let most = term(none);
    for (let j = 0; j < C; j += 4) {
      most = f32x4.pmax(most, v128.bitselect(v128.load(x + <usize>j * 4), term(none), first(C - j)));
    }
    most = f32x4.pmax(most, v128.shuffle<i32>(most, most, 2, 3, 0, 1));
    most = f32x4.pmax(most, v128.shuffle<i32>(most, most, 1, 0, 3, 2));
    let sum = f64x2.splat(0);
    let more = f64x2.splat(0);
    for (let j = 0; j < C; j += 4) {
      const e = v128.and(share(f32x4.sub(v128.load(x + <usize>j * 4), most)), first(C - j));
      sum = f64x2.add(sum, low(e));
      more = f64x2.add(more, high(e));
    }
    store<f64>(sums, <f64>f32x4.extract_lane(most, 0));
    store<f64>(sums, total(f64x2.add(sum, more)), 8);
  }
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
