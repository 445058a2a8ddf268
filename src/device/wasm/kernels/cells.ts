/**
 * The recurrent cells, four units at a time: the same equations, letters and order of gates as the js device's.
 * H is a multiple of eight: units that pad it come out as anything, and nobody reads them. Pointers are bytes.
 * What the next step reads, states and gradients of gates and of states, is flushed: a state that dies away, or a
 * gradient on its way back through a long sequence, ends in 0 instead of in denormal numbers.
 */

import { apart, within } from "./checks";
import { flushed, fma, logistic, ones, sigmoid, slope, tanh } from "./elementwise";

/** h' = tanh(x) or max(x, 0), where x already holds both halves */
export function rnnForward(relu: bool, count: i32, x: usize, h: usize): void {
  assert(within(x, <usize>count * 4) && within(h, <usize>count * 4) && apart(x, <usize>count * 4, h, <usize>count * 4));
  const end = x + <usize>count * 4;
  for (; x < end; x += 16, h += 16) {
    const a = v128.load(x);
    v128.store(h, flushed(relu ? f32x4.max(a, f32x4.splat(0)) : tanh(a)));
  }
}

/** da = dh·(1 − h²), or dh where h > 0 (or NaN) */
export function rnnBackward(relu: bool, count: i32, h: usize, dh: usize, da: usize): void {
  const all = <usize>count * 4;
  assert(within(h, all) && within(dh, all) && within(da, all));
  assert(apart(h, all, dh, all) && apart(h, all, da, all) && apart(dh, all, da, all));
  const end = h + <usize>count * 4;
  for (; h < end; h += 16, dh += 16, da += 16) {
    const y = v128.load(h);
    const d = v128.load(dh);
    v128.store(da, flushed(relu ? v128.andnot(d, f32x4.le(y, f32x4.splat(0))) : f32x4.mul(d, slope(y))));
    v128.store(dh, f32x4.splat(0));
  }
}

/** i f g o in x, which already holds both halves; keep: i f g o tanh(c') */
export function lstmForward(n: i32, H: i32, x: usize, c: usize, hNext: usize, cNext: usize, keep: usize): void {
  const wide = <usize>H * 4;
  const all = <usize>n * wide;
  assert(within(x, 4 * all) && within(c, all) && within(hNext, all) && within(cNext, all) && within(keep, 5 * all));
  assert(apart(keep, 5 * all, x, 4 * all) && apart(keep, 5 * all, c, all) && apart(keep, 5 * all, hNext, all));
  assert(apart(keep, 5 * all, cNext, all) && apart(hNext, all, cNext, all) && apart(hNext, all, c, all));
  assert(apart(hNext, all, x, 4 * all) && apart(cNext, all, x, 4 * all) && apart(cNext, all, c, all));
  for (let row = 0; row < n; row++, x += 3 * wide, keep += 4 * wide) {
    for (let j = 0; j < H; j += 4, x += 16, c += 16, hNext += 16, cNext += 16, keep += 16) {
      const I = sigmoid(v128.load(x));
      const F = sigmoid(v128.load(x + wide));
      const G = tanh(v128.load(x + 2 * wide));
      const O = sigmoid(v128.load(x + 3 * wide));
      const next = fma(F, v128.load(c), f32x4.mul(I, G));
      const tanhC = tanh(next);
      v128.store(cNext, flushed(next));
      v128.store(hNext, flushed(f32x4.mul(O, tanhC)));
      v128.store(keep, I);
      v128.store(keep + wide, F);
      v128.store(keep + 2 * wide, G);
      v128.store(keep + 3 * wide, O);
      v128.store(keep + 4 * wide, tanhC);
    }
  }
}

