/**
 * The loop over time, forward and backward, from a gemm and a cell: written once, for every cell, direction and length.
 *
 * It knows time and nothing of gates. There is one running state of N rows: it begins as the initial state, the step at
 * time t reads and rewrites its first steps[t] rows, and it ends as the final state. So the first step is not special,
 * a sequence that ends early keeps its last state, one of length zero keeps its initial state, and reverse is an order
 * of steps. Backward is the same walk the other way: the running gradient begins as that of the final state and ends as
 * that of the initial one.
 */

import { narrowView } from "../base/shape.js";
import type { Device, Leaving, Return, Run, Sequence } from "./device.js";
import { floats, multiply, multiplyBack, partsOf, recurrentGradient, transposed } from "./recurrent_weight.js";
import { allocate, type FloatArray, type FloatDType, fresh, type Value, wrap } from "./value.js";

/** What forward keeps: everything by row, in the order of the input's rows. */
export interface Kept<A extends FloatArray = FloatArray> {
  /** The states each row began its step with: h [R, P], the others [R, H]. */
  readonly prev: readonly A[];
  /** The states each row ended its step with, each [R, H]: h before any projection. */
  readonly next: readonly A[];
  /** The gates of every step, as the cell kept them. */
  readonly gates: A;
  /** What each recurrent product multiplied [R, P]: h under the mask, `prev[0]` itself without one; then what the cell made. */
  readonly multiplied: readonly A[];
}

const block = (x: FloatArray, start: number, rows: number, width: number): FloatArray =>
  x.subarray(start * width, (start + rows) * width);
const rowsOf = (x: Value, start: number, rows: number): Value => x.at(narrowView(x, 0, start, rows));

/** Sets every row to the bias, or to zero. */
function fillRows(rows: FloatArray, bias: Value | null): void {
  if (bias === null) rows.fill(0);
  else for (let at = 0, b = floats(bias); at < rows.length; at += b.length) rows.set(b, at);
}

/** Multiplies rows by the mask's first rows. */
function hide(rows: FloatArray, mask: FloatArray | null): void {
  if (mask !== null) for (let i = 0; i < rows.length; i++) rows[i] *= mask[i];
}

/** The times in the order in which they are visited, each with the row at which it starts. */
function schedule(steps: readonly number[], reverse: boolean): { n: number; start: number }[] {
  let start = 0;
  const order = steps.map((n) => ({ n, start: (start += n) - n }));
  return reverse ? order.reverse() : order;
}

/** What both walks read of a sequence. */
function plan(sequence: Sequence) {
  const { cell, weights, input, initial, mask = null } = sequence;
  const [N, P] = initial[0].shape;
  const [GH] = weights.ih.shape;
  const own = Object.entries(weights.own ?? {});
  return {
    ...{ R: input.shape[0], N, GH, P, H: GH / cell.gates, dtype: input.dtype as FloatDType },
    parts: partsOf(sequence),
    own: Object.fromEntries(own.map(([name, w]) => [name, floats(w)])),
    mask: mask && floats(mask),
  };
}

/**
 * Runs a cell over time, from the `gemm` of a `device`: its `forward` for one `sequence`. Says what backward needs if
 * it is to `keep` it.
 */
export function forward(device: Device, sequence: Sequence, keep: boolean): Run {
  const { cell, input, weights, initial, steps, reverse } = sequence;
  const { R, N, GH, P, H, dtype, parts, own, mask } = plan(sequence);
  const floatArray = (count: number) => allocate(dtype, count) as FloatArray;

  const x = fresh(dtype, [R, GH]);
  fillRows(floats(x), weights.biasIh);
  device.gemm(input, transposed(weights.ih), x, true);

  const state = initial.map((s) => wrap(dtype, floats(s).slice(), s.shape));
  const r = fresh(dtype, [N, GH]);
  const output = fresh(dtype, [R, P]);
  // What backward needs is kept for every row; without it one step's worth is enough.
  const rows = keep ? R : N;
  const width = state.map((_, s) => (s === 0 ? P : H));
  const prev = width.map((wide) => floatArray(rows * wide));
  const kept: Kept = {
    prev,
    next: state.map((_, s) => (s === 0 && weights.hr === null ? floats(output) : floatArray(rows * H))),
    gates: floatArray(rows * cell.keep * H),
    multiplied: parts.map((_, i) => (i === 0 && mask === null ? prev[0] : floatArray(rows * P))),
  };

  for (const { n, start } of schedule(steps, reverse)) {
    const at = keep ? start : 0;
    const recurrent = rowsOf(r, 0, n);
    const step = {
      ...{ n, H, own, x: block(floats(x), start, n, GH), r: floats(recurrent) },
      prev: kept.prev.map((p, s) => block(p, at, n, width[s])),
      next: kept.next.map((q, s) => block(q, s === 0 && weights.hr === null ? start : at, n, H)),
      keep: block(kept.gates, at, n, cell.keep * H),
    };
    step.prev.forEach((p, s) => {
      p.set(block(floats(state[s]), 0, n, width[s]));
    });

    fillRows(step.r, weights.biasHh);
    parts.forEach((part, i) => {
      const operand = block(kept.multiplied[i], at, n, P);
      if (i > 0) cell.second?.forward(step, operand);
      else if (mask !== null) operand.set(step.prev[0]);
      hide(operand, mask);
      multiply(device, part, wrap(dtype, operand, [n, P]), recurrent);
    });
    cell.forward(step);

    const out = rowsOf(output, start, n);
    if (weights.hr !== null) device.gemm(wrap(dtype, step.next[0], [n, H]), transposed(weights.hr), out, false);
    state.forEach((s, i) => {
      floats(s).set(i === 0 ? floats(out) : step.next[i]);
    });
  }
  return { output, final: state, kept: keep ? kept : null, device };
}

