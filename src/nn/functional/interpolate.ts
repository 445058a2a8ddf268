/** Other sizes. Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html */

import { checkOptions, fail, shown, typed } from "../../base/errors.js";
import { listText, type Shape, tupleText } from "../../base/shape.js";
import { tensor } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkFloat, checkTensor } from "../checks.js";

/** The nearest element on the left, or a mean of neighbours by their distance: in one dimension, or in two. */
export type InterpolateMode = "nearest" | "linear" | "bilinear";

/** Options of `interpolate`: `size` or `scaleFactor`. */
export interface InterpolateOptions {
  /** The sizes of space of the result; a number stands for all. */
  size?: number | readonly number[];
  /** How many times as large it is; a number stands for all. */
  scaleFactor?: number | readonly number[];
  /** Default "nearest". */
  mode?: InterpolateMode;
  /** Whether first and last elements stay where they are, rather than the edges. Not for "nearest". Default false. */
  alignCorners?: boolean;
}

const modes = "nearest | linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact";
const linearDims: Record<string, number> = { linear: 3, bilinear: 4 };

/**
 * `[N, C, L]`, `[N, C, H, W]` or `[N, C, D, H, W]` at another size; "linear" takes the first, "bilinear" the second.
 * @param input the signal, the images or the volumes
 */
export function interpolate(input: Tensor, options: InterpolateOptions = {}): Tensor {
  checkOptions("interpolate()", options, ["size", "scaleFactor", "mode", "alignCorners"]);
  checkTensor("interpolate()", "input", 1, input);
  const { mode = "nearest", alignCorners } = options;
  const isLinear = Object.hasOwn(linearDims, mode);
  if (alignCorners !== undefined) {
    typed("align_corners", alignCorners, "bool");
    if (!isLinear) {
      fail(
        "ValueError",
        "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear",
      );
    }
  }
  const { sizes, scales } = asked(input.shape.slice(2), options);
  if (input.ndim < 3 || input.ndim > 5 || (mode !== "nearest" && !isLinear)) {
    fail(
      "NotImplementedError",
      `Input Error: Only 3D, 4D and 5D input Tensors supported (got ${input.ndim}D) for the modes: ${modes} (got ${shown(mode)})`,
    );
  }
  if (isLinear && input.ndim !== linearDims[mode]) {
    fail("NotImplementedError", `Got ${input.ndim}D input, but ${mode} mode needs ${linearDims[mode]}D input`);
  }
  checkSizes(input, sizes);
  const kernel =
    input.ndim === 3 ? `compute_indices_weights_${mode}` : `upsample_${mode}${input.ndim - 2}d_channels_last`;
  checkFloat(kernel, input);
  return sizes.reduce((x, size, d) => {
    const from = x.size(d + 2);
    if (!isLinear) return x.indexSelect(d + 2, tensor(nearest(from, size, scales?.[d])));
    return from === size ? x : between(x, d + 2, size, scales?.[d], alignCorners ?? false);
  }, input);
}

/** The sizes that are asked for, and the scales if it was by these. */
function asked(from: Shape, { size, scaleFactor }: InterpolateOptions): { sizes: number[]; scales?: number[] } {
  if (size !== undefined && scaleFactor !== undefined) {
    fail("ValueError", "only one of size or scale_factor should be defined");
  }
  const given = size ?? scaleFactor ?? fail("ValueError", "either size or scale_factor should be defined");
  const list: readonly number[] = typeof given === "number" ? Array<number>(from.length).fill(given) : given;
  if (!Array.isArray(list)) fail("TypeError", `interpolate() expected a number or an array, got: ${shown(given)}`);
  for (const one of list)
    typed(size === undefined ? "scale_factor" : "size", one, size === undefined ? "float" : "int");
  if (list.length !== from.length) {
    const came = size === undefined ? `scale_factor of shape ${tupleText(list)}` : `output size of ${tupleText(list)}`;
    const [what, format] =
      size === undefined
        ? ["scale_factor", "scale_factor in (s1, s2, ...,sK)"]
        : ["output", "output size in (o1, o2, ...,oK)"];
    fail(
      "ValueError",
      `Input and ${what} must have the same number of spatial dimensions, but got input with spatial dimensions of ${listText(from)} and ${came}. Please provide input tensor in (N, C, d1, d2, ...,dK) format and ${format} format.`,
    );
  }
  if (size !== undefined) return { sizes: [...list] };
  if (!list.every(Number.isFinite)) {
    fail("RuntimeError", "value cannot be converted to type int64_t without overflow");
  }
  return { sizes: list.map((scale, d) => Math.trunc(from[d] * scale)), scales: [...list] };
}

function checkSizes({ shape, ndim }: Tensor, sizes: Shape): void {
  const from = shape.slice(2);
  if (from.some((size) => size <= 0) || sizes.some((size) => size <= 0)) {
    const text = (list: Shape) => `(${list.map((size, d) => `${"DHW"[3 - list.length + d]}: ${size}`).join(", ")})`;
    fail(
      "RuntimeError",
      `Input and output sizes should be greater than 0, but got input ${text(from)}${ndim === 3 ? " and" : ""} output ${text(sizes)}`,
    );
  }
  if (shape[1] === 0)
    fail("RuntimeError", `Non-empty ${ndim}D data tensor expected but got a tensor with sizes ${listText(shape)}`);
}

/** Of each element of the result, the input's that it is. In float32, as PyTorch computes it. */
function nearest(from: number, to: number, scale: number | undefined): Int32Array {
  const { fround } = Math;
  const step = scale === undefined ? fround(fround(from) / fround(to)) : fround(1 / scale);
  return Int32Array.from({ length: to }, (_, i) => Math.min(Math.floor(fround(i * step)), from - 1));
}

/** Of each element of the result, the mean of two of the input's by their distance, along one dimension. */
function between(x: Tensor, dim: number, to: number, scale: number | undefined, alignCorners: boolean): Tensor {
  const round = x.dtype === "float32" ? Math.fround : (number: number) => number;
  const from = x.size(dim);
  const even = () => (scale === undefined ? round(from / to) : round(1 / scale));
  const step = alignCorners ? round(to > 1 ? (from - 1) / (to - 1) : 0) : even();
  const places = Float64Array.from({ length: to }, (_, i) =>
    alignCorners ? round(step * i) : Math.max(round(round(step * (i + 0.5)) - 0.5), 0),
  );
  const left = Int32Array.from(places, (place) => Math.min(Math.floor(place), from - 1));
  const right = left.map((i) => Math.min(i + 1, from - 1));
  const share = places.map((place, i) => Math.min(Math.max(place - left[i], 0), 1));
  const shape = x.shape.map((_, d) => (d === dim ? to : 1));
  const weight = (numbers: Float64Array) => tensor(numbers, shape, { dtype: x.dtype as "float32" });
  const near = x.indexSelect(dim, tensor(left)).mul(weight(share.map((one) => 1 - one)));
  return near.add(x.indexSelect(dim, tensor(right)).mul(weight(share)));
}
