/** The GRU that resets h before the product: the last gates' product is done inside the step. Rows of x hold r z n. */

import { apart, within } from "../checks";
import { Backward, Forward } from "../descriptions";
import { flushed, fma, logistic, ones, slope } from "../elementwise";
import { first } from "../lanes";
import { activate, gemm } from "./first";
import { bytesOf } from "./sums";

/** m = r·h, what the product multiplies, then n and h'. keep: r z n, as they lie in x. */
export function gruResetBefore(run: Forward, n: i32, at: usize, x: usize, hNext: usize): void {
  const H = run.H, wide = bytesOf(H), gates: usize = 3 * wide, all = <usize>n * wide;
  const m = run.made + at * wide, kept = run.kept + at * gates;
  assert(within(m, all) && within(kept, 3 * all) && apart(kept, 3 * all, x, 3 * all) && apart(m, all, run.h, all));
  for (let row: usize = 0; row < all; row += wide) {
    const r = x + 3 * row;
    activate(0, r, <i32>(wide / 2));
    for (let j: usize = 0; j < wide; j += 16) {
      v128.store(m + row + j, flushed(f32x4.mul(v128.load(r + j), v128.load(run.h + row + j))));
    }
  }
  const last = x + 2 * wide;
  gemm(m, wide, 4, run.hh + 2 * wide * H, last, gates, n, <i32>(wide / 4), H, last, gates);
  for (let row: usize = 0; row < all; row += wide) {
    const r = x + 3 * row, z = r + wide, N = z + wide;
    activate(1, N, <i32>(wide / 4));
    for (let j: usize = 0; j < wide; j += 16) {
      const y = v128.load(N + j);
      v128.store(hNext + row + j, flushed(fma(v128.load(z + j), f32x4.sub(v128.load(run.h + row + j), y), y)));
    }
    for (let j: usize = 0; j < gates; j += 16) v128.store(kept + 3 * row + j, v128.load(r + j));
  }
}

export function gruResetBeforeBackward(run: Backward, n: i32, at: usize, dh: usize): void {
  const H = run.H, wide = bytesOf(H), gates: usize = 3 * wide, all = <usize>n * wide;
  const h = run.prevH + at * wide, kept = run.kept + at * gates, da = run.dx + at * gates, dm = run.dMade;
  assert(within(da, 3 * all) && within(dm, all) && apart(da, 3 * all, kept, 3 * all) && apart(dm, all, dh, all));
  for (let row: usize = 0; row < all; row += wide) {
    const z = kept + 3 * row + wide, to = da + 3 * row + wide;
    for (let j: usize = 0; j < wide; j += 16) {
      const Z = v128.load(z + j), N = v128.load(z + wide + j), d = v128.load(dh + row + j);
      v128.store(to + j, flushed(f32x4.mul(f32x4.mul(d, f32x4.sub(v128.load(h + row + j), N)), logistic(Z))));
      // The product sums over the padding.
      const dn = v128.and(f32x4.mul(f32x4.mul(d, f32x4.sub(ones(), Z)), slope(N)), first(H - <i32>(j / 4)));
      v128.store(to + wide + j, flushed(dn));
      v128.store(dh + row + j, flushed(f32x4.mul(d, Z)));
    }
  }
  gemm(da + 2 * wide, gates, 4, run.second, dm, wide, n, <i32>(wide / 4), <i32>(wide / 4), 0, 0);
  for (let row: usize = 0; row < all; row += wide) {
    for (let j: usize = 0; j < wide; j += 16) {
      const R = v128.load(kept + 3 * row + j), d = v128.load(dm + row + j);
      v128.store(da + 3 * row + j, flushed(f32x4.mul(f32x4.mul(d, v128.load(h + row + j)), logistic(R))));
      v128.store(dh + row + j, flushed(fma(d, R, v128.load(dh + row + j))));
    }
  }
}