/**
 * The same walk the other way.
 * @param device whose `gemm` and `reduce` are used
 * @param run a run of `forward`, with the gradients that arrive at it
 */
export function backward(device: Device, { sequence, run, d: arriving, needs }: Return): Leaving {
  const { cell, input, weights, initial, steps, reverse } = sequence;
  const { R, N, GH, P, H, dtype, parts, own, mask } = plan(sequence);
  const kept = run.kept as Kept;
  const { hr } = weights;
  const value = (data: FloatArray, width: number) => wrap(dtype, data, [R, width]);

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
  const dOwn = Object.fromEntries(Object.entries(own).map(([name, w]) => [name, new Float64Array(w.length)]));

  for (const { n, start } of schedule(steps, !reverse)) {
    const dhRows = block(dh, 0, n, P);
    if (dOutput !== null) for (let i = 0, o = start * P; i < dhRows.length; i++) dhRows[i] += dOutput[o + i];
    const d = dState.map((s, i) => block(floats(s), 0, n, i === 0 ? P : H));
    if (hr !== null && projected !== null && unprojected !== null) {
      const after = rowsOf(projected, start, n);
      const before = rowsOf(unprojected, 0, n);
      floats(after).set(dhRows);
      device.gemm(after, hr, before, false);
      dhRows.fill(0); // no path leads from h to the next h around the gates and the projection
      d[0] = floats(before);
    }
    const dGates = rowsOf(dr, start, n);
    const step = {
      ...{ n, H, own, d, dx: block(floats(dx), start, n, GH), dr: floats(dGates), dOwn },
      prev: kept.prev.map((p, s) => block(p, start, n, s === 0 ? P : H)),
      next: kept.next.map((q) => block(q, start, n, H)),
      keep: block(kept.gates, start, n, cell.keep * H),
    };
    cell.backward(step);
    for (let i = parts.length - 1; i >= 0; i--) {
      if (i === 0 && mask === null) multiplyBack(device, parts[i], dGates, rowsOf(dState[0], 0, n));
      else {
        const dOperand = fresh(dtype, [n, P]);
        multiplyBack(device, parts[i], dGates, dOperand);
        hide(floats(dOperand), mask);
        if (i > 0) cell.second?.backward(step, floats(dOperand));
        else for (let j = 0; j < dhRows.length; j++) dhRows[j] += floats(dOperand)[j];
      }
    }
  }

  /** aᵀ·b over all rows at once. */
  const product = (a: Value, b: Value): Value => {
    const out = fresh(dtype, [a.shape[1], b.shape[1]]);
    device.gemm(transposed(a), b, out, false);
    return out;
  };
  const dInput = needs.input ? fresh(dtype, input.shape) : null;
  if (dInput !== null) device.gemm(dx, weights.ih, dInput, false);
  return {
    input: dInput,
    initial: dState,
    weights: needs.weights
      ? {
          ih: product(dx, input),
          hh: recurrentGradient(
            device,
            sequence,
            parts,
            dr,
            kept.multiplied.map((m) => value(m, P)),
          ),
          biasIh: weights.biasIh && device.reduce("sum", dx, [0]),
          biasHh: weights.biasHh && device.reduce("sum", dr, [0]),
          hr: projected && product(projected, value(kept.next[0], H)),
          own: gradientsOf(dOwn, weights.own ?? {}),
        }
      : null,
  };
}

/** Sums that were made in double precision, in the dtype and shape of what they belong to. */
function gradientsOf(sums: Readonly<Record<string, Float64Array>>, own: Readonly<Record<string, Value>>) {
  const gradient = ([name, w]: [string, Value]) => {
    const out = fresh(w.dtype, w.shape);
    out.storage.data.set(sums[name]);
    return [name, out];
  };
  return Object.fromEntries(Object.entries(own).map(gradient)) as Record<string, Value>;
}
