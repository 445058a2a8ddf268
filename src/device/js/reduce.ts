/**
 * Kernels along a dimension: sums, extremes, running sums, order, and picking by index.
 *
 * NaN wins every comparison, as in PyTorch: it is the maximum, the minimum, and the last in ascending order.
 */

import { fail } from "../../base/errors.js";
import type { Reduction } from "../device.js";
import { allocate, elements, fresh, type TypedArray, type Value } from "../value.js";
import { around, laidOut } from "./elementwise.js";

const fold: Record<Reduction, (a: number, b: number) => number> = {
  sum: (a, b) => a + b,
  squares: (a, b) => a + b,
  max: Math.max,
  min: Math.min,
};
/** What a fold begins as; in the order of wasm/kernels/ops/reduce.ts. */
export const start: Record<Reduction, number> = { sum: 0, squares: 0, max: -Infinity, min: Infinity };
const startBool: Record<Reduction, number> = { sum: 0, squares: 0, max: 0, min: 1 };

/** PyTorch sums whole numbers in int64, which does not exist here: what int32 cannot hold is refused, never wrapped. */
function checkSum(sum: number): number {
  if ((sum | 0) === sum) return sum;
  return fail("RuntimeError", `the sum ${sum} does not fit in int32: convert to float64 before summing`);
}

export function reduce(op: Reduction, x: Value, dims: readonly number[]): Value {
  // Sums in double precision throughout: one dimension after the other, from the back, rounded once at the end.
  let data: TypedArray = laidOut(x);
  let shape = [...x.shape];
  if (op === "squares") data = Float64Array.from(data, (a) => a * a);
  for (const dim of [...dims].sort((a, b) => b - a)) {
    const { before, along, after } = around(shape, dim);
    const sums = new Float64Array(before * after).fill((x.dtype === "bool" ? startBool : start)[op]);
    for (let i = 0, at = 0; i < before; i++) {
      for (let k = 0; k < along; k++) {
        for (let j = 0, to = i * after; j < after; j++, to++) sums[to] = fold[op](sums[to], data[at++]);
      }
    }
    data = sums;
    shape = shape.toSpliced(dim, 1);
  }
  const out = fresh(op === "sum" && x.dtype === "bool" ? "int32" : x.dtype, shape);
  if (op === "sum" && out.dtype === "int32") data.forEach(checkSum);
  out.storage.data.set(data);
  return out;
}

/** Visits every line along a dimension: where it starts, how far apart its elements lie, and its number. */
function lines(x: Value, dim: number, visit: (start: number, step: number, along: number, line: number) => void): void {
  const { before, along, after } = around(x.shape, dim);
  for (let i = 0, line = 0; i < before; i++) {
    for (let j = 0; j < after; j++) visit(i * along * after + j, after, along, line++);
  }
}

export function softmax(x: Value, dim: number, log: boolean): Value {
  const out = fresh(x.dtype, x.shape);
  const from = laidOut(x);
  const to = out.storage.data;
  lines(x, dim, (start, step, along) => {
    let greatest = -Infinity;
    let sum = 0;
    for (let k = 0, at = start; k < along; k++, at += step) greatest = Math.max(greatest, from[at]);
    for (let k = 0, at = start; k < along; k++, at += step) sum += Math.exp(from[at] - greatest);
    for (let k = 0, at = start; k < along; k++, at += step) {
      const shifted = from[at] - greatest;
      to[at] = log ? shifted - Math.log(sum) : Math.exp(shifted) / sum;
    }
  });
  return out;
}

/** dx = y·(dy − Σ dy·y), or of log softmax dy − eʸ·Σ dy */
export function softmaxBackward(dy: Value, y: Value, dim: number, log: boolean): Value {
  const out = fresh(y.dtype, y.shape);
  const d = laidOut(dy, y.shape);
  const from = laidOut(y);
  const to = out.storage.data;
  lines(y, dim, (start, step, along) => {
    let sum = 0;
    for (let k = 0, at = start; k < along; k++, at += step) sum += log ? d[at] : d[at] * from[at];
    for (let k = 0, at = start; k < along; k++, at += step) {
      to[at] = log ? d[at] - Math.exp(from[at]) * sum : from[at] * (d[at] - sum);
    }
  });
  return out;
}

export function extremum(op: "max" | "min", x: Value, dim: number): { values: Value; indices: Value } {
  const data = laidOut(x);
  const shape = x.shape.toSpliced(dim, 1);
  const [values, indices] = [fresh(x.dtype, shape), fresh("int32", shape)];
  lines(x, dim, (start, step, along, line) => {
    const at = (k: number) => data[start + k * step];
    let best = 0;
    for (let k = 1; k < along && at(best) === at(best); k++) {
      if (at(k) !== at(k) || (op === "max" ? at(k) > at(best) : at(k) < at(best))) best = k;
    }
    values.storage.data[line] = at(best);
    indices.storage.data[line] = best;
  });
  return { values, indices };
}

export function cumsum(x: Value, dim: number): Value {
  const data = laidOut(x);
  const out = fresh(x.dtype === "bool" ? "int32" : x.dtype, x.shape);
  lines(x, dim, (start, step, along) => {
    for (let k = 0, sum = 0, at = start; k < along; k++, at += step) {
      sum += data[at];
      out.storage.data[at] = out.dtype === "int32" ? checkSum(sum) : sum;
    }
  });
  return out;
}

export function argsort(x: Value, dim: number, descending: boolean): Value {
  const data = laidOut(x);
  const out = fresh("int32", x.shape);
  const order = allocate("int32", x.shape[dim] ?? 1);
  lines(x, dim, (start, step, along) => {
    const at = (k: number) => data[start + k * step];
    for (let k = 0; k < along; k++) order[k] = k;
    order.sort((p, q) => (descending ? ascending(at(q), at(p)) : ascending(at(p), at(q))));
    for (let k = 0; k < along; k++) out.storage.data[start + k * step] = order[k];
  });
  return out;
}

function ascending(a: number, b: number): number {
  if (a !== a || b !== b) return (a !== a ? 1 : 0) - (b !== b ? 1 : 0);
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Visits every element of `index` with the place in x that it names; x differs from index along dim alone. */
function pick(x: Value, dim: number, index: Value, visit: (at: number, from: number) => void): void {
  const chosen = laidOut(index);
  const { before, along, after } = around(index.shape, dim);
  const length = x.shape[dim] ?? 1;
  for (let i = 0, at = 0; i < before; i++) {
    for (let k = 0; k < along; k++) {
      for (let j = 0; j < after; j++, at++) visit(at, (i * length + chosen[at]) * after + j);
    }
  }
}

export function gather(x: Value, dim: number, index: Value): Value {
  const out = fresh(x.dtype, index.shape);
  const data = laidOut(x);
  pick(x, dim, index, (at, from) => {
    out.storage.data[at] = data[from];
  });
  return out;
}

export function scatterAdd(into: Value, dim: number, index: Value, source: Value): void {
  const data = laidOut(source);
  const target = elements(into);
  pick(into, dim, index, (at, to) => {
    target[to] += data[at];
  });
}
