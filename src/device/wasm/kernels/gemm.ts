/**
 * c = a·b, onto `init` unless that is 0: c itself, or one row for all (its rows are initRow bytes apart, 0 for one). b comes packed in panels of eight columns, [panel][k][8 floats], so that the innermost loop reads it from
 * front to back; a comes with any strides; c is row-major. N is a multiple of eight: whoever calls pads with zeros.
 * Strides and lengths are in bytes where they are called so, else in elements.
 */

import { apart, within } from "./checks";
import { fma } from "./elementwise";

/**
 * Packs b[k][n], at source + k·rowStride + n·columnStride bytes, into panels that begin `step` bytes apart; 0 stands for
 * one behind the other. What has a greater step leaves room for more of K.
 */
export function pack(
  source: usize, rowStride: usize, columnStride: usize, K: i32, N: i32, panels: usize, step: usize,
): void {
  if (step === 0) step = <usize>K * 32;
  assert(K === 0 || N === 0 || within(source, <usize>(K - 1) * rowStride + <usize>(N - 1) * columnStride + 4));
  assert(N % 8 === 0 && (N === 0 || within(panels, <usize>(N / 8 - 1) * step + <usize>K * 32)));
  assert(apart(panels, <usize>N / 8 * step, source, <usize>(K - 1) * rowStride + <usize>(N - 1) * columnStride + 4));
  for (let n = 0; n < N; n += 8, panels += step) {
    let to = panels;
    let row = source + <usize>n * columnStride;
    for (let k = 0; k < K; k++, row += rowStride, to += 32) {
      if (columnStride === 4) {
        v128.store(to, v128.load(row));
        v128.store(to, v128.load(row, 16), 16);
      } else {
        let at = row;
        for (let j: usize = 0; j < 32; j += 4, at += columnStride) store<f32>(to + j, load<f32>(at));
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function plus(sum: v128, c: usize): v128 {
  return f32x4.add(sum, v128.load(c));
}

/** How much of K is summed before it is added to c: rounding errors grow with the length of a sum. */
const chunk = 32;

/** Four rows, eight columns: eight accumulators, which go to c after every `chunk` of K. */
function tile4(
  a: usize, aRow: usize, aColumn: usize, panel: usize, c: usize, cRow: usize, K: i32, init: usize,
  initRow: usize,
): void {
  const c1 = c + cRow;
  const c2 = c1 + cRow;
  const c3 = c2 + cRow;
  let a0 = a, a1 = a0 + aRow, a2 = a1 + aRow, a3 = a2 + aRow;
  let b = panel;
  for (; K > 0; K -= chunk) {
    const end = b + <usize>min(K, chunk) * 32;
    let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
    for (; b < end; b += 32) {
      const b0 = v128.load(b), b1 = v128.load(b, 16);
      const x0 = v128.load32_splat(a0), x1 = v128.load32_splat(a1), x2 = v128.load32_splat(a2), x3 = v128.load32_splat(a3);
      s00 = fma(x0, b0, s00); s01 = fma(x0, b1, s01);
      s10 = fma(x1, b0, s10); s11 = fma(x1, b1, s11);
      s20 = fma(x2, b0, s20); s21 = fma(x2, b1, s21);
      s30 = fma(x3, b0, s30); s31 = fma(x3, b1, s31);
      a0 += aColumn; a1 += aColumn; a2 += aColumn; a3 += aColumn;
    }
    if (init) {
      s00 = plus(s00, init); s01 = plus(s01, init + 16); init += initRow;
      s10 = plus(s10, init); s11 = plus(s11, init + 16); init += initRow;
      s20 = plus(s20, init); s21 = plus(s21, init + 16); init += initRow;
      s30 = plus(s30, init); s31 = plus(s31, init + 16);
    }
    v128.store(c, s00); v128.store(c, s01, 16);
    v128.store(c1, s10); v128.store(c1, s11, 16);
    v128.store(c2, s20); v128.store(c2, s21, 16);
    v128.store(c3, s30); v128.store(c3, s31, 16);
    init = c;
    initRow = cRow;
  }
}

/** One row, thirty-two columns: four panels side by side, so that the additions need not wait for each other. */
function row4(a: usize, aColumn: usize, panel: usize, step: usize, c: usize, K: i32, init: usize): void {
  let p0 = panel, p1 = p0 + step, p2 = p1 + step, p3 = p2 + step;
  for (; K > 0; K -= chunk) {
    const end = p0 + <usize>min(K, chunk) * 32;
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
    while (p0 < end) {
      const x = v128.load32_splat(a);
      s0 = fma(x, v128.load(p0), s0); s1 = fma(x, v128.load(p0, 16), s1);
      s2 = fma(x, v128.load(p1), s2); s3 = fma(x, v128.load(p1, 16), s3);
      s4 = fma(x, v128.load(p2), s4); s5 = fma(x, v128.load(p2, 16), s5);
      s6 = fma(x, v128.load(p3), s6); s7 = fma(x, v128.load(p3, 16), s7);
      a += aColumn; p0 += 32; p1 += 32; p2 += 32; p3 += 32;
    }
    if (init) {
      s0 = plus(s0, init); s1 = plus(s1, init + 16); s2 = plus(s2, init + 32); s3 = plus(s3, init + 48);
      s4 = plus(s4, init + 64); s5 = plus(s5, init + 80); s6 = plus(s6, init + 96); s7 = plus(s7, init + 112);
    }
    v128.store(c, s0); v128.store(c, s1, 16); v128.store(c, s2, 32); v128.store(c, s3, 48);
    v128.store(c, s4, 64); v128.store(c, s5, 80); v128.store(c, s6, 96); v128.store(c, s7, 112);
    init = c;
  }
}

/** One row, eight columns. */
function row1(a: usize, aColumn: usize, panel: usize, c: usize, K: i32, init: usize): void {
  for (; K > 0; K -= chunk) {
    const end = panel + <usize>min(K, chunk) * 32;
    let s0 = f32x4.splat(0), s1 = s0;
    for (; panel < end; panel += 32, a += aColumn) {
      const x = v128.load32_splat(a);
      s0 = fma(x, v128.load(panel), s0); s1 = fma(x, v128.load(panel, 16), s1);
    }
    if (init) {
      s0 = plus(s0, init); s1 = plus(s1, init + 16);
    }
    v128.store(c, s0); v128.store(c, s1, 16);
    init = c;
  }
}

/** How much of K and of M is done at a time: a panel's share stays in the first cache, a block of rows in the second. */
const slice = 256;
const block = 64;
/** A block of rows whose elements do not lie side by side: a long stride would put all of them in one set of the cache. */
const gathered = memory.data(block * slice * 4, 16);

/** Lays four rows at a time side by side: [rows / 4][K][4 floats]. Rows lie four bytes apart. */
function gather(a: usize, aColumn: usize, rows: i32, K: i32): void {
  let to: usize = gathered;
  for (let m = 0; m < rows; m += 4, a += 16) {
    for (let k = 0, at = a; k < K; k++, at += aColumn, to += 16) v128.store(to, v128.load(at));
  }
}

/** Row m of a begins at a + m·aRow bytes, its elements lie aColumn bytes apart; rows of c are cRow bytes apart. */
export function gemm(
  a: usize, aRow: usize, aColumn: usize, panels: usize, c: usize, cRow: usize, M: i32, N: i32, K: i32, init: usize,
  initRow: usize,
): void {
  const panelBytes = <usize>K * 32;
  if (M > 0 && K > 0) {
    const aBytes = <usize>(M - 1) * aRow + <usize>(K - 1) * aColumn + 4;
    const cBytes = <usize>(M - 1) * cRow + <usize>N * 4;
    assert(within(a, aBytes) && within(c, cBytes) && within(panels, <usize>N / 8 * panelBytes) && N % 8 === 0);
    assert(!init || within(init, <usize>(M - 1) * initRow + <usize>N * 4));
    assert(apart(c, cBytes, a, aBytes) && apart(c, cBytes, panels, <usize>N / 8 * panelBytes));
  }
  if (K === 0) {
    for (let m = 0; m < M; m++) {
      if (!init) memory.fill(c + <usize>m * cRow, 0, <usize>N * 4);
      else memory.copy(c + <usize>m * cRow, init + <usize>m * initRow, <usize>N * 4);
    }
  }
  const whole = M & ~3;
  for (let k = 0; k < K; k += slice) {
    const share = min(slice, K - k);
    if (k > 0) {
      init = c;
      initRow = cRow;
    }
    const from = a + <usize>k * aColumn;
    const first = panels + <usize>k * 32;
    for (let top = 0; top < whole; top += block) {
      const bottom = min(top + block, whole);
      const scattered = aRow === 4;
      if (scattered) gather(from + <usize>top * 4, aColumn, bottom - top, share);
      const left: usize = scattered ? gathered : from + <usize>top * aRow;
      const tileRow: usize = scattered ? <usize>share * 4 : aRow;
      const column: usize = scattered ? 16 : aColumn;
      let panel = first;
      for (let n = 0; n < N; n += 8, panel += panelBytes) {
        for (let m = top; m < bottom; m += 4) {
          const to = <usize>n * 4;
          tile4(
            left + <usize>(m - top) * tileRow, aRow, column, panel, c + <usize>m * cRow + to, cRow, share,
            init ? init + <usize>m * initRow + to : 0, initRow,
          );
        }
      }
    }
    for (let m = whole; m < M; m++) {
      const row = from + <usize>m * aRow;
      const to = c + <usize>m * cRow;
      const onto = init ? init + <usize>m * initRow : 0;
      let panel = first;
      let n = 0;
      for (; n + 32 <= N; n += 32, panel += 4 * panelBytes) {
        row4(row, aColumn, panel, panelBytes, to + <usize>n * 4, share, onto ? onto + <usize>n * 4 : 0);
      }
      for (; n < N; n += 8, panel += panelBytes) row1(row, aColumn, panel, to + <usize>n * 4, share, onto ? onto + <usize>n * 4 : 0);
    }
  }
}
