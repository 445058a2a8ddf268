/**
 * What works on rows in the kernels: softmax, cross-entropy and layer normalisation. What does not lie in rows is laid out
 * before; what is no float, or empty, is the js device's.
 */

import {
  type Device,
  elements,
  type FloatArray,
  type FloatDType,
  inverse,
  isRowMajor,
  js,
  permuteView,
  type Value,
} from "elman-nn/device";
import type { Binding } from "./binding.js";
import { room } from "./room.js";

type Names =
  | "softmax"
  | "softmaxBackward"
  | "crossEntropy"
  | "crossEntropyBackward"
  | "layerNorm"
  | "layerNormBackward";

const isCovered = (...values: readonly Value[]): boolean =>
  values[0].numel > 0 && values.every(({ dtype }) => dtype === values[0].dtype && /^float/.test(dtype));

/**
 * The kernels of a device over a module.
 * @param copy the device's own
 */
export function rows(binding: Binding, copy: Device["copy"]): Pick<Device, Names> {
  const rowMajor = (x: Value): Value => {
    if (isRowMajor(x)) return x;
    const out = room(x.dtype, x.shape);
    copy(x, out);
    return out;
  };
  const floats = (x: Value): FloatArray => elements(rowMajor(x)) as FloatArray;
  const doubles = (x: Value): Float64Array => elements(rowMajor(x)) as Float64Array;
  const classes = (x: Value): Int32Array => elements(rowMajor(x)) as Int32Array;

  /** Of values of one shape, computes what lies along a dimension as rows. */
  function along(
    dim: number,
    operands: readonly Value[],
    compute: (operands: readonly FloatArray[], out: FloatArray, R: number, C: number) => void,
  ): Value {
    const { shape, dtype } = operands[0];
    const order = [...shape.keys()].toSpliced(dim, 1).concat(dim);
    const out = room(
      dtype,
      order.map((from) => shape[from]),
    );
    const C = shape[dim];
    const given = operands.map((x) => floats(x.at(permuteView(x, order))));
    compute(given, elements(out) as FloatArray, out.numel / C, C);
    return rowMajor(out.at(permuteView(out, inverse(order))));
  }

  return {
    softmax: (x, dim, log) =>
      isCovered(x)
        ? along(dim, [x], ([from], out, R, C) => binding.softmax(Number(log), from, out, R, C))
        : js.softmax(x, dim, log),
    softmaxBackward: (dy, y, dim, log) =>
      isCovered(y, dy)
        ? along(dim, [dy, y], ([d, from], out, R, C) => binding.softmaxBackward(Number(log), d, from, out, R, C))
        : js.softmaxBackward(dy, y, dim, log),
    crossEntropy(x, target) {
      if (!isCovered(x)) return js.crossEntropy(x, target);
      const [R, C] = x.shape;
      const [losses, sums] = [room(x.dtype, [R]), room("float64", [R, 2])];
      binding.crossEntropy(floats(x), classes(target), floats(losses), doubles(sums), R, C);
      return { losses, sums };
    },
    crossEntropyBackward(d, x, target, sums) {
      if (!isCovered(x, d)) return js.crossEntropyBackward(d, x, target, sums);
      const [R, C] = x.shape;
      const dx = room(x.dtype, [R, C]);
      binding.crossEntropyBackward(floats(d), floats(x), classes(target), doubles(sums), floats(dx), R, C);
      return dx;
    },
    layerNorm(x, weight, bias, eps) {
      if (!isCovered(x)) return js.layerNorm(x, weight, bias, eps);
      const [R, C] = x.shape;
      const [y, moments] = [room(x.dtype, [R, C]), room("float64", [R, 2])];
      const [w, b] = [weight && floats(weight), bias && floats(bias)];
      binding.layerNorm(floats(x), w, b, floats(y), doubles(moments), eps, R, C);
      return { y, moments };
    },
    layerNormBackward(dy, x, weight, moments) {
      if (!isCovered(x, dy)) return js.layerNormBackward(dy, x, weight, moments);
      const [R, C] = x.shape;
      const [dx, dWeight, dBias] = [[R, C], [C], [C]].map((shape) => room(x.dtype as FloatDType, shape));
      const [given, kept] = [weight && floats(weight), doubles(moments)];
      binding.layerNormBackward(floats(dy), floats(x), given, kept, floats(dx), floats(dWeight), floats(dBias), R, C);
      return { dx, dWeight, dBias };
    },
  };
}
