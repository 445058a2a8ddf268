/**
 * Pooling over planes [R, H, W], window by window: plain loops. A window is a range of places of each dimension, so that
 * windows of all sizes, adaptive ones included, are pooled by the same loops. Values are row-major.
 */

import { elements, fresh, type Value } from "./value.js";

/** One range an output, within the input, and so many places from one element of it to the next. */
export interface Windows {
  readonly first: readonly number[];
  /** Behind the last place. */
  readonly end: readonly number[];
  readonly step: number;
}

/** The greatest of each window, and where it stands in its plane; NaN is greatest. −1 where a window has no element. */
export function maxPool(x: Value, rows: Windows, columns: Windows): { values: Value; indices: Value } {
  const [R, H, W] = x.shape;
  const shape = [R, rows.first.length, columns.first.length];
  const [values, indices] = [fresh(x.dtype, shape), fresh("int32", shape)];
  const from = elements(x);
  for (let r = 0, to = 0; r < R; r++) {
    for (let i = 0; i < shape[1]; i++) {
      for (let j = 0; j < shape[2]; j++, to++) {
        let [best, at] = [-Infinity, -1];
        for (let h = rows.first[i]; h < rows.end[i]; h += rows.step) {
          for (let w = columns.first[j]; w < columns.end[j]; w += columns.step) {
            const value = from[(r * H + h) * W + w];
            if (at === -1 || value > best || value !== value) {
              best = value;
              at = h * W + w;
            }
          }
        }
        values.storage.data[to] = best;
        indices.storage.data[to] = at;
      }
    }
  }
  return { values, indices };
}

/** Adds the gradient of every window's greatest to where that stands. */
export function maxPoolBackward(dx: Value, dy: Value, indices: Value): void {
  const [R, H, W] = dx.shape;
  const [to, d, at] = [elements(dx), elements(dy), elements(indices)];
  const count = d.length / R;
  for (let i = 0; i < d.length; i++) if (at[i] >= 0) to[Math.floor(i / count) * H * W + at[i]] += d[i];
}

/** The sum of each window, divided by the divisor of its place. */
export function avgPool(x: Value, rows: Windows, columns: Windows, divisors: readonly number[]): Value {
  const [R, H, W] = x.shape;
  const shape = [R, rows.first.length, columns.first.length];
  const y = fresh(x.dtype, shape);
  const from = elements(x);
  for (let r = 0, to = 0; r < R; r++) {
    for (let i = 0, one = 0; i < shape[1]; i++) {
      for (let j = 0; j < shape[2]; j++, to++, one++) {
        let sum = 0;
        for (let h = rows.first[i]; h < rows.end[i]; h++) {
          for (let w = columns.first[j]; w < columns.end[j]; w++) sum += from[(r * H + h) * W + w];
        }
        y.storage.data[to] = sum / divisors[one];
      }
    }
  }
  return y;
}

/** Adds to every element of each window its share. */
export function avgPoolBackward(
  dx: Value,
  dy: Value,
  rows: Windows,
  columns: Windows,
  divisors: readonly number[],
): void {
  const [R, H, W] = dx.shape;
  const [to, d] = [elements(dx), elements(dy)];
  for (let r = 0, from = 0; r < R; r++) {
    for (let i = 0, one = 0; i < rows.first.length; i++) {
      for (let j = 0; j < columns.first.length; j++, from++, one++) {
        const share = d[from] / divisors[one];
        for (let h = rows.first[i]; h < rows.end[i]; h++) {
          for (let w = columns.first[j]; w < columns.end[j]; w++) to[(r * H + h) * W + w] += share;
        }
      }
    }
  }
}
