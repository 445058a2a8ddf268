/** Convolution over any number of dimensions. A transposed one is its gradient with respect to the input. */

import { numel, type Shape } from "../../base/shape.js";
import type { Layout } from "../../device/device.js";
import { fresh, type Value } from "../../device/value.js";
import { convolutionOf } from "../../device/wasm/convolution.js";
import { add, device, reshape, rowMajor, sum } from "../kernels.js";
import type { Op } from "./op.js";

/** What is convolved: one entry a dimension of space. Of a transposed one, `input` is what comes out. */
export interface Geometry {
  readonly groups: number;
  readonly input: Shape;
  readonly output: Shape;
  readonly kernel: Shape;
  readonly stride: Shape;
  readonly dilation: Shape;
  /** Zeros before the input; behind it as many as it takes. */
  readonly before: Shape;
  readonly after: Shape;
  readonly transposed: boolean;
}

/** How many phases' places there are along each dimension. */
const spans = ({ input, before, after, stride }: Geometry): number[] =>
  input.map((size, d) => Math.ceil((size + before[d] + after[d]) / stride[d]));

/** Row-major strides of places. */
const steps = (sizes: Shape): number[] => sizes.map((_, d) => numel(sizes.slice(d + 1)));

/** As products of matrices: x, w and y are what the convolution has, whichever of them is computed. */
function layoutOf(geometry: Geometry, batch: number, [channels, inputs]: Shape): Layout {
  const { groups, output, kernel, stride, dilation } = geometry;
  const span = spans(geometry);
  const [step, phaseStep, kernelStep] = [steps(span), steps(stride), steps(kernel)];
  const taps = Array.from({ length: numel(kernel) }, (_, tap) => {
    let [phase, at] = [0, 0];
    for (let d = 0; d < kernel.length; d++) {
      const place = (Math.floor(tap / kernelStep[d]) % kernel[d]) * dilation[d];
      phase += (place % stride[d]) * phaseStep[d];
      at += Math.floor(place / stride[d]) * step[d];
    }
    return { phase, at };
  });
  return {
    ...{ batch, groups, inputs, outputs: channels / groups },
    ...{ phases: numel(stride), length: numel(span), taps },
    places: output.reduce((last, size, d) => last + (size - 1) * step[d], 1),
  };
}

/** Memory of [N, C, J₀·s₀, J₁·s₁ …] without the zeros around the input. */
function inner(whole: Value, { input, before, stride }: Geometry, span: Shape, [batch, channels]: Shape): Value {
  const full = span.map((count, d) => count * stride[d]);
  const [step, plane] = [steps(full), numel(full)];
  return whole.at({
    shape: [batch, channels, ...input],
    strides: [channels * plane, plane, ...step],
    offset: before.reduce((sum, size, d) => sum + size * step[d], 0),
  });
}

/** The same memory seen as [N, s₀, s₁ …, C, J₀, J₁ …]. */
function phased(whole: Value, { stride }: Geometry, span: Shape, [batch, channels]: Shape): Value {
  const step = steps(span.map((count, d) => count * stride[d]));
  const plane = numel(span) * numel(stride);
  return whole.at({
    shape: [batch, ...stride, channels, ...span],
    strides: [channels * plane, ...step, plane, ...step.map((size, d) => size * stride[d])],
    offset: 0,
  });
}

/** x [N, C, …] with its zeros, as [N, phases, C, places]. */
function arranged(x: Value, geometry: Geometry): Value {
  const { before, after, stride } = geometry;
  const span = spans(geometry);
  const shape = [x.shape[0], numel(stride), x.shape[1], numel(span)];
  const isWhole = stride.every((step, d) => step === 1 && before[d] === 0 && after[d] === 0);
  if (isWhole) return rowMajor(reshape(x, shape));
  const whole = fresh(x.dtype, shape);
  device().copy(x, inner(whole, geometry, span, x.shape));
  return reshape(rowMajor(phased(whole, geometry, span, x.shape)), shape);
}

