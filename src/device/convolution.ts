/**
 * A convolution as products of matrices. Two steps before it leave nothing else: elements a stride apart lie side by side,
 * as one of `phases`, and a plane of several dimensions is one line, whose places between the rows are computed in vain.
 * Then each tap of the kernel is a matrix that multiplies the input from another place on:
 *
 *   y[o][q]       += Σ over taps, c of  w[o][c][tap] · x[c][at(tap) + q]
 *   dx[c][at + q] += Σ over o of        w[o][c][tap] · dy[o][q]
 *   dw[o][c][tap]  = Σ over samples, q of  dy[o][q] · x[c][at(tap) + q]
 */

import { expandView, permuteView, type Shape, selectView, unsqueezeView } from "../base/shape.js";
import type { Convolution, Device, Layout } from "./device.js";
import { fresh, type Value } from "./value.js";

export const inputShape = ({ batch, phases, groups, inputs, length }: Layout): Shape => [
  batch,
  phases,
  groups * inputs,
  length,
];
export const weightShape = ({ groups, outputs, inputs, taps }: Layout): Shape => [
  groups * outputs,
  inputs,
  taps.length,
];
export const outputShape = ({ batch, groups, outputs, places }: Layout): Shape => [batch, groups * outputs, places];

/** Visits the matrices of every group and tap: w [N, O, C] of [taps, G·O, C], the same for all samples, x [N, C, Q] and y [N, O, Q]. */
function eachTap(
  { batch, groups, inputs, outputs, phases, length, places, taps }: Layout,
  { x, w, y }: Record<"x" | "w" | "y", Value>,
  visit: (x: Value, w: Value, y: Value) => void,
): void {
  for (let group = 0; group < groups; group++) {
    taps.forEach(({ phase, at }, tap) => {
      const channel = (phase * groups + group) * inputs;
      visit(
        x.at({
          shape: [batch, inputs, places],
          strides: [phases * groups * inputs * length, length, 1],
          offset: x.offset + channel * length + at,
        }),
        w.at({
          shape: [batch, outputs, inputs],
          strides: [0, w.strides[1], w.strides[2]],
          offset: w.offset + tap * w.strides[0] + group * outputs * w.strides[1],
        }),
        y.at({
          shape: [batch, outputs, places],
          strides: [groups * outputs * places, places, 1],
          offset: y.offset + group * outputs * places,
        }),
      );
    });
  }
}

/** A weight [G·O, C, taps] as [taps, G·O, C]. */
const byTaps = (w: Value): Value => w.at(permuteView(w, [2, 0, 1]));
const turned = (x: Value): Value => x.at(permuteView(x, [0, 2, 1]));
/** One matrix of a batch. */
const sample = (x: Value, n: number): Value => x.at(selectView(x, 0, n));

/** The convolution of any device, by its `gemm`. x, w and dy are row-major. */
export function convolution(device: Device): Convolution {
  return {
    forward(x, w, bias, layout) {
      const y = fresh(x.dtype, outputShape(layout));
      if (bias !== null) device.copy(bias.at(expandView(unsqueezeView(bias, 1), y.shape)), y);
      eachTap(layout, { x, w: byTaps(w), y }, (from, weight, to) => device.gemm(weight, from, to, true));
      return y;
    },
    inputGradient(dy, w, layout) {
      const dx = fresh(dy.dtype, inputShape(layout));
      eachTap(layout, { x: dx, w: byTaps(w), y: dy }, (to, weight, from) =>
        device.gemm(turned(weight), from, to, true),
      );
      return dx;
    },
    weightGradient(dy, x, layout) {
      const [rows, inputs, taps] = weightShape(layout);
      // Each tap's matrix by itself, whose columns lie side by side.
      const sums = fresh(dy.dtype, [taps, rows, inputs]);
      eachTap(layout, { x, w: sums, y: dy }, (left, to, right) => {
        for (let n = 0; n < layout.batch; n++) {
          device.gemm(sample(right, n), sample(turned(left), n), sample(to, n), true);
        }
      });
      const dw = fresh(dy.dtype, [rows, inputs, taps]);
      device.copy(sums, byTaps(dw));
      return dw;
    },
  };
}