export function lstmBackward(n: i32, H: i32, keep: usize, c: usize, dh: usize, dc: usize, da: usize): void {
  const wide = <usize>H * 4;
  const all = <usize>n * wide;
  assert(within(keep, 5 * all) && within(c, all) && within(dh, all) && within(dc, all) && within(da, 4 * all));
  assert(apart(da, 4 * all, keep, 5 * all) && apart(da, 4 * all, c, all) && apart(da, 4 * all, dh, all));
  assert(apart(da, 4 * all, dc, all) && apart(dh, all, dc, all) && apart(dh, all, c, all) && apart(dc, all, c, all));
  assert(apart(dh, all, keep, 5 * all) && apart(dc, all, keep, 5 * all));
  for (let row = 0; row < n; row++, da += 3 * wide, keep += 4 * wide) {
    for (let j = 0; j < H; j += 4, da += 16, c += 16, dh += 16, dc += 16, keep += 16) {
      const I = v128.load(keep);
      const F = v128.load(keep + wide);
      const G = v128.load(keep + 2 * wide);
      const O = v128.load(keep + 3 * wide);
      const tanhC = v128.load(keep + 4 * wide);
      const dHidden = v128.load(dh);
      const d = fma(f32x4.mul(dHidden, O), slope(tanhC), v128.load(dc));
      v128.store(da, flushed(f32x4.mul(f32x4.mul(d, G), logistic(I))));
      v128.store(da + wide, flushed(f32x4.mul(f32x4.mul(d, v128.load(c)), logistic(F))));
      v128.store(da + 2 * wide, flushed(f32x4.mul(f32x4.mul(d, I), slope(G))));
      v128.store(da + 3 * wide, flushed(f32x4.mul(f32x4.mul(dHidden, tanhC), logistic(O))));
      v128.store(dc, flushed(f32x4.mul(d, F)));
      v128.store(dh, f32x4.splat(0));
    }
  }
}

/** r z n; x and q are the two halves; keep: r z n q_n */
export function gruForward(rows: i32, H: i32, x: usize, q: usize, h: usize, hNext: usize, keep: usize): void {
  const wide = <usize>H * 4;
  const all = <usize>rows * wide;
  assert(within(x, 3 * all) && within(q, 3 * all) && within(h, all) && within(hNext, all) && within(keep, 4 * all));
  assert(apart(keep, 4 * all, x, 3 * all) && apart(keep, 4 * all, q, 3 * all) && apart(keep, 4 * all, h, all));
  assert(apart(keep, 4 * all, hNext, all) && apart(hNext, all, x, 3 * all) && apart(hNext, all, q, 3 * all));
  assert(apart(hNext, all, h, all));
  for (let row = 0; row < rows; row++, x += 2 * wide, q += 2 * wide, keep += 3 * wide) {
    for (let j = 0; j < H; j += 4, x += 16, q += 16, h += 16, hNext += 16, keep += 16) {
      const R = sigmoid(f32x4.add(v128.load(x), v128.load(q)));
      const Z = sigmoid(f32x4.add(v128.load(x + wide), v128.load(q + wide)));
      const recurrent = v128.load(q + 2 * wide);
      const N = tanh(fma(R, recurrent, v128.load(x + 2 * wide)));
      v128.store(hNext, flushed(fma(Z, f32x4.sub(v128.load(h), N), N)));
      v128.store(keep, R);
      v128.store(keep + wide, Z);
      v128.store(keep + 2 * wide, N);
      v128.store(keep + 3 * wide, recurrent);
    }
  }
}

export function gruBackward(rows: i32, H: i32, keep: usize, h: usize, dh: usize, dx: usize, dq: usize): void {
  const wide = <usize>H * 4;
  const all = <usize>rows * wide;
  assert(within(keep, 4 * all) && within(h, all) && within(dh, all) && within(dx, 3 * all) && within(dq, 3 * all));
  assert(apart(dx, 3 * all, dq, 3 * all) && apart(dx, 3 * all, keep, 4 * all) && apart(dq, 3 * all, keep, 4 * all));
  assert(apart(dh, all, h, all) && apart(dh, all, dx, 3 * all) && apart(dh, all, dq, 3 * all));
  assert(apart(dx, 3 * all, h, all) && apart(dq, 3 * all, h, all) && apart(dh, all, keep, 4 * all));
  for (let row = 0; row < rows; row++, dx += 2 * wide, dq += 2 * wide, keep += 3 * wide) {
    for (let j = 0; j < H; j += 4, dx += 16, dq += 16, h += 16, dh += 16, keep += 16) {
      const R = v128.load(keep);
      const Z = v128.load(keep + wide);
      const N = v128.load(keep + 2 * wide);
      const d = v128.load(dh);
      const dn = flushed(f32x4.mul(f32x4.mul(d, f32x4.sub(ones(), Z)), slope(N)));
      const dr = flushed(f32x4.mul(f32x4.mul(dn, v128.load(keep + 3 * wide)), logistic(R)));
      const dz = flushed(f32x4.mul(f32x4.mul(d, f32x4.sub(v128.load(h), N)), logistic(Z)));
      v128.store(dx, dr);
      v128.store(dq, dr);
      v128.store(dx + wide, dz);
      v128.store(dq + wide, dz);
      v128.store(dx + 2 * wide, dn);
      v128.store(dq + 2 * wide, flushed(f32x4.mul(dn, R)));
      v128.store(dh, flushed(f32x4.mul(d, Z)));
    }
  }
}
