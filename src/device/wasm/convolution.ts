/**
 * Convolutions in the kernels, float32: one sample at a time, some columns of the output at a time. What the weight
 * multiplies is packed for all taps at once, so that their sum is one product; what each tap multiplies alone is packed
 * once for all of them.
 */

import { permuteView } from "../../base/shape.js";
import { convolution, inputShape, outputShape, weightShape } from "../convolution.js";
import type { Convolution, Device, Layout } from "../device.js";
import { laidOut } from "../js/elementwise.js";
import { fresh, type Value, wrap } from "../value.js";
import { machines, within } from "./index.js";
import { padded } from "./memory.js";
import type { Packs } from "./packs.js";

/** Floats that are packed at a time: they stay in the second cache. */
const most = 2 ** 16;
/** Floats that may be read or written behind a line, since columns come in eights. */
const slack = 8;
/** Below as many multiplications, the way in and out takes longer. */
const worthwhile = 8_000;

/** Ranges of whole eights that together make `count` columns, for which K rows are packed at a time. */
function* ranges(count: number, K: number): Generator<{ first: number; width: number }> {
  const step = Math.max(64, Math.floor(most / K) & ~7);
  for (let first = 0; first < count; first += step) yield { first, width: Math.min(step, count - first) };
}

/** Copies rows of `width` from one place to another, where they may lie further apart. */
function copyRows(
  rows: number,
  width: number,
  [from, at, apart]: readonly [Float32Array, number, number],
  [to, start, distance]: readonly [Float32Array, number, number],
): void {
  if (apart === width && distance === width) to.set(from.subarray(at, at + rows * width), start);
  else
    for (let r = 0; r < rows; r++) {
      const [source, target] = [at + r * apart, start + r * distance];
      // A view of a short row takes longer than its elements.
      if (width < 32) for (let i = 0; i < width; i++) to[target + i] = from[source + i];
      else to.set(from.subarray(source, source + width), target);
    }
}

/** The floats of a row-major value. */
const floatsOf = (x: Value): Float32Array => laidOut(x) as Float32Array;

function forward(packs: Packs, x: Value, w: Value, bias: Value | null, layout: Layout): Value {
  const { kernels, memory } = packs;
  const { batch, groups, inputs, outputs, phases, length, places, taps } = layout;
  const y = fresh("float32", outputShape(layout));
  const [rows, K, wide] = [groups * outputs, taps.length * inputs, padded(places)];
  const [from, to, row] = [floatsOf(x), floatsOf(y), bias && floatsOf(bias)];
  const size = phases * groups * inputs * length;
  packs.begin();
  const weight = packs.taps(w);
  memory.reset();
  const input = memory.zeros(size + slack);
  const panels = memory.take(Math.max(most, K * 64));
  const output = memory.take(rows * wide);
  for (let n = 0; n < batch; n++) {
    copyRows(1, size, [from, n * size, size], [memory.floats, input / 4, size]);
    row?.forEach((value, o) => {
      memory.floats.fill(value, output / 4 + o * wide, output / 4 + (o + 1) * wide);
    });
    for (let group = 0; group < groups; group++) {
      for (const { first, width } of ranges(places, K)) {
        taps.forEach(({ phase, at }, tap) => {
          const source = input + ((phase * groups + group) * inputs * length + at + first) * 4;
          kernels.pack(source, length * 4, 4, inputs, padded(width), panels + tap * inputs * 32, K * 32);
        });
        const a = weight + group * outputs * K * 4;
        const c = output + (group * outputs * wide + first) * 4;
        kernels.gemm(a, K * 4, 4, panels, c, wide * 4, outputs, padded(width), K, row ? c : 0, wide * 4);
      }
    }
    copyRows(rows, places, [memory.floats, output / 4, wide], [to, n * rows * places, places]);
  }
  return y;
}

/**
 * As `forward`, for lines of which eight columns would be computed mostly in vain: rows are the windows of some samples, and
 * columns the channels of the output.
 */
