/** The part of the conformance suite about convolution: its three products beside their sums in plain double precision. */

import { expect, it } from "vitest";
import { inputShape, type Layout, outputShape, weightShape } from "../../src/device/convolution.js";
import type { Device } from "../../src/device/device.js";
import { allocate, elements, type FloatDType, type Value, wrap } from "../../src/device/value.js";
import { convolutionOf } from "../../src/device/wasm/convolution.js";
import { expectClose, float64 } from "../support/tolerance.js";
import { draws } from "./reference.js";

/** Sums of this many products of numbers below 1. */
const tolerance = (dtype: FloatDType, products: number) =>
  dtype === "float64" ? float64 : { absolute: 2e-7 * Math.sqrt(products) + 2e-6, relative: 2e-6 };

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

const line = (at: number[]) => at.map((place) => ({ phase: 0, at: place }));
const layouts: Record<string, Layout> = {
  "nothing to do": {
    batch: 0,
    groups: 1,
    inputs: 2,
    outputs: 3,
    phases: 1,
    length: 5,
    places: 3,
    taps: line([0, 1, 2]),
  },
  "a few numbers": {
    batch: 2,
    groups: 1,
    inputs: 2,
    outputs: 3,
    phases: 1,
    length: 5,
    places: 3,
    taps: line([0, 1, 2]),
  },
  "tails of every kind": {
    batch: 3,
    groups: 1,
    inputs: 7,
    outputs: 13,
    phases: 1,
    length: 61,
    places: 53,
    taps: line([0, 4, 8]),
  },
  "whole eights": {
    batch: 2,
    groups: 1,
    inputs: 8,
    outputs: 16,
    phases: 1,
    length: 68,
    places: 64,
    taps: line([0, 1, 2, 3, 4]),
  },
  "one channel in and out": {
    batch: 2,
    groups: 1,
    inputs: 1,
    outputs: 1,
    phases: 1,
    length: 4096,
    places: 4090,
    taps: line([0, 2, 5]),
  },
  "groups and phases": {
    ...{ batch: 2, groups: 3, inputs: 2, outputs: 5, phases: 4, length: 180, places: 171 },
    taps: [0, 1, 2, 3].map((phase) => ({ phase, at: 9 - 3 * phase })),
  },
  "a channel a group": {
    batch: 2,
    groups: 9,
    inputs: 1,
    outputs: 1,
    phases: 1,
    length: 600,
    places: 590,
    taps: line([0, 5, 10]),
  },
  "lines in several pieces": {
    batch: 1,
    groups: 1,
    inputs: 96,
    outputs: 4,
    phases: 1,
    length: 700,
    places: 697,
    taps: line([0, 1, 3]),
  },
  "planes shorter than eight": {
    batch: 40,
    groups: 1,
    inputs: 12,
    outputs: 11,
    phases: 1,
    length: 6,
    places: 5,
    taps: line([0, 1]),
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
