/**
 * Activations: what a layer's output is bent by, element by element or along a dimension. What a tensor has a method for
 * calls it. Source: https://docs.pytorch.org/docs/stable/nn.functional.html#non-linear-activation-functions
 */

import { checkOptions, fail, typeName, warn } from "../../base/errors.js";
import { isFloat, scalarName } from "../../device/value.js";
import { noGrad } from "../../tensor/autograd.js";
import { where } from "../../tensor/combine.js";
import { elu as bend, gelu as normal } from "../../tensor/ops/activation.js";
import { logSigmoid } from "../../tensor/ops/elementwise.js";
import { apply, type Operand, type Tensor } from "../../tensor/tensor.js";
import { checkFloat, checkTensor } from "../checks.js";

function checked(name: string, input: Tensor, numbers: Readonly<Record<string, number>> = {}): void {
  checkTensor(`${name}()`, "input", 1, input);
  Object.entries(numbers).forEach(([option, value], i) => {
    if (typeof value !== "number") {
      fail("TypeError", `${name}(): argument '${option}' (position ${i + 2}) must be Number, not ${typeName(value)}`);
    }
  });
}

/**
 * max(x, 0)
 * @param input any shape
 */
export function relu(input: Tensor): Tensor {
  checked("relu", input);
  return input.relu();
}

/**
 * The hyperbolic tangent.
 * @param input any shape
 */
export function tanh(input: Tensor): Tensor {
  checked("tanh", input);
  return input.tanh();
}

/**
 * 1 / (1 + e⁻ˣ)
 * @param input any shape
 */
export function sigmoid(input: Tensor): Tensor {
  checked("sigmoid", input);
  return input.sigmoid();
}

/** Where none is given, PyTorch's choice of old: 0 for a vector or three dimensions, else 1. */
function softmaxDim(name: string, input: Tensor, dim: number | null): number {
  checked(name, input);
  if (dim !== null) return dim;
  warn(`Implicit dimension choice for ${name} has been deprecated. Change the call to include dim=X as an argument.`);
  return [0, 1, 3].includes(input.ndim) ? 0 : 1;
}

/**
 * eˣ / Σ eˣ along `dim`; without one along the first of one or three dimensions, else the second, with a warning.
 * @param input any shape, of floats
 */
export function softmax(input: Tensor, dim: number | null = null): Tensor {
  const at = softmaxDim("softmax", input, dim);
  return input.softmax(at);
}

/**
 * log softmax along `dim`, chosen as for `softmax`.
 * @param input any shape, of floats
 */
export function logSoftmax(input: Tensor, dim: number | null = null): Tensor {
  const at = softmaxDim("log_softmax", input, dim);
  return input.logSoftmax(at);
}

/**
 * x·Φ(x), where Φ is the cumulated normal distribution; `"tanh"` asks for the approximation by a hyperbolic tangent.
 * @param input any shape
 * @throws RuntimeError for another `approximate`
 */
export function gelu(input: Tensor, approximate: "none" | "tanh" = "none"): Tensor {
  checked("gelu", input);
  if (typeof approximate !== "string") {
    fail("TypeError", `gelu(): argument 'approximate' must be str, not ${typeName(approximate)}`);
  }
  if (approximate !== "none" && approximate !== "tanh") {
    fail("RuntimeError", "approximate argument must be either none or tanh.");
  }
  checkFloat("GeluKernelImpl", input);
  if (approximate === "none") return apply(normal, input);
  const inner = input
    .mul(input)
    .mul(0.044715)
    .add(1)
    .mul(input)
    .mul(Math.sqrt(2 / Math.PI));
  return input.mul(0.5).mul(inner.tanh().add(1));
}

/**
 * x·σ(x)
 * @param input any shape
 */
export function silu(input: Tensor): Tensor {
  checked("silu", input);
  checkFloat("silu_cpu", input);
  return input.mul(input.sigmoid());
}

/**
 * x where x > 0, else α·(eˣ − 1)
 * @param input any shape
 * @param alpha α, to which it falls
 */
export function elu(input: Tensor, alpha = 1): Tensor {
  checked("elu", input, { alpha });
  checkFloat("elu_cpu", input);
  return apply(bend, input, alpha);
}

