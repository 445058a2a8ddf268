/** The part of the conformance suite about convolution: its three products beside their sums in plain double precision. */

import { expect, it } from "vitest";
import { inputShape, outputShape, weightShape } from "../../src/device/convolution.js";
import type { Device, Layout } from "../../src/device/device.js";
import { allocate, elements, type FloatDType, type Value, wrap } from "../../src/device/value.js";
import { convolutionOf } from "../../src/device/wasm/convolution.js";
import { expectClose, float64 } from "../support/tolerance.js";
import { draws } from "./reference.js";

/** Sums of this many products of numbers below 1: sums so far grow with the root of it, and each addition rounds one. */
const tolerance = (dtype: FloatDType, products: number) =>
  dtype === "float64" ? float64 : { absolute: 2e-7 * Math.sqrt(products) + 2e-9 * products + 2e-6, relative: 2e-6 };

const count = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** y, dx and dw, by a loop over all products. */
function reference(layout: Layout, x: Value, w: Value, dy: Value) {
  const { batch, groups, inputs, outputs, phases, length, places, taps } = layout;
  const [y, dx, dw] = [dy, x, w].map((value) => new Float64Array(value.numel));
  const [input, weight, d] = [x, w, dy].map(elements);
  for (let n = 0; n < batch; n++) {
    for (let g = 0; g < groups; g++) {
      for (let o = 0; o < outputs; o++) {
        for (let c = 0; c < inputs; c++) {
          taps.forEach(({ phase, at }, tap) => {
            const to = (n * groups * outputs + g * outputs + o) * places;
            const from = ((n * phases + phase) * groups * inputs + g * inputs + c) * length + at;
            const one = ((g * outputs + o) * inputs + c) * taps.length + tap;
            for (let q = 0; q < places; q++) {
              y[to + q] += weight[one] * input[from + q];
              dx[from + q] += weight[one] * d[to + q];
              dw[one] += d[to + q] * input[from + q];
            }
          });
        }
      }
    }
  }
  return { y, dx, dw };
}

/** Channels a group in and out, a line's length and the results of it; every tap in the one phase. */
const line = (
  batch: number,
  inputs: number,
  outputs: number,
  length: number,
  places: number,
  at: number[],
): Layout => ({
  ...{ batch, groups: 1, inputs, outputs, phases: 1, length, places },
  taps: at.map((place) => ({ phase: 0, at: place })),
});
const layouts: Record<string, Layout> = {
  "nothing to do": line(0, 2, 3, 5, 3, [0, 1, 2]),
  "a few numbers": line(2, 2, 3, 5, 3, [0, 1, 2]),
  "tails of every kind": line(3, 7, 13, 61, 53, [0, 4, 8]),
  "whole eights": line(2, 8, 16, 68, 64, [0, 1, 2, 3, 4]),
  "one channel in and out": line(2, 1, 1, 4096, 4090, [0, 2, 5]),
  "groups and phases": {
    ...{ batch: 2, groups: 3, inputs: 2, outputs: 5, phases: 4, length: 180, places: 171 },
    taps: [0, 1, 2, 3].map((phase) => ({ phase, at: 9 - 3 * phase })),
  },
  "a channel a group": { ...line(2, 1, 1, 600, 590, [0, 5, 10]), groups: 9 },
  "lines in several pieces": line(1, 96, 4, 700, 697, [0, 1, 3]),
  "more places than are packed at a time": line(1, 2, 3, 5000, 4990, [0, 4, 10]),
  "more taps than are packed at a time": line(
    2,
    300,
    2,
    24,
    9,
    Array.from({ length: 15 }, (_, i) => i),
  ),
  "planes shorter than eight": line(40, 12, 11, 6, 5, [0, 1]),
  "lines shorter than five": line(3, 31, 29, 6, 4, [0, 1, 2]),
  "windows of which each is a line": line(33, 9, 17, 7, 1, [0, 2, 6]),
  "more windows than are packed at a time": line(
    70,
    64,
    9,
    17,
    1,
    Array.from({ length: 17 }, (_, i) => i),
  ),
  "a phase that no tap reads": {
    ...{ batch: 2, groups: 1, inputs: 3, outputs: 4, phases: 3, length: 12, places: 11 },
    taps: [0, 2].map((phase) => ({ phase, at: 1 })),
  },
  "phases of short lines": {
    ...{ batch: 2, groups: 1, inputs: 23, outputs: 30, phases: 2, length: 5, places: 3 },
    taps: [0, 1, 2, 3].map((tap) => ({ phase: tap % 2, at: tap >> 1 })),
  },
};

export function ofConvolutions(device: Device, dtype: FloatDType): void {
  it.each(Object.keys(layouts))("%s", (name) => {
    const layout = layouts[name];
    const draw = draws(7);
    const drawn = (shape: readonly number[]) => {
      const data = allocate(dtype, count(shape));
      data.set(draw(data.length));
      return wrap(dtype, data, shape);
    };
    const [x, w, dy] = [inputShape, weightShape, outputShape].map((shape) => drawn(shape(layout)));
    const bias = drawn([layout.groups * layout.outputs]);
    const { y, dx, dw } = reference(layout, x, w, dy);
    const near = (found: Value, data: Float64Array, shape: readonly number[], products: number) => {
      expect([found.dtype, found.shape]).toEqual([dtype, shape]);
      expectClose(elements(found), data, tolerance(dtype, products), name);
    };
    const { taps, inputs, outputs, places, batch } = layout;
    const kernels = convolutionOf(device);
    near(kernels.forward(x, w, null, layout), y, dy.shape, inputs * taps.length);
    const biased = y.map((value, i) => value + elements(bias)[Math.floor(i / places) % bias.numel]);
    near(kernels.forward(x, w, bias, layout), biased, dy.shape, inputs * taps.length);
    near(kernels.inputGradient(dy, w, layout), dx, x.shape, outputs * taps.length);
    near(kernels.weightGradient(dy, x, layout), dw, w.shape, batch * places);
  });
}
