/**
 * The normalised LSTM and GRU, around the steps of the plain ones: normalising stands before and behind, a row at a time.
 * Own parameters lie in the order of the records, and the sums of their gradients likewise, in double precision.
 */

import { apart, within } from "../checks";
import { Backward, Forward } from "../descriptions";
import { flushed, fma, logistic, slope } from "../elementwise";
import { first, high, low, total } from "../lanes";
import { activate, gruBackward, gruForward, lstmBackward, lstmForward } from "./first";
import { add, bytesOf } from "./sums";

/**
 * Blocks of H units, normalised together: y = (x − mean) / √(variance + 1e-5), and x = y·gamma + beta, onto a row unless
 * that is 0. Gives what x was scaled by. The mean and the variance are those of double precision, and the part of the
 * mean that no float holds is taken off by itself.
 */
function normalise(x: usize, blocks: i32, H: i32, y: usize, gamma: usize, beta: usize, onto: usize): f32 {
  const wide = bytesOf(H), all = <usize>blocks * wide, count = <f64>(blocks * H), tail = first(H & 3);
  assert(within(x, all) && within(y, all) && within(gamma, all) && within(beta, all) && apart(x, all, y, all));
  // Sums of what is left of each beyond the first: squares lose no digits to a mean far from 0.
  const from = v128.load32_splat(x), base = low(from);
  let sum = f64x2.splat(0), more = sum, squares = sum, others = sum;
  for (let block: usize = 0; block < all; block += wide) {
    for (let j = 0, at = x + block; j < H; j += 4, at += 16) {
      let v = v128.load(at);
      if (H - j < 4) v = v128.bitselect(v, from, tail);
      const l = f64x2.sub(low(v), base), h = f64x2.sub(high(v), base);
      sum = f64x2.add(sum, l); more = f64x2.add(more, h);
      squares = f64x2.add(squares, f64x2.mul(l, l)); others = f64x2.add(others, f64x2.mul(h, h));
    }
  }
  const left = total(f64x2.add(sum, more)) / count;
  const variance = max<f64>(total(f64x2.add(squares, others)) / count - left * left, 0);
  const mean = left + <f64>load<f32>(x), rounded = <f32>mean;
  const most = f32x4.splat(rounded), rest = f32x4.splat(<f32>(mean - <f64>rounded));
  const scale = <f32>(1 / sqrt(variance + 1e-5)), factor = f32x4.splat(scale);
  for (let at: usize = 0; at < all; at += 16) {
    const v = flushed(f32x4.mul(f32x4.sub(f32x4.sub(v128.load(x + at), most), rest), factor));
    const z = fma(v, v128.load(gamma + at), v128.load(beta + at));
    v128.store(y + at, v);
    v128.store(x + at, onto ? f32x4.add(z, v128.load(onto + at)) : z);
  }
  return scale;
}

/** The gradient of what was normalised to y, in place of that of y·gamma. dGamma and dBeta grow by their shares. */
function normaliseBackward(
  d: usize, blocks: i32, H: i32, y: usize, scale: f32, gamma: usize, dGamma: usize, dBeta: usize,
): void {
  const wide = bytesOf(H), all = <usize>blocks * wide, count = <f64>(blocks * H);
  assert(within(d, all) && within(y, all) && within(gamma, all) && apart(d, all, y, all));
  assert(within(dGamma, 2 * all) && within(dBeta, 2 * all));
  const tail = first(H & 3);
  let sum = f64x2.splat(0), along = sum;
  for (let block: usize = 0; block < all; block += wide) {
    for (let j = 0, at = block; j < H; j += 4, at += 16) {
      let v = v128.load(d + at);
      const n = v128.load(y + at), nl = low(n), nh = high(n), l = low(v), h = high(v);
      add(dGamma + 2 * at, f64x2.mul(l, nl), f64x2.mul(h, nh));
      add(dBeta + 2 * at, l, h);
      v = f32x4.mul(v, v128.load(gamma + at));
      if (H - j < 4) v = v128.and(v, tail);
      v128.store(d + at, v);
      const vl = low(v), vh = high(v);
      sum = f64x2.add(sum, f64x2.add(vl, vh));
      along = f64x2.add(along, f64x2.add(f64x2.mul(vl, nl), f64x2.mul(vh, nh)));
    }
  }
  const mean = f32x4.splat(<f32>(total(sum) / count)), share = f32x4.splat(<f32>(total(along) / count));
  const factor = f32x4.splat(scale);
  for (let at: usize = 0; at < all; at += 16) {
    const v = f32x4.sub(f32x4.sub(v128.load(d + at), mean), f32x4.mul(v128.load(y + at), share));
    v128.store(d + at, flushed(f32x4.mul(v, factor)));
  }
}