/** x where x > 0, else slope·x. What is above 0 leaves the product, in which ∞ would give the slope no number. */
function bent(x: Tensor, slope: Operand): Tensor {
  const above = x.gt(0);
  return where(above, x, where(above, 0, x).mul(slope));
}

/**
 * x where x > 0, else `negativeSlope`·x
 * @param input any shape
 */
export function leakyRelu(input: Tensor, negativeSlope = 0.01): Tensor {
  checked("leaky_relu", input, { negative_slope: negativeSlope });
  checkFloat("leaky_relu_cpu", input);
  return bent(input, negativeSlope);
}

/**
 * x where x > 0, else `weight`·x: one number for all, or one for each channel, which dimension 1 counts.
 * @param input any shape; `[N, C, …]` for a weight a channel
 */
export function prelu(input: Tensor, weight: Tensor): Tensor {
  checked("prelu", input);
  checkTensor("prelu()", "weight", 2, weight);
  if (weight.dtype !== input.dtype) {
    const [left, right] = [scalarName(input.dtype), scalarName(weight.dtype)];
    fail("RuntimeError", `prelu: Type promoting not supported. Got ${left} and ${right}`);
  }
  checkFloat("prelu_cpu", input);
  if (weight.numel() !== 1) {
    if (input.ndim === 0) fail("RuntimeError", "Not allow zero-dim input tensor.");
    const channels = input.ndim > 1 ? input.size(1) : 1;
    if (channels !== weight.numel()) {
      fail(
        "RuntimeError",
        `Mismatch of parameter numbers and input channel size. Found parameter numbers = ${weight.numel()} and channel size = ${channels}.`,
      );
    }
  }
  if (weight.ndim > 1) {
    fail("RuntimeError", `prelu: Expected \`weight\` to be a scalar or 1D tensor, but got: ndim = ${weight.ndim}`);
  }
  const slopes = weight.reshape(input.value.shape.map((_, i) => (i === 1 ? weight.numel() : 1)));
  return bent(input, slopes);
}

/** Options of `softplus`. */
export interface SoftplusOptions {
  /** How sharply it bends. Default 1. */
  beta?: number;
  /** Where β·x is above it, the result is x. Default 20. */
  threshold?: number;
}

/**
 * log(1 + e^(β·x)) / β: a smooth `relu`.
 * @param input any shape
 */
export function softplus(input: Tensor, options: SoftplusOptions = {}): Tensor {
  checkOptions("softplus()", options, ["beta", "threshold"]);
  const { beta = 1, threshold = 20 } = options;
  checked("softplus", input, { beta, threshold });
  checkFloat("softplus_cpu", input);
  const scaled = input.mul(beta);
  return where(scaled.gt(threshold), input, apply(logSigmoid, scaled.neg()).neg().div(beta));
}

/** Options of `hardtanh`. */
export interface HardtanhOptions {
  /** The least result. Default −1. */
  minVal?: number;
  /** The greatest result. Default 1. */
  maxVal?: number;
}

/**
 * Limits every element to `minVal` … `maxVal`; at the ends, and beyond, the gradient is 0. Whole numbers stay whole: the
 * limits lose what is behind their point.
 * @param input any shape
 */
export function hardtanh(input: Tensor, options: HardtanhOptions = {}): Tensor {
  checkOptions("hardtanh()", options, ["minVal", "maxVal"]);
  const { minVal = -1, maxVal = 1 } = options;
  checked("hardtanh", input, { min_val: minVal, max_val: maxVal });
  if (minVal > maxVal) fail("ValueError", "min_val cannot be greater than max_val");
  if (input.dtype === "bool") fail("RuntimeError", "Bool inputs not supported for hardtanh");
  if (!isFloat(input.dtype)) {
    const [least, greatest] = [Math.trunc(minVal), Math.trunc(maxVal)];
    if (least >= -(2 ** 63) && greatest < 2 ** 63) return input.clamp(least, greatest);
    fail("RuntimeError", "value cannot be converted to type int64_t without overflow");
  }
  const limited = noGrad(() => input.clamp(minVal, maxVal));
  return where(input.le(minVal).logicalOr(input.ge(maxVal)), limited, input);
}
