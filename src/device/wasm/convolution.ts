/**
 * Convolutions in the kernels, float32: one sample at a time, some columns of the output at a time. What the weight
 * multiplies is packed for all taps at once, so that their sum is one product; what each tap multiplies alone is packed
 * once for all of them.
 */

import { permuteView } from "../../base/shape.js";
import { type Convolution, convolution, inputShape, type Layout, outputShape, weightShape } from "../convolution.js";
import type { Device } from "../device.js";
import { laidOut } from "../js/elementwise.js";
import { fresh, type Value, wrap } from "../value.js";
import { machines, within } from "./index.js";
import { padded } from "./memory.js";
import type { Machine } from "./recurrence.js";

/** Floats that are packed at a time: they stay in the second cache. */
const most = 2 ** 16;
/** Floats that may be read or written behind a line, since columns come in eights. */
const slack = 8;
/** Below as many multiplications, the way in and out takes longer. */
const worthwhile = 20_000;

/** Ranges of whole eights that together make `count` columns, for which K rows are packed at a time. */
function* ranges(count: number, K: number): Generator<{ from: number; width: number }> {
  const step = Math.max(64, Math.floor(most / K) & ~7);
  for (let from = 0; from < count; from += step) yield { from, width: Math.min(step, count - from) };
}

/** w [G·O, C, taps] as rows of G·O, in which the channels of a tap lie side by side. */
function rowsOfTaps(w: Value): Float32Array {
  return laidOut(w.at(permuteView(w, [0, 2, 1]))) as Float32Array;
}

/** The floats of one of the samples of a row-major value. */
function sampleOf(x: Value, n: number): Float32Array {
  const count = x.numel / x.shape[0];
  return (laidOut(x) as Float32Array).subarray(n * count, (n + 1) * count);
}

function forward({ kernels, memory }: Machine, x: Value, w: Value, bias: Value | null, layout: Layout): Value {
  const { batch, groups, inputs, outputs, phases, length, places, taps } = layout;
  const y = fresh("float32", outputShape(layout));
  const [rows, K, wide] = [groups * outputs, taps.length * inputs, padded(places)];
  const row = bias && laidOut(bias);
  memory.reset();
  const weight = memory.place(rowsOfTaps(w));
  const input = memory.zeros(phases * groups * inputs * length + slack);
  const panels = memory.take(Math.max(most, K * 64));
  const output = memory.take(rows * wide);
  for (let n = 0; n < batch; n++) {
    memory.floats.set(sampleOf(x, n), input / 4);
    row?.forEach((value, o) => {
      memory.floats.fill(value, output / 4 + o * wide, output / 4 + (o + 1) * wide);
    });
    for (let group = 0; group < groups; group++) {
      for (const { from, width } of ranges(places, K)) {
        taps.forEach(({ phase, at }, tap) => {
          const source = input + ((phase * groups + group) * inputs * length + at + from) * 4;
          kernels.pack(source, length * 4, 4, inputs, padded(width), panels + tap * inputs * 32, K * 32);
        });
        const a = weight + group * outputs * K * 4;
        const c = output + (group * outputs * wide + from) * 4;
        kernels.gemm(a, K * 4, 4, panels, c, wide * 4, outputs, padded(width), K, row ? c : 0, wide * 4);
      }
    }
    (y.storage.data as Float32Array).set(memory.store(output, rows, places), n * rows * places);
  }
  return y;
}