function forwardShort(packs: Packs, x: Value, w: Value, bias: Value | null, layout: Layout): Value {
  const { kernels, memory } = packs;
  const { batch, inputs, outputs, phases, length, places, taps } = layout;
  const y = fresh("float32", outputShape(layout));
  const [K, wide] = [inputs * taps.length, padded(outputs)];
  const step = Math.max(1, Math.floor(most / (places * Math.max(K, wide))));
  packs.begin();
  const panels = packs.panels(w.at({ shape: [outputs, K], strides: [K, 1], offset: w.offset }), outputs, true);
  memory.reset();
  const row = bias && memory.load(floatsOf(bias), outputs);
  const windows = memory.take(step * places * K);
  const output = memory.take(step * places * wide);
  const [from, to, { floats }] = [floatsOf(x), floatsOf(y), memory];
  for (let first = 0; first < batch; first += step) {
    const last = Math.min(first + step, batch);
    let next = windows / 4;
    for (let n = first; n < last; n++) {
      for (let q = 0; q < places; q++) {
        for (let c = 0; c < inputs; c++) {
          const line = (n * phases * inputs + c) * length + q;
          for (const { phase, at } of taps) floats[next++] = from[line + phase * inputs * length + at];
        }
      }
    }
    kernels.gemm(windows, K * 4, 4, panels, output, wide * 4, (last - first) * places, wide, K, row ?? 0, 0);
    for (let n = first; n < last; n++) {
      for (let o = 0; o < outputs; o++) {
        const [line, column] = [(n * outputs + o) * places, output / 4 + (n - first) * places * wide + o];
        for (let q = 0; q < places; q++) to[line + q] = floats[column + q * wide];
      }
    }
  }
  return y;
}

function inputGradient(packs: Packs, dy: Value, w: Value, layout: Layout): Value {
  const { kernels, memory } = packs;
  const { batch, groups, inputs, outputs, phases, length, places, taps } = layout;
  const dx = fresh("float32", inputShape(layout));
  const [rows, K, wide, lines, long] = [
    groups * outputs,
    taps.length * inputs,
    padded(places),
    phases * groups * inputs,
    length + slack,
  ];
  packs.begin();
  const weight = packs.taps(w);
  memory.reset();
  const arriving = memory.zeros(rows * wide);
  const panels = memory.take(Math.max(most, outputs * 64));
  const output = memory.take(lines * long);
  const [d, to] = [floatsOf(dy), floatsOf(dx)];
  for (let n = 0; n < batch; n++) {
    copyRows(rows, places, [d, n * rows * places, places], [memory.floats, arriving / 4, wide]);
    memory.floats.fill(0, output / 4, output / 4 + lines * long);
    for (let group = 0; group < groups; group++) {
      for (const { first, width } of ranges(places, outputs)) {
        kernels.pack(arriving + (group * outputs * wide + first) * 4, wide * 4, 4, outputs, padded(width), panels);
        taps.forEach(({ phase, at }, tap) => {
          const a = weight + (group * outputs * K + tap * inputs) * 4;
          const c = output + ((phase * groups + group) * inputs * long + at + first) * 4;
          kernels.gemm(a, 4, K * 4, panels, c, long * 4, inputs, padded(width), outputs, c, long * 4);
        });
      }
    }
    copyRows(lines, length, [memory.floats, output / 4, long], [to, n * lines * length, length]);
  }
  return dx;
}

function weightGradient({ kernels, memory }: Packs, dy: Value, x: Value, layout: Layout): Value {
  const { batch, groups, inputs, outputs, phases, length, places, taps } = layout;
  const [rows, K, wide] = [groups * outputs, taps.length * inputs, padded(outputs)];
  memory.reset();
  const size = phases * groups * inputs * length;
  const input = memory.take(size);
  const arriving = memory.zeros((rows + slack) * places);
  const panels = memory.take(Math.max(most, wide * 64));
  const sums = memory.zeros(groups * K * wide);
  const [from, d] = [floatsOf(x), floatsOf(dy)];
  for (let n = 0; n < batch; n++) {
    copyRows(1, size, [from, n * size, size], [memory.floats, input / 4, size]);
    copyRows(rows, places, [d, n * rows * places, places], [memory.floats, arriving / 4, places]);
    for (let group = 0; group < groups; group++) {
      for (const { first, width } of ranges(places, wide)) {
        kernels.pack(arriving + (group * outputs * places + first) * 4, 4, places * 4, width, wide, panels);
        taps.forEach(({ phase, at }, tap) => {
          const a = input + ((phase * groups + group) * inputs * length + at + first) * 4;
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

/** The convolution of a device: that of the kernels here where they are its own and worth it, else its own, or that of its products. */
export function convolutionOf(device: Device): Convolution {
  const machine = machines.get(device);
  const otherwise = device.convolution ?? convolution(device);
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
        () => (layout.groups === 1 && layout.places <= 4 ? forwardShort : forward)(machine, x, w, bias, layout),
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
