/** Ops that bring examples to a common scale, in one piece. */

import { narrowView, permuteView, type Shape } from "../../base/shape.js";
import { type Value, wrap } from "../../device/value.js";
import { add, convert, copy, device, mul, reshape, sum } from "../kernels.js";
import type { Op } from "./op.js";

/** x as [R, C], where C counts the elements of its last `dims` dimensions. */
function rows(x: Value, dims: number): Value {
  const at = x.shape.length - dims;
  const count = (sizes: Shape) => sizes.reduce((a, b) => a * b, 1);
  return reshape(x, [count(x.shape.slice(0, at)), count(x.shape.slice(at))]);
}

const flat = (parameter: Value | null): Value | null => parameter && rows(parameter, parameter.shape.length);

/** y = n·weight + bias, n = (x − mean) / √(variance + eps) over the last dimensions      dx, dweight, dbias: the device's */
export const layerNorm: Op<
  [Value, Value | null, Value | null, number, number],
  Value,
  [Value, Value | null, Value, number]
> = {
  name: "NativeLayerNorm",
  forward: (x, weight, bias, dims, eps) => {
    const { y, moments } = device().layerNorm(rows(x, dims), flat(weight), flat(bias), eps);
    return [reshape(y, x.shape), [x, weight, moments, dims]];
  },
  backward: (dy, [x, weight, moments, dims]) => {
    const { dx, dWeight, dBias } = device().layerNormBackward(rows(dy, dims), rows(x, dims), flat(weight), moments);
    const shape = x.shape.slice(-dims);
    return [reshape(dx, x.shape), reshape(dWeight, shape), reshape(dBias, shape), null, null];
  },
};

/** The first two dimensions exchanged. */
const exchanged = (x: Value): Value => x.at(permuteView(x, [1, 0, ...[...x.shape.keys()].slice(2)]));
/** x [N, C, …] as [C, R]: of each channel all numbers. */
const channels = (x: Value): Value => reshape(exchanged(x), [x.shape[1], x.numel / x.shape[1]]);
/** The way back, row-major. */
function unchannelled(rows: Value, shape: Shape): Value {
  return copy(exchanged(reshape(rows, [shape[1], shape[0], ...shape.slice(2)])));
}
/** One number for each channel, beside its row. */
const column = (x: Value): Value => reshape(x, [x.numel, 1]);

/**
 * y = n·weight + bias, n = (x − mean) / √(variance + eps) of each channel, the second dimension of x: a layer
 * normalisation of channels. `moments` float64 [C, 2]: of each channel its mean and 1 / √(variance + eps).
 *
 * dn = dy·weight   dx = (dn − mean of dn − n·(mean of dn·n)) / √(variance + eps)   dweight = Σ dy·n   dbias = Σ dy
 */
export const batchNorm: Op<[Value, Value | null, Value | null, number], Value[], [Value, Value | null, Value, Shape]> =
  {
    name: "NativeBatchNorm",
    forward: (x, weight, bias, eps) => {
      const { y: n, moments } = device().layerNorm(channels(x), null, null, eps);
      const scaled = weight === null ? n : mul(n, column(weight));
      const y = bias === null ? scaled : add(scaled, column(bias));
      return [
        [unchannelled(y, x.shape), moments],
        [n, weight, moments, x.shape],
      ];
    },
    backward: ([arriving], [n, weight, moments, shape], needs) => {
      if (arriving === null) return [null, null, null, null];
      const dy = channels(arriving);
      const dn = weight === null ? dy : mul(dy, column(weight));
      // n is a row of mean 0 and variance 1 already.
      const still = wrap(
        "float64",
        Float64Array.from({ length: moments.numel }, (_, i) => i % 2),
        moments.shape,
      );
      const { dx } = device().layerNormBackward(dn, n, null, still);
      const scale = convert(moments.at(narrowView(moments, 1, 1, 1)), dx.dtype);
      return [
        unchannelled(mul(dx, scale), shape),
        needs[1] ? sum(mul(dy, n), [1]) : null,
        needs[2] ? sum(dy, [1]) : null,
        null,
      ];
    },
  };
