/**
 * The loop over time, forward and backward: the same walk as device/recurrence.ts, in one call a sequence.
 *
 * Rows are padded to multiples of eight: Hp for H, Pp for P. What stands in the padding may be anything, infinity times
 * a weight of zero being NaN, so no product sums over it, unless `clear` has put zeros there.
 */

import { gruBackward, gruForward, lstmBackward, lstmForward, rnnBackward, rnnForward } from "./cells";
import { apart, within } from "./checks";
import { Backward, Forward } from "./descriptions";
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

/** Runs steps. Fields are read once: what the loop reads again and again stays in registers. */
export function forward(run: Forward): void {
  const cell = run.cell, T = run.count, steps = run.steps, reverse = run.reverse !== 0, keepAll = run.keepAll !== 0;
  const H = run.H, P = run.P, x = run.x, r = run.r, hh = run.hh, hr = run.hr, h = run.h, c = run.c;
  const prevH = run.prevH, prevC = run.prevC, nextC = run.nextC, kept = run.kept, output = run.output;
  const Hp = padded(H), GH = run.gates * Hp;
  const gateBytes = <usize>GH * 4, hBytes = <usize>Hp * 4, pBytes = <usize>padded(P) * 4;
  const keepBytes = <usize>run.keep * hBytes;
  let start: usize = run.start;
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
    const rawRows = hr ? run.raw + at * hBytes : out;
    if (keepAll) {
      copy(prevH + at * pBytes, h, <usize>n * pBytes);
      if (c) copy(prevC + at * hBytes, c, <usize>n * hBytes);
    }
    if (r) {
      gemm(h, pBytes, 4, hh, r, gateBytes, n, GH, P, run.biasHh, 0);
      if (cell === GRU) gruForward(n, Hp, xRows, r, h, rawRows, keptRows);
    } else {
      // The last gates of a second product come behind the first, in the weight as in the row.
      const first = run.made ? GH - Hp : GH;
      gemm(h, pBytes, 4, hh, xRows, gateBytes, n, first, P, xRows, gateBytes);
      if (cell === LSTM) lstmForward(n, Hp, xRows, c, rawRows, nextCRows, keptRows);
      else if (cell >= 0) rnnForward(cell === 1, n * Hp, xRows, rawRows);
    }
    if (cell < 0) call_indirect<void>(-cell, run, n, at, xRows, rawRows);
    if (c) copy(c, nextCRows, <usize>n * hBytes);
    if (hr) gemm(rawRows, hBytes, 4, hr, out, pBytes, n, padded(P), H, 0, 0);
    copy(h, out, <usize>n * pBytes);
    if (!reverse) start += n;
  }
}

/** Runs steps the other way round. */
export function backward(run: Backward): void {
  const cell = run.cell, T = run.count, steps = run.steps, reverse = run.reverse !== 0, gates = run.gates;
  const H = run.H, P = run.P, hh = run.hh, hr = run.hr, dOutput = run.dOutput, dh = run.dh, dc = run.dc;
  const prevH = run.prevH, prevC = run.prevC, raw = run.raw, kept = run.kept, dx = run.dx, dr = run.dr;
  const projected = run.projected, unprojected = run.unprojected;
  const Hp = padded(H), GH = gates * Hp, first = run.second ? GH - Hp : GH;
  const gateBytes = <usize>GH * 4, hBytes = <usize>Hp * 4, pBytes = <usize>padded(P) * 4;
  const keepBytes = <usize>run.keep * hBytes;
  let start: usize = run.start;
  if (!reverse) for (let t = 0; t < T; t++) start += load<i32>(steps + <usize>t * 4);
  for (let s = 0; s < T; s++) {
    const t = reverse ? s : T - 1 - s;
    const n = load<i32>(steps + <usize>t * 4);
    if (!reverse) start -= n;
    if (dOutput) addRows(dh, dOutput + start * pBytes, <usize>n * pBytes);
    let d = dh;
    if (hr) {
      const after = projected + start * pBytes;
      copy(after, dh, <usize>n * pBytes);
      clear(after, n, P);
      memory.fill(dh, 0, <usize>n * pBytes);
      gemm(after, pBytes, 4, hr, unprojected, hBytes, n, Hp, padded(P), 0, 0);
      d = unprojected;
    }
    const keptRows = kept + start * keepBytes;
    const dxRows = dx + start * gateBytes;
    const drRows = dr + start * gateBytes;
    if (cell < 0) call_indirect<void>(1 - cell, run, n, start, d);
    else if (cell === LSTM) lstmBackward(n, Hp, keptRows, prevC + start * hBytes, d, dc, dxRows);
    else if (cell === GRU) gruBackward(n, Hp, keptRows, prevH + start * pBytes, d, dxRows, drRows);
    else rnnBackward(cell === 1, n * Hp, raw + start * hBytes, d, dxRows);
    clear(dxRows, n * gates, H);
    if (dr !== dx) clear(drRows, n * gates, H);
    gemm(drRows, gateBytes, 4, hh, dh, pBytes, n, padded(P), first, dh, pBytes);
    if (reverse) start += n;
  }
}
