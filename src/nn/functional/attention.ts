/**
 * Attention: of each query the mean of the values, weighted by how well their keys fit. Source: Vaswani et al. (2017);
 * https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html
 */

import { checkOptions, fail, typed, typeName } from "../../base/errors.js";
import { broadcast, checkKept } from "../../base/shape.js";
import { cName, isFloat } from "../../device/value.js";
import { arange, zeros } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkTensor } from "../checks.js";
import { dropout } from "./dropout.js";

/** Options of `scaledDotProductAttention`. */
export interface AttentionOptions {
  /** bool, true where a query may look at a key; or floats that are added to the scores. Stretched to `[…, L, S]`. */
  attnMask?: Tensor | null;
  /** The probability with which a weight is zeroed; always, as there is no module that trains. Default 0. */
  dropoutP?: number;
  /** Whether query i sees the keys 0 … i alone. Default false. */
  isCausal?: boolean;
  /** What scores are multiplied by. Default 1 / √E. */
  scale?: number | null;
}

/** −∞ where a bool mask is `hiding`, else 0; a mask of floats as it is. */
export function additive(mask: Tensor, hiding: boolean, dtype: Tensor["dtype"]): Tensor {
  if (mask.dtype !== "bool") return mask;
  return zeros(mask.shape, { dtype }).maskedFill(hiding ? mask : mask.logicalNot(), Number.NEGATIVE_INFINITY);
}

/**
 * softmax(q·kᵀ·scale + mask)·v for q `[…, L, E]`, k `[…, S, E]` and v `[…, S, Eᵥ]`: `[…, L, Eᵥ]`. A query that may look at
 * no key gets zeros.
 * @param query q
 * @param key k
 * @param value v
 * @throws RuntimeError for shapes and dtypes that do not fit
 */
export function scaledDotProductAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: AttentionOptions = {},
): Tensor {
  const where = "scaled_dot_product_attention()";
  checkOptions(where, options, ["attnMask", "dropoutP", "isCausal", "scale"]);
  const { attnMask = null, dropoutP = 0, isCausal = false, scale = null } = options;
  const three = { query, key, value };
  Object.entries(three).forEach(([name, x], i) => {
    checkTensor(where, name, i + 1, x);
  });
  typed("dropout_p", dropoutP, "float");
  typed("is_causal", isCausal, "bool");
  if (scale !== null && typeof scale !== "number") {
    fail("TypeError", `${where}: argument 'scale' must be float, not ${typeName(scale)}`);
  }
  const each = (text: (x: Tensor) => string | number) =>
    `query.${text(query)} key.${text(key)} and value.${text(value)} instead.`;
  if (Object.values(three).some((x) => x.ndim < 2)) {
    fail(
      "RuntimeError",
      `Expected query, key, and value to all be  at least 2 dimensional, but got ${each((x) => `dim: ${x.ndim}`)}`,
    );
  }
  if (key.dtype !== query.dtype || value.dtype !== query.dtype) {
    fail(
      "RuntimeError",
      `Expected query, key, and value to have the same dtype, but got ${each((x) => `dtype: ${cName(x.dtype)}`)}`,
    );
  }
  if (!isFloat(query.dtype)) fail("RuntimeError", `expected scalar type Float but found ${cName(query.dtype)}`);
  if (isCausal && attnMask !== null) {
    fail("RuntimeError", "_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True");
  }
  if (attnMask !== null) {
    checkTensor(where, "attn_mask", 4, attnMask);
    if (attnMask.dtype !== "bool" && attnMask.dtype !== query.dtype) {
      fail(
        "RuntimeError",
        `Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: ${cName(attnMask.dtype)} and  query.dtype: ${cName(query.dtype)} instead.`,
      );
    }
  }
  if (!(dropoutP >= 0 && dropoutP <= 1)) {
    fail("RuntimeError", `dropout probability has to be between 0 and 1, but got ${dropoutP}`);
  }
  const [L, S] = [query.size(-2), key.size(-2)];
  const seen = isCausal ? arange(L).unsqueeze(1).ge(arange(S)) : attnMask;
  const scores = query.mul(scale ?? 1 / Math.sqrt(query.size(-1))).matmul(key.transpose(-2, -1));
  if (seen !== null) checkKept(scores.shape, broadcast(scores.shape, seen.shape));
  const weights = seen === null ? scores.softmax(-1) : shares(scores.add(additive(seen, false, query.dtype)));
  return dropout(weights, dropoutP).matmul(value);
}

/** softmax of scores, and 0 where all of a row are −∞. */
function shares(scores: Tensor): Tensor {
  const none = scores.eq(Number.NEGATIVE_INFINITY).all(-1, true);
  return scores.maskedFill(none, 0).softmax(-1).maskedFill(none, 0);
}
