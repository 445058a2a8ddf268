/**
 * The loop over time, forward and backward, from a gemm and a cell: written once, for every cell, direction and length.
 *
 * It knows time and nothing of gates. There is one running state of N rows: it begins as the initial state, the step at
 * time t reads and rewrites its first steps[t] rows, and it ends as the final state. So the first step is not special,
 * a sequence that ends early keeps its last state, one of length zero keeps its initial state, and reverse is an order
 * of steps. Backward is the same walk the other way: the running gradient begins as that of the final state and ends as
 * that of the initial one.
 */

import { narrowView, permuteView } from "../base/shape.js";
import { type Arriving, cells, type Device, type Leaving, type Run, type Sequence } from "./device.js";
import { allocate, elements, type FloatArray, type FloatDType, fresh, type Value, wrap } from "./value.js";

/** One step of a recurrent cell for n rows; the arrays are row-major and belong to this step alone. */
export interface Cell {
  /** How many numbers a unit are kept for backward. */
  readonly keep: number;
  /** Whether the gradients of the input gates and of the recurrent gates are one and the same. */
  readonly sharedGates: boolean;
  /** x [n, G·H] input gates, r [n, G·H] recurrent gates, prev and next: each state [n, H], keep [n, keep·H]. */
  forward(
    n: number,
    H: number,
    x: FloatArray,
    r: FloatArray,
    prev: FloatArray[],
    next: FloatArray[],
    keep: FloatArray,
  ): void;
  /** d: the gradient of `next` on entry; on return that of `prev`, without what flows through the recurrent gates. */
  backward(
    n: number,
    H: number,
    keep: FloatArray,
    prev: FloatArray[],
    next: FloatArray[],
    d: FloatArray[],
    dx: FloatArray,
    dr: FloatArray,
  ): void;
}

/** What forward keeps: everything by row, in the order of the input's rows. */
export interface Kept<A extends FloatArray = FloatArray> {
  /** The states each row began its step with: h [R, P], c [R, H]. */
  readonly prev: A[];
  /** The states each row ended its step with: h [R, H] before any projection, c [R, H]. */
  readonly next: A[];
  readonly gates: A;
}

type Machine = Pick<Device, "gemm" | "reduce">;

const transposed = (x: Value): Value => x.at(permuteView(x, [1, 0]));
const block = (x: FloatArray, start: number, rows: number, width: number): FloatArray =>
  x.subarray(start * width, (start + rows) * width);
const rowsOf = (x: Value, start: number, rows: number): Value => x.at(narrowView(x, 0, start, rows));
const floats = (x: Value): FloatArray => elements(x) as FloatArray;

/** Sets every row to the bias, or to zero. */
function fillRows(rows: FloatArray, bias: Value | null): void {
  if (bias === null) rows.fill(0);
  else for (let at = 0, b = floats(bias); at < rows.length; at += b.length) rows.set(b, at);
}

/** The times in the order in which they are visited, each with the row at which it starts. */
function schedule(steps: readonly number[], reverse: boolean): { n: number; start: number }[] {
  let start = 0;
  const order = steps.map((n) => ({ n, start: (start += n) - n }));
  return reverse ? order.reverse() : order;
}

function sizes({ mode, weights, input, initial }: Sequence) {
  const { gates, states } = cells[mode];
  const [GH, P] = weights.hh.shape;
  return { R: input.shape[0], N: initial[0].shape[0], GH, P, H: GH / gates, states, dtype: input.dtype as FloatDType };
}