/** keep: x and r normalised, four each; i f g o; c' normalised, tanh of it; three scales. */
export function layerNormLSTM(run: Forward, n: i32, at: usize, x: usize, hNext: usize): void {
  const H = run.H, wide = bytesOf(H), own = run.own;
  let r = run.r, c = run.c, cNext = run.nextC + at * wide, keep = run.kept + at * 17 * wide;
  for (let row = 0; row < n; row++) {
    const y = keep + 12 * wide;
    store<f32>(keep + 14 * wide, normalise(x, 4, H, keep, own, own + 10 * wide, 0));
    store<f32>(keep + 15 * wide, normalise(r, 4, H, keep + 4 * wide, own + 4 * wide, own + 14 * wide, x));
    lstmForward(1, <i32>(wide / 4), r, c, hNext, cNext, keep + 8 * wide);
    // What tanh is taken of goes through the room of h, since c' stays as it is.
    for (let j: usize = 0; j < wide; j += 16) v128.store(hNext + j, v128.load(cNext + j));
    store<f32>(keep + 16 * wide, normalise(hNext, 1, H, y, own + 8 * wide, own + 9 * wide, 0));
    activate(1, hNext, <i32>(wide / 4));
    for (let j: usize = 0; j < wide; j += 16) {
      const tanhC = v128.load(hNext + j);
      v128.store(y + wide + j, tanhC);
      v128.store(hNext + j, flushed(f32x4.mul(v128.load(y - wide + j), tanhC)));
    }
    x += 4 * wide; r += 4 * wide; c += wide; hNext += wide; cNext += wide; keep += 17 * wide;
  }
}

export function layerNormLSTMBackward(run: Backward, n: i32, at: usize, dh: usize): void {
  const H = run.H, wide = bytesOf(H), own = run.own, dOwn = run.dOwn;
  let keep = run.kept + at * 17 * wide, c = run.prevC + at * wide, dc = run.dc;
  let dx = run.dx + at * 4 * wide, dr = run.dr + at * 4 * wide;
  for (let row = 0; row < n; row++) {
    const y = keep + 12 * wide, dO = dx + 3 * wide;
    for (let j: usize = 0; j < wide; j += 16) {
      const O = v128.load(y - wide + j), tanhC = v128.load(y + wide + j), d = v128.load(dh + j);
      v128.store(dr + 3 * wide + j, flushed(f32x4.mul(f32x4.mul(d, tanhC), logistic(O))));
      v128.store(dh + j, f32x4.mul(f32x4.mul(d, O), slope(tanhC)));
    }
    normaliseBackward(dh, 1, H, y, load<f32>(keep + 16 * wide), own + 8 * wide, dOwn + 16 * wide, dOwn + 18 * wide);
    for (let j: usize = 0; j < wide; j += 16) {
      v128.store(dc + j, f32x4.add(v128.load(dc + j), v128.load(dh + j)));
      v128.store(dh + j, f32x4.splat(0));
    }
    // Without a gradient of h the rest is an LSTM's, but for that of o.
    lstmBackward(1, <i32>(wide / 4), keep + 8 * wide, c, dh, dc, dx);
    for (let j: usize = 0; j < wide; j += 16) v128.store(dO + j, v128.load(dr + 3 * wide + j));
    for (let j: usize = 0; j < 3 * wide; j += 16) v128.store(dr + j, v128.load(dx + j));
    const r = keep + 4 * wide;
    normaliseBackward(dx, 4, H, keep, load<f32>(keep + 14 * wide), own, dOwn, dOwn + 20 * wide);
    normaliseBackward(dr, 4, H, r, load<f32>(keep + 15 * wide), own + 4 * wide, dOwn + 8 * wide, dOwn + 28 * wide);
    c += wide; dh += wide; dc += wide; dx += 4 * wide; dr += 4 * wide; keep += 17 * wide;
  }
}

