/**
 * Where the rows of sequences of different lengths lie: arithmetic on row numbers, shared by packing and `lengths`.
 *
 * Padded: row t·N + n holds step t of sequence n. Packed: all first steps, longest sequence first, then all second
 * steps, …; steps[t] says how many sequences are still alive at time t.
 */

import { fail, mistyped, shown } from "../../base/errors.js";
import { isA } from "../../base/realm.js";
import { listText } from "../../base/shape.js";
import { scalarName } from "../../device/value.js";
import { cat } from "../../tensor/combine.js";
import { full, tensor } from "../../tensor/create.js";
import { Tensor } from "../../tensor/tensor.js";

/** One length a sequence: plain numbers, or an int32 vector. */
export type Lengths = readonly number[] | Int32Array | Tensor;

export interface Layout {
  /** How many sequences are alive at each time. */
  readonly steps: number[];
  /** For each packed row, its padded row. */
  readonly padded: Int32Array;
  /** order[i] is the number of the sequence that stands i-th in the packed order. */
  readonly order: Int32Array;
}

/** Whole numbers out of whatever a caller may give as lengths. */
export function lengthsArray(where: string, lengths: Lengths): number[] {
  if (lengths instanceof Tensor) {
    if (lengths.ndim !== 1 || lengths.dtype !== "int32") {
      fail(
        "RuntimeError",
        `'lengths' argument should be a 1D CPU int64 tensor, but got ${lengths.ndim}D cpu ${scalarName(lengths.dtype)} tensor`,
      );
    }
    return Array.from(lengths.toArray());
  }
  if (!Array.isArray(lengths) && !isA(lengths, "Int32Array")) {
    mistyped(`${where} expected lengths as an array or an int32 Tensor`, lengths);
  }
  const list = Array.from(lengths as readonly number[]);
  const wrong = list.findIndex((n) => !Number.isInteger(n));
  if (wrong >= 0) fail("TypeError", `${where} expected whole numbers as lengths, got: ${shown(list[wrong])}`);
  return list;
}

/** Refuses lengths that do not belong to a padded batch of N sequences of T steps. */
export function checkLengths(lengths: readonly number[], T: number, N: number): void {
  if (lengths.length !== N) {
    fail(
      "RuntimeError",
      `Expected \`len(lengths)\` to be equal to batch_size, but got ${lengths.length} (batch_size=${N})`,
    );
  }
  const negative = lengths.find((n) => n < 0);
  if (negative !== undefined) fail("RuntimeError", `Expected lengths from 0 to ${T}, got ${negative}`);
  const long = lengths.find((n) => n > T);
  if (long !== undefined) {
    fail(
      "RuntimeError",
      `Expected every length to be at most the number of steps ${T}, but got ${long} in ${listText(lengths)}`,
    );
  }
}

/** The packed layout of N sequences, the longest first; equal lengths keep their order. */
export function layout(lengths: readonly number[]): Layout {
  const N = lengths.length;
  const order = Int32Array.from(lengths.keys()).sort((a, b) => lengths[b] - lengths[a]);
  const steps: number[] = [];
  const padded: number[] = [];
  for (let t = 0; t < (lengths[order[0]] ?? 0); t++) {
    let alive = 0;
    for (; alive < N && lengths[order[alive]] > t; alive++) padded.push(t * N + order[alive]);
    steps.push(alive);
  }
  return { steps, padded: Int32Array.from(padded), order };
}

/** Packed rows [R, …] spread over T·N padded rows; the others hold `padding`. */
export function spreadRows(rows: Tensor, { padded }: Layout, T: number, N: number, padding: number): Tensor {
  const source = new Int32Array(T * N).fill(rows.size(0));
  padded.forEach((to, from) => {
    source[to] = from;
  });
  const blank = full([1, ...rows.shape.slice(1)], padding, { dtype: rows.dtype });
  return cat([rows, blank]).indexSelect(0, tensor(source));
}
