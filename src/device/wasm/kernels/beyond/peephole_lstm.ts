/** The LSTM with peepholes, around the step of the plain one: what i and f see before it, what o sees behind it. */

import { Backward, Forward } from "../descriptions";
import { flushed, fma, logistic } from "../elementwise";
import { high, low } from "../lanes";
import { activate, lstmBackward, lstmForward } from "./first";
import { add, bytesOf } from "./sums";

/** i and f see c, o sees c'. keep: i f g o tanh(c') */
export function peepholeLSTM(run: Forward, n: i32, at: usize, x: usize, hNext: usize): void {
  const wide = bytesOf(run.H), own = run.own;
  let c = run.c, cNext = run.nextC + at * wide, keep = run.kept + at * 5 * wide;
  for (let row = 0; row < n; row++) {
    const O = keep + 3 * wide;
    for (let j: usize = 0; j < wide; j += 16) {
      const old = v128.load(c + j);
      v128.store(x + j, fma(v128.load(own + j), old, v128.load(x + j)));
      v128.store(x + wide + j, fma(v128.load(own + wide + j), old, v128.load(x + wide + j)));
    }
    lstmForward(1, <i32>(wide / 4), x, c, hNext, cNext, keep);
    for (let j: usize = 0; j < wide; j += 16) {
      v128.store(O + j, fma(v128.load(own + 2 * wide + j), v128.load(cNext + j), v128.load(x + 3 * wide + j)));
    }
    activate(0, O, <i32>(wide / 4));
    for (let j: usize = 0; j < wide; j += 16) {
      v128.store(hNext + j, flushed(f32x4.mul(v128.load(O + j), v128.load(O + wide + j))));
    }
    x += 4 * wide; c += wide; hNext += wide; cNext += wide; keep += 5 * wide;
  }
}

// @ts-ignore: decorator
@inline
function addProducts(to: usize, a: v128, b: v128): void {
  add(to, f64x2.mul(low(a), low(b)), f64x2.mul(high(a), high(b)));
}

export function peepholeLSTMBackward(run: Backward, n: i32, at: usize, dh: usize): void {
  const wide = bytesOf(run.H), own = run.own, dOwn = run.dOwn;
  let keep = run.kept + at * 5 * wide, c = run.prevC + at * wide, cNext = run.nextC + at * wide;
  let dc = run.dc, da = run.dx + at * 4 * wide;
  for (let row = 0; row < n; row++) {
    const O = keep + 3 * wide;
    for (let j: usize = 0; j < wide; j += 16) {
      const d = f32x4.mul(f32x4.mul(v128.load(dh + j), v128.load(O + wide + j)), logistic(v128.load(O + j)));
      v128.store(dc + j, fma(flushed(d), v128.load(own + 2 * wide + j), v128.load(dc + j)));
    }
    lstmBackward(1, <i32>(wide / 4), keep, c, dh, dc, da);
    for (let j: usize = 0, to = dOwn; j < wide; j += 16, to += 32) {
      const dI = v128.load(da + j), dF = v128.load(da + wide + j), dO = v128.load(da + 3 * wide + j);
      const old = v128.load(c + j), next = v128.load(cNext + j);
      addProducts(to, dI, old);
      addProducts(to + 2 * wide, dF, old);
      addProducts(to + 4 * wide, dO, next);
      const d = fma(dI, v128.load(own + j), v128.load(dc + j));
      v128.store(dc + j, flushed(fma(dF, v128.load(own + wide + j), d)));
    }
    c += wide; cNext += wide; dh += wide; dc += wide; da += 4 * wide; keep += 5 * wide;
  }
}
