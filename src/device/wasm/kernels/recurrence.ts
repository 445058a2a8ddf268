/**
 * The loop over time, forward and backward: the same walk as device/recurrence.ts, in one call a sequence.
 *
 * Rows are padded to multiples of eight: Hp for H, Pp for P. What stands in the padding may be anything, infinity times
 * a weight of zero being NaN, so no product sums over it, unless `clear` has put zeros there. `steps` are T whole numbers of 32 bits.
 * Modes: 0 RNN_TANH, 1 RNN_RELU, 2 LSTM, 3 GRU.
 */

import { gruBackward, gruForward, lstmBackward, lstmForward, rnnBackward, rnnForward } from "./cells";
import { apart, within } from "./checks";
import { gemm } from "./gemm";

const LSTM = 2;
const GRU = 3;

/** Copies a multiple of 16 bytes: memory.copy costs a call, which a short row does not repay. */
function copy(to: usize, from: usize, bytes: usize): void {
  assert(within(to, bytes) && within(from, bytes) && apart(to, bytes, from, bytes) && bytes % 16 === 0);
  const end = to + bytes;
  for (; to < end; to += 16, from += 16) v128.store(to, v128.load(from));
}

/** The sum of each column, in double precision; eight columns at a time, since rows are read a line of cache at a time. */
export function columnSums(from: usize, rows: i32, width: i32, to: usize): void {
  const bytes = <usize>width * 4;
  assert(within(from, <usize>rows * bytes) && within(to, bytes) && apart(from, <usize>rows * bytes, to, bytes));
  for (let j: usize = 0; j < bytes; j += 32, to += 32) {
    let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0;
    let at = from + j;
    for (let row = 0; row < rows; row++, at += bytes) {
      s0 = f64x2.add(s0, f64x2.promote_low_f32x4(v128.load64_zero(at)));
      s1 = f64x2.add(s1, f64x2.promote_low_f32x4(v128.load64_zero(at, 8)));
      s2 = f64x2.add(s2, f64x2.promote_low_f32x4(v128.load64_zero(at, 16)));
      s3 = f64x2.add(s3, f64x2.promote_low_f32x4(v128.load64_zero(at, 24)));
    }
    v128.store64_lane(to, f32x4.demote_f64x2_zero(s0), 0); v128.store64_lane(to, f32x4.demote_f64x2_zero(s1), 0, 8);
    v128.store64_lane(to, f32x4.demote_f64x2_zero(s2), 0, 16); v128.store64_lane(to, f32x4.demote_f64x2_zero(s3), 0, 24);
  }
}

// @ts-ignore: decorator
@inline
export function padded(size: i32): i32 {
  return (size + 7) & ~7;
}

/** Zeros in the padding of rows that a product is going to sum over: `blocks` times `size` floats, each padded. */
function clear(rows: usize, count: i32, size: i32): void {
  const width = padded(size);
  if (width === size) return;
  const bytes = <usize>(width - size) * 4;
  rows += <usize>size * 4;
  for (let i = 0; i < count; i++, rows += <usize>width * 4) memory.fill(rows, 0, bytes);
}

function addRows(to: usize, from: usize, bytes: usize): void {
  assert(within(to, bytes) && within(from, bytes) && apart(to, bytes, from, bytes));
  const end = to + bytes;
  for (; to < end; to += 16, from += 16) v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
}

/**
 * T steps, whose rows begin with row `start`; x holds the input gates of every row. h and c are the running states. With keepAll the states around each step and
 * its gates are kept by row, else in place for one step. whr is 0 without a projection; then raw is output.
 */
