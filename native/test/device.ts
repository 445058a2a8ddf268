/** The device under test, and numbers that are hard: far apart, denormal, infinite, none. */

import { type FloatDType, type Shape, type Value, wrap } from "elman-nn/device";
import { native } from "../src/index.js";
import { binding as loaded } from "../src/load.js";

if (native === null || loaded === null) throw new Error("native/ is not built: npm run build:native");
export const device = native;
export const binding = loaded;

export const floats = ["float32", "float64"] as const;

const hard: Record<FloatDType, readonly number[]> = {
  float32: [0, -0, 1, -1, 0.5, 88.6, -88, 104, -104, 3e38, -3e38, 1e-38, -1e-45, 7e-42, 1e-20, 17, -17, 1.0000001],
  float64: [
    0,
    -0,
    1,
    -1,
    0.5,
    709,
    -708,
    746,
    -746,
    1e308,
    -1e308,
    1e-308,
    -5e-324,
    7e-320,
    1e-20,
    40,
    -40,
    1 + 2 ** -52,
  ],
};
const none = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

/** Values of a shape from −4 to 4, the hard ones among them unless they are to be tame. */
export function numbers(dtype: FloatDType, shape: Shape, seed: number, tame = false): Value {
  let state = 4711 * seed;
  const count = shape.reduce((all, size) => all * size, 1);
  const special = [...hard[dtype], ...none];
  const data = Array.from({ length: count }, (_, i) => {
    state = (state * 48_271) % 2_147_483_647;
    return !tame && i % 3 === 1 ? special[state % special.length] : (state / 2_147_483_647) * 8 - 4;
  });
  return wrap(dtype, dtype === "float32" ? Float32Array.from(data) : Float64Array.from(data), shape);
}
