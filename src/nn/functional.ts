/**
 * torch.nn.functional: what has neither parameters of its own nor an obvious receiver.
 * Source: https://docs.pytorch.org/docs/stable/nn.functional.html
 */

import { checkOptions, fail } from "../base/errors.js";
import { fillBernoulli, type Generator } from "../base/random.js";
import { listText, sameShape } from "../base/shape.js";
import { elements, isFloat, scalarName, wrap } from "../device/value.js";
import { defaultGenerator } from "../tensor/chance.js";
import { embedding as lookUp } from "../tensor/ops/gather.js";
import { apply, Tensor } from "../tensor/tensor.js";

export * from "./loss.js";

/** x·Wᵀ + b for x `[…, in]`, W `[out, in]`, b `[out]`. */
export function linear(input: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  const product = input.matmul(weight.t());
  return bias === null ? product : product.add(bias);
}

export interface DropoutOptions {
  generator?: Generator;
}

/**
 * Zeroes each element with probability `p` and scales the others by 1 / (1 − p); the mask is torch's.
 * @throws ValueError unless 0 ≤ p ≤ 1
 */
export function dropout(input: Tensor, p = 0.5, training = true, options: DropoutOptions = {}): Tensor {
  if (!(p >= 0 && p <= 1)) fail("ValueError", `dropout probability has to be between 0 and 1, but got ${p}`);
  checkOptions("dropout()", options, ["generator"]);
  if (!training || p === 0 || input.numel() === 0) return input;
  if (!isFloat(input.dtype))
    fail("RuntimeError", `result type Float can't be cast to the desired output type ${scalarName(input.dtype)}`);
  const keep = wrap("bool", new Uint8Array(input.numel()), input.shape);
  if (p < 1) fillBernoulli(elements(keep) as Uint8Array, 1 - p, options.generator ?? defaultGenerator());
  return input.mul(new Tensor(keep).to(input.dtype).mul(p < 1 ? 1 / (1 - p) : 0));
}

export interface EmbeddingOptions {
  /** The row whose gradient stays zero; negative counts from the back. */
  paddingIdx?: number | null;
}

/** The rows of `weight` `[V, D]` that int32 `input` of any shape names: `[…, D]`. */
export function embedding(input: Tensor, weight: Tensor, options: EmbeddingOptions = {}): Tensor {
  checkOptions("embedding()", options, ["paddingIdx"]);
  if (weight.ndim !== 2) fail("RuntimeError", "'weight' must be 2-D");
  if (input.dtype !== "int32") {
    fail(
      "RuntimeError",
      `Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got torch.${scalarName(input.dtype)}Tensor instead (while checking arguments for embedding)`,
    );
  }
  const rows = weight.size(0);
  if (input.toArray().some((i) => i < 0 || i >= rows)) fail("IndexError", "index out of range in self");
  return apply(lookUp, weight, input, paddingRow(options.paddingIdx ?? null, rows));
}

/** @internal The padding row counted from the front, or null. */
export function paddingRow(paddingIdx: number | null, rows: number): number | null {
  if (paddingIdx === null) return null;
  if (!Number.isInteger(paddingIdx) || paddingIdx >= rows || paddingIdx < -rows) {
    fail("ValueError", "Padding_idx must be within num_embeddings");
  }
  return paddingIdx < 0 ? paddingIdx + rows : paddingIdx;
}

export interface LayerNormOptions {
  weight?: Tensor | null;
  bias?: Tensor | null;
  /** Added to the variance. Default 1e-5. */
  eps?: number;
}

/** Over the last dimensions, of sizes `normalizedShape`: (x − mean) / √(variance + eps)·weight + bias. */
export function layerNorm(input: Tensor, normalizedShape: readonly number[], options: LayerNormOptions = {}): Tensor {
  checkOptions("layer_norm()", options, ["weight", "bias", "eps"]);
  const { weight = null, bias = null, eps = 1e-5 } = options;
  const count = normalizedShape.length;
  if (count === 0)
    fail(
      "RuntimeError",
      "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got normalized_shape = []",
    );
  if (!sameShape(input.shape.slice(-count), normalizedShape)) {
    fail(
      "RuntimeError",
      `Given normalized_shape=${listText(normalizedShape)}, expected input with shape [*, ${normalizedShape.join(", ")}], but got input of size${listText(input.shape)}`,
    );
  }
  const dims = normalizedShape.map((_, i) => i - count);
  const centered = input.sub(input.mean(dims, true));
  const normal = centered.div(centered.mul(centered).mean(dims, true).add(eps).sqrt());
  const scaled = weight === null ? normal : normal.mul(weight);
  return bias === null ? scaled : scaled.add(bias);
}
