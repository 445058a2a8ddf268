/** Ops that bring examples to a common scale, in one piece. */

import type { Shape } from "../../base/shape.js";
import type { Value } from "../../device/value.js";
import { device, reshape } from "../kernels.js";
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
