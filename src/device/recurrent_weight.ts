/**
 * Products with a recurrent weight, dense or a vector, and their gradients: what the loop over time asks of either.
 *
 * A part is the gates that one product gives: all of them, or, for a cell with a second product, those of h and those of
 * what the cell makes of h. Gates are [n, G·H], what is multiplied is [n, P].
 */

import { narrowView, permuteView } from "../base/shape.js";
import type { Device, Sequence } from "./device.js";
import { elements, type FloatArray, type FloatDType, fresh, type Value } from "./value.js";

/** What the loop asks of a device. */
export type Products = Pick<Device, "gemm" | "reduce">;

export interface Part {
  /** Where its gates begin, and how many numbers they are: H a gate. */
  readonly from: number;
  readonly count: number;
  /** Its share of the recurrent weight: [count, P] or [count]. */
  readonly weight: Value;
}

export const transposed = (x: Value): Value => x.at(permuteView(x, [1, 0]));
export const floats = (x: Value): FloatArray => elements(x) as FloatArray;
const columns = (x: Value, { from, count }: Part): Value => x.at(narrowView(x, 1, from, count));

/** The parts of a sequence's recurrent weight; none for a cell without one. */
export function partsOf({ cell, weights: { hh } }: Sequence): Part[] {
  if (hh === null) return [];
  const [GH] = hh.shape;
  const second = ((cell.second?.gates ?? 0) * GH) / cell.gates;
  const part = (from: number, count: number) => ({ from, count, weight: hh.at(narrowView(hh, 0, from, count)) });
  return second === 0 ? [part(0, GH)] : [part(0, GH - second), part(GH - second, second)];
}

/** Visits each row's gates of a part: the gate's number, its place, and that of its unit in what is multiplied. */
function visit({ from, count }: Part, gates: Value, h: Value, each: (q: number, gate: number, unit: number) => void) {
  const [n, H] = h.shape;
  for (let row = 0; row < n; row++) {
    for (let q = from; q < from + count; q++) each(q - from, row * gates.shape[1] + q, row * H + (q % H));
  }
}

/** gates += W·h */
export function multiply(products: Products, part: Part, h: Value, gates: Value): void {
  const { weight } = part;
  if (weight.shape.length === 2) products.gemm(h, transposed(weight), columns(gates, part), true);
  else {
    const [w, x, to] = [weight, h, gates].map(floats);
    visit(part, gates, h, (q, gate, unit) => {
      to[gate] += w[q] * x[unit];
    });
  }
}

/** dh += Wᵀ·dGates */
export function multiplyBack(products: Products, part: Part, dGates: Value, dh: Value): void {
  const { weight } = part;
  if (weight.shape.length === 2) products.gemm(columns(dGates, part), weight, dh, true);
  else {
    const [w, d, to] = [weight, dGates, dh].map(floats);
    visit(part, dGates, dh, (q, gate, unit) => {
      to[unit] += w[q] * d[gate];
    });
  }
}

/** dW of one part, from all rows at once, into `into`, the part's share of it. */
function weightGradient(products: Products, part: Part, dGates: Value, h: Value, into: Value): void {
  if (into.shape.length === 2) products.gemm(transposed(columns(dGates, part)), h, into, false);
  else {
    const [d, x] = [dGates, h].map(floats);
    const sums = new Float64Array(part.count);
    visit(part, dGates, h, (q, gate, unit) => {
      sums[q] += d[gate] * x[unit];
    });
    floats(into).set(sums);
  }
}

/** The gradient of the whole recurrent weight; `multiplied` is what each part multiplied. */
export function recurrentGradient(
  products: Products,
  { weights: { hh } }: Sequence,
  parts: readonly Part[],
  dGates: Value,
  multiplied: readonly Value[],
): Value | null {
  if (hh === null) return null;
  const gradient = fresh(hh.dtype as FloatDType, hh.shape);
  parts.forEach((part, i) => {
    const share = gradient.at(narrowView(gradient, 0, part.from, part.count));
    weightGradient(products, part, dGates, multiplied[i], share);
  });
  return gradient;
}