export function forward(
  mode: i32, T: i32, steps: usize, start: usize, reverse: bool, H: i32, P: i32, gates: i32, keep: i32, x: usize, r: usize,
  whh: usize, biasHh: usize, whr: usize, h: usize, c: usize, prevH: usize, prevC: usize, raw: usize, nextC: usize,
  kept: usize, output: usize, keepAll: bool,
): void {
  const Hp = padded(H), GH = gates * Hp;
  const gateBytes = <usize>GH * 4, hBytes = <usize>Hp * 4, pBytes = <usize>padded(P) * 4, keepBytes = <usize>keep * hBytes;
  if (reverse) for (let t = 0; t < T; t++) start += load<i32>(steps + <usize>t * 4);
  for (let s = 0; s < T; s++) {
    const t = reverse ? T - 1 - s : s;
    const n = load<i32>(steps + <usize>t * 4);
    if (reverse) start -= n;
    const at: usize = keepAll ? start : 0;
    const xRows = x + start * gateBytes;
    const out = output + start * pBytes;
    const nextCRows = nextC + at * hBytes;
    const keptRows = kept + at * keepBytes;
    const rawRows = whr ? raw + at * hBytes : out;
    if (keepAll) {
      copy(prevH + at * pBytes, h, <usize>n * pBytes);
      if (mode === LSTM) copy(prevC + at * hBytes, c, <usize>n * hBytes);
    }
    if (mode === GRU) {
      gemm(h, pBytes, 4, whh, r, gateBytes, n, GH, P, biasHh, 0);
      gruForward(n, Hp, xRows, r, h, rawRows, keptRows);
    } else {
      gemm(h, pBytes, 4, whh, xRows, gateBytes, n, GH, P, xRows, gateBytes);
      if (mode === LSTM) {
        lstmForward(n, Hp, xRows, c, rawRows, nextCRows, keptRows);
        copy(c, nextCRows, <usize>n * hBytes);
      } else {
        rnnForward(mode === 1, n * Hp, xRows, rawRows);
      }
    }
    if (whr) gemm(rawRows, hBytes, 4, whr, out, pBytes, n, padded(P), H, 0, 0);
    copy(h, out, <usize>n * pBytes);
    if (!reverse) start += n;
  }
}

/** The same T steps the other way round. dOutput is 0 where no gradient came. projected and unprojected are used with a projection only. */
export function backward(
  mode: i32, T: i32, steps: usize, start: usize, reverse: bool, H: i32, P: i32, gates: i32, keep: i32, whh: usize, whr: usize,
  dOutput: usize, dh: usize, dc: usize, prevH: usize, prevC: usize, raw: usize, kept: usize, dx: usize, dr: usize,
  projected: usize, unprojected: usize,
): void {
  const Hp = padded(H), GH = gates * Hp;
  const gateBytes = <usize>GH * 4, hBytes = <usize>Hp * 4, pBytes = <usize>padded(P) * 4, keepBytes = <usize>keep * hBytes;
  if (!reverse) for (let t = 0; t < T; t++) start += load<i32>(steps + <usize>t * 4);
  for (let s = 0; s < T; s++) {
    const t = reverse ? s : T - 1 - s;
    const n = load<i32>(steps + <usize>t * 4);
    if (!reverse) start -= n;
    if (dOutput) addRows(dh, dOutput + start * pBytes, <usize>n * pBytes);
    let d = dh;
    if (whr) {
      const after = projected + start * pBytes;
      copy(after, dh, <usize>n * pBytes);
      clear(after, n, P);
      memory.fill(dh, 0, <usize>n * pBytes);
      gemm(after, pBytes, 4, whr, unprojected, hBytes, n, Hp, padded(P), 0, 0);
      d = unprojected;
    }
    const keptRows = kept + start * keepBytes;
    const dxRows = dx + start * gateBytes;
    const drRows = dr + start * gateBytes;
    if (mode === LSTM) lstmBackward(n, Hp, keptRows, prevC + start * hBytes, d, dc, dxRows);
    else if (mode === GRU) gruBackward(n, Hp, keptRows, prevH + start * pBytes, d, dxRows, drRows);
    else rnnBackward(mode === 1, n * Hp, raw + start * hBytes, d, dxRows);
    clear(dxRows, n * gates, H);
    if (mode === GRU) clear(drRows, n * gates, H);
    gemm(drRows, gateBytes, 4, whh, dh, pBytes, n, padded(P), GH, dh, pBytes);
    if (reverse) start += n;
  }
}
