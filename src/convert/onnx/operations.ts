/**
 * The operators that stand between the numbers of a file and the node that reads them: what exporters leave unfolded.
 *
 * Whole numbers of 64 bits are float64 here, and a size that is not known before the model runs is NaN: computing with it
 * gives NaN, and a dimension of that size is kept at 1, since all along it is alike.
 * Source: https://onnx.ai/onnx/operators/
 */

import { fail } from "../../base/errors.js";
import { numel } from "../../base/shape.js";
import { widenHalf } from "../../checkpoint/numbers/decode.js";
import { narrowBrain, narrowHalf } from "../../checkpoint/numbers/encode.js";
import { cat, where } from "../../tensor/combine.js";
import { full, tensor } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Attributes } from "./attributes.js";

/**
 * What an operator makes of fixed inputs; null for one that is left out.
 * @param room is told how many numbers there will be before they are
 */
export type Operation = (
  inputs: readonly (Tensor | null)[],
  attributes: Attributes,
  room: (count: number) => void,
) => Tensor | readonly Tensor[];

/** Sizes and places that are known. */
function known(from: Tensor): number[] {
  const numbers = [...from.toArray()];
  if (numbers.some(Number.isNaN)) fail("ValueError", "a size is not known before the model runs");
  return numbers;
}

/** An input that must be there. */
function given(inputs: readonly (Tensor | null)[], at: number): Tensor {
  return inputs[at] ?? fail("ValueError", `input ${at} is missing`);
}

/** A list that newer operators take as an input, and older ones as an attribute. */
const listOf = (inputs: readonly (Tensor | null)[], at: number, attributes: Attributes, name: string) => {
  const input = inputs[at];
  return input ? known(input) : attributes.ints(name);
};

/** What Shape gives. */
export const sizesOf = (shape: readonly number[], attributes: Attributes): Tensor =>
  tensor(Float64Array.from(shape.slice(attributes.int("start", 0), attributes.int("end", shape.length))));

/** Sizes of which those that are not known are 1. */
const atLeastOne = (sizes: Tensor): number[] => [...sizes.toArray()].map((size) => (Number.isNaN(size) ? 1 : size));

/** Arithmetic of sizes; weights are not computed with. */
const ofSizes =
  (compute: (...inputs: Tensor[]) => Tensor): Operation =>
  (inputs) => {
    const all = inputs.map((_, i) => given(inputs, i));
    if (all.some((one) => one.numel() > 16)) fail("NotImplementedError", "it computes with numbers, not with sizes");
    return compute(...all);
  };

/** Rounds float32 to 16 bits. */
function rounded(x: Tensor, narrow: (bits: number) => number, widen: (half: number) => number): Tensor {
  const numbers = Float32Array.from(x.toArray());
  const bits = new Int32Array(numbers.buffer);
  bits.forEach((one, i) => {
    bits[i] = widen(narrow(one));
  });
  return tensor(numbers, x.shape);
}

/** By TensorProto.DataType. */
const casts: Readonly<Record<number, (x: Tensor) => Tensor>> = {
  1: (x) => x.to("float32"),
  6: (x) => tensor(Float64Array.from(x.toArray(), Math.trunc), x.shape),
  7: (x) => tensor(Float64Array.from(x.toArray(), Math.trunc), x.shape),
  9: (x) => x.ne(0),
  10: (x) => rounded(x, narrowHalf, widenHalf),
  11: (x) => x.to("float64"),
  16: (x) => rounded(x, narrowBrain, (half) => half << 16),
};

function slice(x: Tensor, starts: number[], ends: number[], axes: number[], steps: number[]): Tensor {
  return axes.reduce((part, axis, i) => {
    const n = part.size(axis);
    const step = steps[i] ?? 1;
    const place = (at: number, low: number, high: number) => Math.min(Math.max(at < 0 ? at + n : at, low), high);
    if (step > 0) return part.slice(axis, place(starts[i], 0, n), place(ends[i], 0, n), step);
    const [first, last] = [place(starts[i], 0, n - 1), place(ends[i], -1, n - 1)];
    return part.flip(axis).slice(axis, n - 1 - first, n - 1 - last, -step);
  }, x);
}

function dequantized(inputs: readonly (Tensor | null)[], attributes: Attributes): Tensor {
  const [x, scale, zero] = [given(inputs, 0), given(inputs, 1), inputs[2] ?? null];
  const axis = attributes.int("axis", 1);
  const along = (one: Tensor) =>
    one.numel() === 1 ? one.reshape([]) : one.reshape(x.shape.map((_, i) => (i === (axis + x.ndim) % x.ndim ? -1 : 1)));
  const numbers = x.to(scale.dtype);
  return (zero === null ? numbers : numbers.sub(along(zero.to(scale.dtype)))).mul(along(scale));
}