/** keep: x and r normalised, three each; r z n; four scales. */
export function layerNormGRU(run: Forward, n: i32, at: usize, x: usize, hNext: usize): void {
  const H = run.H, wide = bytesOf(H);
  let r = run.r, h = run.h, keep = run.kept + at * 13 * wide;
  for (let row = 0; row < n; row++) {
    let half = x, to = keep, gamma = run.own;
    // Both halves alike: r and z together, n by itself. The step writes over the place of the first scale.
    let s0: f32 = 0, s1: f32 = 0, s2: f32 = 0, s3: f32 = 0;
    for (let i = 0; i < 2; i++) {
      const beta = gamma + 6 * wide;
      s0 = s2; s1 = s3;
      s2 = normalise(half, 2, H, to, gamma, beta, 0);
      s3 = normalise(half + 2 * wide, 1, H, to + 2 * wide, gamma + 2 * wide, beta + 2 * wide, 0);
      half = r; to += 3 * wide; gamma += 3 * wide;
    }
    gruForward(1, <i32>(wide / 4), x, r, h, hNext, keep + 6 * wide);
    const scales = keep + 9 * wide;
    store<f32>(scales, s0); store<f32>(scales + wide, s1);
    store<f32>(scales + 2 * wide, s2); store<f32>(scales + 3 * wide, s3);
    x += 3 * wide; r += 3 * wide; h += wide; hNext += wide; keep += 13 * wide;
  }
}

export function layerNormGRUBackward(run: Backward, n: i32, at: usize, dh: usize): void {
  const H = run.H, wide = bytesOf(H), own = run.own, dOwn = run.dOwn;
  let keep = run.kept + at * 13 * wide, h = run.prevH + at * wide;
  let dx = run.dx + at * 3 * wide, dr = run.dr + at * 3 * wide;
  for (let row = 0; row < n; row++) {
    const scales = keep + 9 * wide, first = load<f32>(scales);
    // Where the first scale is, a GRU's step backward reads the recurrent half of n.
    for (let j: usize = 0; j < wide; j += 16) {
      const y = v128.load(keep + 5 * wide + j);
      v128.store(scales + j, fma(y, v128.load(own + 5 * wide + j), v128.load(own + 11 * wide + j)));
    }
    gruBackward(1, <i32>(wide / 4), keep + 6 * wide, h, dh, dx, dr);
    let half = dx, y = keep, from: usize = 0;
    for (let i: usize = 0; i < 2; i++) {
      const two = i ? load<f32>(scales + 2 * wide) : first, one = load<f32>(scales + (2 * i + 1) * wide);
      const gamma = own + from, dGamma = dOwn + 2 * from, dBeta = dGamma + 12 * wide;
      normaliseBackward(half, 2, H, y, two, gamma, dGamma, dBeta);
      normaliseBackward(half + 2 * wide, 1, H, y + 2 * wide, one, gamma + 2 * wide, dGamma + 4 * wide, dBeta + 4 * wide);
      half = dr; y += 3 * wide; from += 3 * wide;
    }
    h += wide; dh += wide; dx += 3 * wide; dr += 3 * wide; keep += 13 * wide;
  }
}
