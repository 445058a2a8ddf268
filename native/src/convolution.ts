/**
 * Convolutions as products in the kernels, all samples and groups in one call, or one a phase: the rows of the right side are lines of
 * the input, from wherever a tap begins. src/device/convolution.ts has the same sums, a tap at a time:
 *
 *   y[o][q]         = Σ over c, taps of     w[o][c, tap] · x[line of c and the tap's phase][at + q]
 *   dx[phase, c][p] = Σ over o, taps of     w[o][c, tap] · dy[o][p − at]
 *   dw[o][c, tap]   = Σ over samples, q of  dy[o][q] · x[line of c and the tap's phase][at + q]
 */

import {
  type Convolution,
  type ConvolutionLayout,
  type Device,
  elements,
  type FloatArray,
  type FloatDType,
  fresh,
  type Value,
} from "elman-nn/device";
import type { Binding } from "./binding.js";
import { room } from "./room.js";

/** Matrices of a value: how far apart the samples, groups, rows and columns are, and where the first begins. */
type Places = readonly [x: Value, batch: number, group: number, row: number, column: number, offset?: number];

/**
 * The convolutions of a device over a module.
 * @param copy the device's own
 */
export function convolution(binding: Binding, copy: Device["copy"]): Convolution {
  const numbers = new Float64Array(21);

  /** c (+)= a·b of [M, K] and [K, N], for every sample and group. */
  function add(
    { batch, groups }: ConvolutionLayout,
    [M, N, K]: readonly [number, number, number],
    matrices: readonly [a: Places, b: Places, c: Places],
    rows: Int32Array | null,
    columns: Int32Array | null,
    accumulate: boolean,
  ): void {
    if (batch * M * N * K === 0) return;
    numbers.set([batch, groups, M, N, K, Number(accumulate)]);
    matrices.forEach(([, ofBatch, ofGroup, row, column, offset = 0], i) => {
      numbers.set([offset, ofBatch, ofGroup, row, column], 6 + i * 5);
    });
    const [a, b, c] = matrices.map(([value]) => elements(value) as FloatArray);
    binding.multiply(numbers, a, b, c, rows, columns);
  }

  /** Where a group's channels and taps begin in the input. */
  function begins({ groups, inputs, length, taps }: ConvolutionLayout): Int32Array {
    const places = new Int32Array(inputs * taps.length);
    let next = 0;
    for (let c = 0; c < inputs; c++) {
      for (const { phase, at } of taps) places[next++] = (phase * groups * inputs + c) * length + at;
    }
    return places;
  }

  return {
    forward(x, w, bias, layout) {
      const { batch, groups, inputs, outputs, phases, length, places, taps } = layout;
      const K = inputs * taps.length;
      const y = (K > 0 || bias !== null ? room : fresh)(x.dtype, [batch, groups * outputs, places]);
      if (bias !== null) copy(bias.at({ shape: y.shape, strides: [0, bias.strides[0], 0], offset: bias.offset }), y);
      const from: Places = [x, phases * groups * inputs * length, inputs * length, 1, 1];
      const to: Places = [y, groups * outputs * places, outputs * places, places, 1];
      add(layout, [outputs, places, K], [[w, 0, outputs * K, K, 1], from, to], begins(layout), null, bias !== null);
      return y;
    },
    inputGradient(dy, w, layout) {
      const { batch, groups, inputs, outputs, phases, length, taps } = layout;
      const dtype = dy.dtype as FloatDType;
      const reached = new Set(taps.map(({ phase }) => phase));
      const make = outputs > 0 && reached.size === phases ? room : fresh;
      const dx = make(dtype, [batch, phases, groups * inputs, length]);
      // Zeros around each line, for the places that some tap does not reach.
      const before = Math.max(...taps.map(({ at }) => at));
      const wide = before + length;
      const lines = fresh(dtype, [batch, groups * outputs, wide]);
      copy(dy, lines.at({ shape: dy.shape, strides: lines.strides, offset: before }));
      for (let phase = 0; phase < phases; phase++) {
        const own = [...taps.keys()].filter((tap) => taps[tap].phase === phase);
        const K = outputs * own.length;
        const weight = room(dtype, [groups, inputs, outputs, own.length]);
        own.forEach((tap, i) => {
          const view = {
            shape: [groups, inputs, outputs],
            strides: [outputs * w.strides[0], w.strides[1], w.strides[0]],
          };
          const strides = weight.strides.slice(0, 3);
          copy(w.at({ ...view, offset: w.offset + tap * w.strides[2] }), weight.at({ ...view, strides, offset: i }));
        });
        const rows = new Int32Array(K);
        for (let i = 0; i < K; i++) {
          rows[i] = Math.floor(i / own.length) * wide + before - taps[own[i % own.length]].at;
        }
        const channels = groups * inputs * length;
        const from: Places = [lines, groups * outputs * wide, outputs * wide, 1, 1];
        const to: Places = [dx, phases * channels, inputs * length, length, 1, phase * channels];
        add(layout, [inputs, length, K], [[weight, 0, inputs * K, K, 1], from, to], rows, null, false);
      }
      return dx;
    },
    weightGradient(dy, x, layout) {
      const { groups, inputs, outputs, phases, length, places, taps } = layout;
      const N = inputs * taps.length;
      const dw = fresh(dy.dtype, [groups * outputs, inputs, taps.length]);
      const arriving: Places = [dy, groups * outputs * places, outputs * places, places, 1];
      const from: Places = [x, phases * groups * inputs * length, inputs * length, 1, 1];
      add(layout, [outputs, N, places], [arriving, from, [dw, 0, outputs * N, N, 1]], null, begins(layout), true);
      return dw;
    },
  };
}