export const operations: Readonly<Record<string, Operation>> = {
  Identity: (x) => given(x, 0),
  Cast: (x, a) => {
    const to = a.int("to", 0);
    return Object.hasOwn(casts, to) ? casts[to](given(x, 0)) : fail("NotImplementedError", `it casts to ${to}`);
  },
  Slice: (x, a) => {
    const starts = listOf(x, 1, a, "starts") ?? [];
    const ends = listOf(x, 2, a, "ends") ?? [];
    return slice(given(x, 0), starts, ends, listOf(x, 3, a, "axes") ?? [...starts.keys()], x[4] ? known(x[4]) : []);
  },
  Concat: (x, a) =>
    cat(
      x.map((_, i) => given(x, i)),
      a.int("axis", 0),
    ),
  Split: (x, a) => {
    const [whole, axis, parts] = [given(x, 0), a.int("axis", 0), a.int("num_outputs", a.outputs)];
    return whole.split(listOf(x, 1, a, "split") ?? Math.ceil(whole.size(axis) / parts), axis);
  },
  Unsqueeze: (x, a) => {
    const [whole, axes] = [given(x, 0), listOf(x, 1, a, "axes") ?? []];
    const ndim = whole.ndim + axes.length;
    return axes
      .map((axis) => (axis < 0 ? axis + ndim : axis))
      .sort((a, b) => a - b)
      .reduce((part, axis) => part.unsqueeze(axis), whole);
  },
  Squeeze: (x, a) => {
    const [whole, axes] = [given(x, 0), listOf(x, 1, a, "axes")];
    if (axes === null) return whole.squeeze();
    if (axes.some((axis) => whole.size(axis) !== 1)) fail("ValueError", "it squeezes a dimension that is not 1");
    const places = new Set(axes.map((axis) => (axis < 0 ? axis + whole.ndim : axis)));
    return whole.reshape(whole.shape.filter((_, i) => !places.has(i)));
  },
  Transpose: (x, a) => {
    const whole = given(x, 0);
    return whole.permute(a.ints("perm") ?? whole.shape.map((_, i) => whole.ndim - 1 - i));
  },
  Reshape: (x, a) => {
    const [whole, sizes] = [given(x, 0), known(given(x, 1))];
    const keepsZero = a.int("allowzero", 0) === 1;
    return whole.reshape(sizes.map((size, i) => (size === 0 && !keepsZero ? whole.size(i) : size)));
  },
  Gather: (x, a) => {
    const [whole, at, axis] = [given(x, 0), given(x, 1), a.int("axis", 0)];
    if (at.ndim > 1) fail("NotImplementedError", "it gathers by a matrix");
    const n = whole.size(axis);
    const places = known(at).map((place) => (place < 0 ? place + n : place));
    if (at.ndim === 0) return whole.select(axis, places[0]);
    return whole.indexSelect(axis, tensor(Int32Array.from(places)));
  },
  Expand: (x, _, room) => {
    const [whole, sizes] = [given(x, 0), atLeastOne(given(x, 1))];
    const ndim = Math.max(whole.ndim, sizes.length);
    const padded = [...Array<number>(ndim - sizes.length).fill(1), ...sizes];
    const own = [...Array<number>(ndim - whole.ndim).fill(1), ...whole.shape];
    const shape = padded.map((size, i) => (size === 1 ? own[i] : size));
    room(numel(shape));
    return whole.expand(shape);
  },
  Tile: (x, _, room) => {
    const [whole, times] = [given(x, 0), given(x, 1)];
    [...times.toArray()].forEach((count, i) => {
      if (Number.isNaN(count) && whole.size(i) !== 1) fail("ValueError", "it repeats what is not alike");
    });
    const counts = atLeastOne(times);
    room(numel(counts) * whole.numel());
    return whole.repeat(counts);
  },
  ConstantOfShape: (x, a, room) => {
    const sizes = atLeastOne(given(x, 0));
    room(numel(sizes));
    const value = a.tensor("value");
    return full(sizes, Number(value?.item() ?? 0), { dtype: value?.dtype ?? "float32" });
  },
  Shape: (x, a) => sizesOf(given(x, 0).shape, a),
  DequantizeLinear: dequantized,
  Add: ofSizes((a, b) => a.add(b)),
  Sub: ofSizes((a, b) => a.sub(b)),
  Mul: ofSizes((a, b) => a.mul(b)),
  Equal: ofSizes((a, b) => a.eq(b)),
  Where: ofSizes((condition, a, b) => where(condition, a, b)),
};