function inputGradient({ kernels, memory }: Machine, dy: Value, w: Value, layout: Layout): Value {
  const { batch, groups, inputs, outputs, phases, length, places, taps } = layout;
  const dx = fresh("float32", inputShape(layout));
  const [rows, K, wide, lines, long] = [
    groups * outputs,
    taps.length * inputs,
    padded(places),
    phases * groups * inputs,
    length + slack,
  ];
  memory.reset();
  const weight = memory.place(rowsOfTaps(w));
  const arriving = memory.zeros(rows * wide);
  const panels = memory.take(Math.max(most, outputs * 64));
  const output = memory.take(lines * long);
  const to = dx.storage.data as Float32Array;
  for (let n = 0; n < batch; n++) {
    const d = sampleOf(dy, n);
    for (let r = 0; r < rows; r++) memory.floats.set(d.subarray(r * places, (r + 1) * places), arriving / 4 + r * wide);
    memory.floats.fill(0, output / 4, output / 4 + lines * long);
    for (let group = 0; group < groups; group++) {
      for (const { from, width } of ranges(places, outputs)) {
        kernels.pack(arriving + (group * outputs * wide + from) * 4, wide * 4, 4, outputs, padded(width), panels);
        taps.forEach(({ phase, at }, tap) => {
          const a = weight + (group * outputs * K + tap * inputs) * 4;
          const c = output + ((phase * groups + group) * inputs * long + at + from) * 4;
          kernels.gemm(a, 4, K * 4, panels, c, long * 4, inputs, padded(width), outputs, c, long * 4);
        });
      }
    }
    for (let line = 0; line < lines; line++) {
      const at = output / 4 + line * long;
      to.set(memory.floats.subarray(at, at + length), (n * lines + line) * length);
    }
  }
  return dx;
}

function weightGradient({ kernels, memory }: Machine, dy: Value, x: Value, layout: Layout): Value {
  const { batch, groups, inputs, outputs, phases, length, places, taps } = layout;
  const [rows, K, wide] = [groups * outputs, taps.length * inputs, padded(outputs)];
  memory.reset();
  const input = memory.take(phases * groups * inputs * length);
  const arriving = memory.zeros((rows + slack) * places);
  const panels = memory.take(Math.max(most, wide * 64));
  const sums = memory.zeros(groups * K * wide);
  for (let n = 0; n < batch; n++) {
    memory.floats.set(sampleOf(x, n), input / 4);
    memory.floats.set(sampleOf(dy, n), arriving / 4);
    for (let group = 0; group < groups; group++) {
      for (const { from, width } of ranges(places, wide)) {
        kernels.pack(arriving + (group * outputs * places + from) * 4, 4, places * 4, width, wide, panels);
        taps.forEach(({ phase, at }, tap) => {
          const a = input + ((phase * groups + group) * inputs * length + at + from) * 4;
          const c = sums + (group * K + tap * inputs) * wide * 4;
          kernels.gemm(a, length * 4, 4, panels, c, wide * 4, inputs, wide, width, c, wide * 4);
        });
      }
    }
  }
  const found = wrap("float32", memory.store(sums, groups * K, outputs), [groups, taps.length, inputs, outputs]);
  const dw = laidOut(found.at(permuteView(found, [0, 3, 2, 1])));
  return wrap("float32", dw, weightShape(layout));
}

/** The convolution of a device: its kernels' where it has some and they are worth it, else that of its products. */
export function convolutionOf(base: Device, device: Device): Convolution {
  const machine = machines.get(base);
  const otherwise = convolution(device);
  if (machine === undefined) return otherwise;
  const chosen = <T>({ dtype }: Value, layout: Layout, attempt: () => T, instead: () => T): T => {
    const { batch, groups, inputs, outputs, places, taps } = layout;
    const work = batch * groups * inputs * outputs * places * taps.length;
    return dtype !== "float32" || work < worthwhile ? instead() : within(attempt, instead);
  };
  return {
    forward: (x, w, bias, layout) =>
      chosen(
        x,
        layout,
        () => forward(machine, x, w, bias, layout),
        () => otherwise.forward(x, w, bias, layout),
      ),
    inputGradient: (dy, w, layout) =>
      chosen(
        dy,
        layout,
        () => inputGradient(machine, dy, w, layout),
        () => otherwise.inputGradient(dy, w, layout),
      ),
    weightGradient: (dy, x, layout) =>
      chosen(
        dy,
        layout,
        () => weightGradient(machine, dy, x, layout),
        () => otherwise.weightGradient(dy, x, layout),
      ),
  };
}