export function forward(machine: Machine, cell: Cell, sequence: Sequence, keep: boolean): Run {
  const { input, weights, initial, steps, reverse } = sequence;
  const { R, N, GH, P, H, states, dtype } = sizes(sequence);
  const floatArray = (count: number) => allocate(dtype, count) as FloatArray;

  const x = fresh(dtype, [R, GH]);
  fillRows(floats(x), weights.biasIh);
  machine.gemm(input, transposed(weights.ih), x, true);

  const state = initial.map((s) => wrap(dtype, floats(s).slice(), s.shape));
  const r = fresh(dtype, [N, GH]);
  const output = fresh(dtype, [R, P]);
  // What backward needs is kept for every row; without it one step's worth is enough.
  const rows = keep ? R : N;
  const width = [P, H];
  const kept: Kept = {
    prev: state.map((_, s) => floatArray(rows * width[s])),
    next: state.map((_, s) => (s === 0 && weights.hr === null ? floats(output) : floatArray(rows * H))),
    gates: floatArray(rows * cell.keep * H),
  };

  for (const { n, start } of schedule(steps, reverse)) {
    const at = keep ? start : 0;
    const prev = kept.prev.map((p, s) => block(p, at, n, width[s]));
    const next = kept.next.map((q, s) => block(q, s === 0 && weights.hr === null ? start : at, n, H));
    const recurrent = rowsOf(r, 0, n);
    for (let s = 0; s < states; s++) prev[s].set(block(floats(state[s]), 0, n, width[s]));

    fillRows(floats(recurrent), weights.biasHh);
    machine.gemm(rowsOf(state[0], 0, n), transposed(weights.hh), recurrent, true);
    cell.forward(
      n,
      H,
      block(floats(x), start, n, GH),
      floats(recurrent),
      prev,
      next,
      block(kept.gates, at, n, cell.keep * H),
    );

    const out = rowsOf(output, start, n);
    if (weights.hr !== null) machine.gemm(wrap(dtype, next[0], [n, H]), transposed(weights.hr), out, false);
    floats(state[0]).set(floats(out));
    if (states === 2) floats(state[1]).set(next[1]);
  }
  return { output, final: state, kept: keep ? kept : null };
}

export function backward(
  machine: Machine,
  cell: Cell,
  sequence: Sequence,
  run: Run,
  arriving: Arriving,
  needs: { input: boolean; weights: boolean },
): Leaving {
  const { input, weights, initial, steps, reverse } = sequence;
  const { R, N, GH, P, H, dtype } = sizes(sequence);
  const kept = run.kept as Kept;
  const { hr } = weights;
  const value = (data: FloatArray, width: number) => wrap(dtype, data, [data.length / width, width]);

  const dx = fresh(dtype, [R, GH]);
  const dr = cell.sharedGates ? dx : fresh(dtype, [R, GH]);
  const dState = initial.map((s, i) => {
    const d = arriving.final[i];
    return d === null ? fresh(dtype, s.shape) : wrap(dtype, floats(d).slice(), s.shape);
  });
  const dh = floats(dState[0]);
  const dOutput = arriving.output === null ? null : floats(arriving.output);
  // With a projection: the gradient of h after it, every row, and of h before it, one step's worth.
  const projected = hr === null ? null : fresh(dtype, [R, P]);
  const unprojected = hr === null ? null : fresh(dtype, [N, H]);

  for (const { n, start } of schedule(steps, !reverse)) {
    const dhRows = block(dh, 0, n, P);
    if (dOutput !== null) for (let i = 0, o = start * P; i < dhRows.length; i++) dhRows[i] += dOutput[o + i];
    const d = dState.map((s, i) => block(floats(s), 0, n, i === 0 ? P : H));
    if (hr !== null && projected !== null && unprojected !== null) {
      const after = rowsOf(projected, start, n);
      const before = rowsOf(unprojected, 0, n);
      floats(after).set(dhRows);
      machine.gemm(after, hr, before, false);
      dhRows.fill(0); // no path leads from h to the next h around the gates and the projection
      d[0] = floats(before);
    }
    const prev = kept.prev.map((p, s) => block(p, start, n, s === 0 ? P : H));
    const next = kept.next.map((q) => block(q, start, n, H));
    const gates = block(kept.gates, start, n, cell.keep * H);
    const dGates = rowsOf(dr, start, n);
    cell.backward(n, H, gates, prev, next, d, block(floats(dx), start, n, GH), floats(dGates));
    machine.gemm(dGates, weights.hh, rowsOf(dState[0], 0, n), true);
  }

  /** aᵀ·b over all rows at once. */
  const product = (a: Value, b: Value): Value => {
    const out = fresh(dtype, [a.shape[1], b.shape[1]]);
    machine.gemm(transposed(a), b, out, false);
    return out;
  };
  const dInput = needs.input ? fresh(dtype, input.shape) : null;
  if (dInput !== null) machine.gemm(dx, weights.ih, dInput, false);
  return {
    input: dInput,
    initial: dState,
    weights: needs.weights
      ? {
          ih: product(dx, input),
          hh: product(dr, value(kept.prev[0], P)),
          biasIh: weights.biasIh && machine.reduce("sum", dx, [0]),
          biasHh: weights.biasHh && machine.reduce("sum", dr, [0]),
          hr: projected && product(projected, value(kept.next[0], H)),
        }
      : null,
  };
}
