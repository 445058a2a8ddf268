/** Layer normalisation, row by row: n = (x − mean)·rstd, y = n·weight + bias. Sums in double precision. */

import { fresh, type Value } from "../value.js";
import { laidOut } from "./elementwise.js";

export function layerNorm(
  x: Value,
  weight: Value | null,
  bias: Value | null,
  eps: number,
): { y: Value; moments: Value } {
  const [R, C] = x.shape;
  const y = fresh(x.dtype, [R, C]);
  const moments = fresh("float64", [R, 2]);
  const from = laidOut(x);
  const w = weight && laidOut(weight);
  const b = bias && laidOut(bias);
  for (let r = 0, at = 0; r < R; r++, at += C) {
    let sum = 0;
    for (let j = 0; j < C; j++) sum += from[at + j];
    const mean = sum / C;
    let squares = 0;
    for (let j = 0; j < C; j++) squares += (from[at + j] - mean) ** 2;
    const rstd = 1 / Math.sqrt(squares / C + eps);
    for (let j = 0; j < C; j++) {
      const n = (from[at + j] - mean) * rstd;
      y.storage.data[at + j] = (w === null ? n : n * w[j]) + (b === null ? 0 : b[j]);
    }
    moments.storage.data.set([mean, rstd], 2 * r);
  }
  return { y, moments };
}

/** dn = dy·weight   dx = rstd·(dn − mean of dn − n·(mean of dn·n))   dweight = Σ dy·n   dbias = Σ dy, over rows */
export function layerNormBackward(
  dy: Value,
  x: Value,
  weight: Value | null,
  moments: Value,
): { dx: Value; dWeight: Value; dBias: Value } {
  const [R, C] = x.shape;
  const [dx, dWeight, dBias] = [fresh(x.dtype, [R, C]), fresh(x.dtype, [C]), fresh(x.dtype, [C])];
  const [from, d, stats] = [laidOut(x), laidOut(dy), laidOut(moments)];
  const w = weight && laidOut(weight);
  const [dw, db] = [new Float64Array(C), new Float64Array(C)];
  for (let r = 0, at = 0; r < R; r++, at += C) {
    const [mean, rstd] = [stats[2 * r], stats[2 * r + 1]];
    let sum = 0;
    let along = 0;
    for (let j = 0; j < C; j++) {
      const n = (from[at + j] - mean) * rstd;
      const dn = w === null ? d[at + j] : d[at + j] * w[j];
      sum += dn;
      along += dn * n;
      dw[j] += d[at + j] * n;
      db[j] += d[at + j];
    }
    for (let j = 0; j < C; j++) {
      const n = (from[at + j] - mean) * rstd;
      const dn = w === null ? d[at + j] : d[at + j] * w[j];
      dx.storage.data[at + j] = rstd * (dn - sum / C - (n * along) / C);
    }
  }
  dWeight.storage.data.set(dw);
  dBias.storage.data.set(db);
  return { dx, dWeight, dBias };
}