/** What `arranged` makes, without its zeros, as [N, C, …]. */
function restored(x: Value, geometry: Geometry): Value {
  const span = spans(geometry);
  const sizes = [x.shape[0], x.shape[2]];
  if (numel(geometry.stride) === 1) return rowMajor(inner(x, geometry, span, sizes));
  const whole = fresh(x.dtype, x.shape);
  const view = phased(whole, geometry, span, sizes);
  device().copy(reshape(x, view.shape), view);
  return rowMajor(inner(whole, geometry, span, sizes));
}

/** Of lines [N, O, Q], those places that are an output's. */
function outputs(lines: Value, geometry: Geometry): Value {
  const [batch, channels, places] = lines.shape;
  const strides = [channels * places, places, ...steps(spans(geometry))];
  return lines.at({ shape: [batch, channels, ...geometry.output], strides, offset: 0 });
}

/** y [N, O, …] as lines [N, O, Q], with zeros between. */
function lined(y: Value, geometry: Geometry, layout: Layout): Value {
  const [batch, channels] = y.shape;
  const shape = [batch, channels, layout.places];
  if (numel(geometry.output) === layout.places) return rowMajor(reshape(y, shape));
  const lines = fresh(y.dtype, shape);
  device().copy(y, outputs(lines, geometry));
  return lines;
}

const flat = (w: Value): Value => rowMajor(reshape(w, [w.shape[0], w.shape[1], numel(w.shape.slice(2))]));
const kernels = () => convolutionOf(device());

/** x [N, G·C, …] → [N, G·O, …] */
function toOutput(x: Value, w: Value, bias: Value | null, geometry: Geometry): Value {
  const layout = layoutOf(geometry, x.shape[0], w.shape);
  const lines = kernels().forward(arranged(x, geometry), flat(w), bias, layout);
  return rowMajor(outputs(lines, geometry));
}

/** [N, G·O, …] → [N, G·C, …] */
function toInput(y: Value, w: Value, geometry: Geometry): Value {
  const layout = layoutOf(geometry, y.shape[0], w.shape);
  return restored(kernels().inputGradient(lined(y, geometry, layout), flat(w), layout), geometry);
}

function toWeight(y: Value, x: Value, w: Value, geometry: Geometry): Value {
  const layout = layoutOf(geometry, y.shape[0], w.shape);
  return reshape(kernels().weightGradient(lined(y, geometry, layout), arranged(x, geometry), layout), w.shape);
}

/**
 * y[n, o, p] = b[o] + Σ over c, k of w[o, c, k]·x[n, c, stride·p + dilation·k − before]
 *
 * dx and dw are the other two of three products: of dy and w, and of dy and x. Transposed, y and x change places.
 */
export const convolution: Op<[Value, Value, Value | null, Geometry], Value, [Value, Value, Geometry]> = {
  name: "Convolution",
  reads: ([x, w]) => [w, x, false],
  forward: (x, w, bias, geometry) => {
    if (!geometry.transposed) return [toOutput(x, w, bias, geometry), [x, w, geometry]];
    const y = toInput(x, w, geometry);
    const column = bias && reshape(bias, [bias.numel, ...geometry.input.map(() => 1)]);
    return [column === null ? y : add(y, column), [x, w, geometry]];
  },
  backward: (dy, [x, w, geometry], needs) => {
    const { transposed } = geometry;
    const towards = () => (transposed ? toOutput(dy, w, null, geometry) : toInput(dy, w, geometry));
    const [y, input] = transposed ? [x, dy] : [dy, x];
    return [
      needs[0] ? towards() : null,
      needs[1] ? toWeight(y, input, w, geometry) : null,
      needs[2]
        ? sum(
            dy,
            [...dy.shape.keys()].filter((d) => d !== 1),
          )
        : null,
      null,
    ];
  },
};
