/**
 * torch.nn.functional: what has neither parameters of its own nor an obvious receiver.
 * Source: https://docs.pytorch.org/docs/stable/nn.functional.html
 * @packageDocumentation
 */

import { checkOptions, fail, typed } from "../../base/errors.js";
import { listText, sameShape } from "../../base/shape.js";
import { elements, scalarName } from "../../device/value.js";
import { arange } from "../../tensor/create.js";
import { rowMajor } from "../../tensor/kernels.js";
import { embedding as lookUp } from "../../tensor/ops/gather.js";
import { layerNorm as normalise } from "../../tensor/ops/norm.js";
import { apply, type Tensor } from "../../tensor/tensor.js";
import { checkArgument, checkFloat, checkSameDType, checkTensor, howToInt, paddingRow } from "../checks.js";

export * from "./activation.js";
export { type AttentionOptions, scaledDotProductAttention } from "./attention.js";
export * from "./batchnorm.js";
export * from "./class_loss.js";
export * from "./conv.js";
export * from "./ctc.js";
export * from "./dropout.js";
export * from "./interpolate.js";
export * from "./loss.js";
export * from "./pad.js";
export * from "./pooling.js";
export type { Reduction, ReductionOptions } from "./reduction.js";

/**
 * x·Wᵀ + b for x `[…, in]`, W `[out, in]`, b `[out]`.
 * @param input x
 * @param weight W
 * @param bias b, or null
 */
export function linear(input: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  checkTensor("linear()", "input", 1, input);
  checkTensor("linear()", "weight", 2, weight);
  if (bias !== null) checkTensor("linear()", "bias", 3, bias);
  if (input.ndim === 0 || weight.ndim === 0) {
    fail(
      "RuntimeError",
      `both arguments to linear need to be at least 1D, but they are ${input.ndim}D and ${weight.ndim}D`,
    );
  }
  checkSameDType(input.dtype, weight.dtype);
  if (bias !== null) checkSameDType(input.dtype, bias.dtype);
  const product = input.matmul(weight.t());
  return bias === null ? product : product.add(bias.expand(product.shape));
}

/** Options of `embedding`. */
export interface EmbeddingOptions {
  /** The row whose gradient stays zero; negative counts from the back. */
  paddingIdx?: number | null;
}

/** The rows of `weight` `[V, D]` that int32 `input` of any shape names: `[…, D]`. */
export function embedding(input: Tensor, weight: Tensor, options: EmbeddingOptions = {}): Tensor {
  checkOptions("embedding()", options, ["paddingIdx"]);
  checkTensor("embedding()", "weight", 1, weight);
  checkTensor("embedding()", "indices", 2, input);
  if (weight.ndim !== 2) fail("RuntimeError", "'weight' must be 2-D");
  if (input.dtype !== "int32") {
    fail(
      "RuntimeError",
      `Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got torch.${scalarName(input.dtype)}Tensor instead (while checking arguments for embedding). ${howToInt}`,
    );
  }
  const rows = weight.size(0);
  if (elements(rowMajor(input.value)).some((i) => i < 0 || i >= rows)) fail("IndexError", "index out of range in self");
  return apply(lookUp, weight, input, paddingRow(options.paddingIdx ?? null, rows));
}

/**
 * A row of `numClasses` numbers for each class number, 1 at its place and 0 elsewhere: int32 `[…]` → int32
 * `[…, numClasses]`. −1 counts the classes up to the greatest.
 * @param input the class numbers
 */
export function oneHot(input: Tensor, numClasses = -1): Tensor {
  checkTensor("one_hot()", "input", 1, input);
  typed("num_classes", numClasses, "int");
  if (input.dtype !== "int32") {
    fail("RuntimeError", "one_hot is only applicable to index tensor of type LongTensor.");
  }
  const empty = input.numel() === 0;
  if (empty && numClasses <= 0) fail("RuntimeError", "Can not infer total number of classes from empty tensor.");
  if (!empty && input.min().item() < 0) fail("RuntimeError", "Class values must be non-negative.");
  const classes = numClasses === -1 ? input.max().item() + 1 : numClasses;
  if (!empty && input.max().item() >= classes) {
    fail("RuntimeError", "Class values must be smaller than num_classes.");
  }
  return input.unsqueeze(-1).eq(arange(classes)).to("int32");
}

/** Options of `layerNorm`. */
export interface LayerNormOptions {
  /** A factor of the normalized shape. */
  weight?: Tensor | null;
  /** A summand of the normalized shape. */
  bias?: Tensor | null;
  /** Added to the variance. Default 1e-5. */
  eps?: number;
}

/**
 * Over the last dimensions, of sizes `normalizedShape`: (x − mean) / √(variance + eps)·weight + bias.
 * @param input x, of `[…, …normalizedShape]`
 */
export function layerNorm(input: Tensor, normalizedShape: readonly number[], options: LayerNormOptions = {}): Tensor {
  checkOptions("layer_norm()", options, ["weight", "bias", "eps"]);
  const { weight = null, bias = null, eps = 1e-5 } = options;
  checkTensor("layer_norm()", "input", 1, input);
  checkArgument(
    Array.isArray(normalizedShape),
    "layer_norm()",
    "normalized_shape",
    2,
    "tuple of ints",
    normalizedShape,
  );
  checkArgument(typeof eps === "number", "layer_norm()", "eps", 5, "float", eps);
  const count = normalizedShape.length;
  if (count === 0) {
    fail(
      "RuntimeError",
      "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got normalized_shape = []",
    );
  }
  Object.entries({ weight, bias }).forEach(([name, tensor], i) => {
    if (tensor === null) return;
    checkTensor("layer_norm()", name, 3 + i, tensor);
    if (!sameShape(tensor.shape, normalizedShape)) {
      fail(
        "RuntimeError",
        `Expected ${name} to be of same shape as normalized_shape, but got ${name} of shape ${listText(tensor.shape)} and normalized_shape = ${listText(normalizedShape)}`,
      );
    }
  });
  if (!sameShape(input.shape.slice(-count), normalizedShape)) {
    fail(
      "RuntimeError",
      `Given normalized_shape=${listText(normalizedShape)}, expected input with shape [*, ${normalizedShape.join(", ")}], but got input of size${listText(input.shape)}`,
    );
  }
  checkFloat("LayerNormKernelImpl", input);
  for (const tensor of [weight, bias]) {
    if (tensor !== null && tensor.dtype !== input.dtype) {
      fail("RuntimeError", `mixed dtype (CPU): expect parameter to have scalar type of ${scalarName(input.dtype)}`);
    }
  }
  return apply(normalise, input, weight, bias, count, eps);
}
