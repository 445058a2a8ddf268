/**
 * Attention with several heads, each on a part of the features. Source: Vaswani et al. (2017);
 * https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html
 */

import { checkOptions, fail, typed, warn } from "../../base/errors.js";
import { listText, type Shape, sameShape, tupleText } from "../../base/shape.js";
import { type FloatDType, isFloat } from "../../device/value.js";
import { cat } from "../../tensor/combine.js";
import { zeros } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkProbability, checkTensor } from "../checks.js";
import { additive, scaledDotProductAttention } from "../functional/attention.js";
import { dropout } from "../functional/dropout.js";
import { linear } from "../functional/index.js";
import { xavierNormal_, xavierUniform_, zeros_ } from "../init.js";
import { Module, Parameter } from "../module.js";
import { Linear } from "./linear.js";

/** Options of `MultiheadAttention`. */
export interface MultiheadAttentionOptions {
  /** The probability with which a weight is zeroed in training. Default 0. */
  dropout?: number;
  /** Whether the projections have biases. Default true. */
  bias?: boolean;
  /** Whether a learnt key and value come behind the others. Default false. */
  addBiasKv?: boolean;
  /** Whether a key and a value of zeros come behind the others. Default false. */
  addZeroAttn?: boolean;
  /** The features of a key. Default embedDim. */
  kdim?: number | null;
  /** The features of a value. Default embedDim. */
  vdim?: number | null;
  /** Whether batches come first: `[N, L, E]` instead of `[L, N, E]`. Default false. */
  batchFirst?: boolean;
  /** Default float32. */
  dtype?: FloatDType;
}

/** Options of `MultiheadAttention.forward`. */
export interface MultiheadAttentionForwardOptions {
  /** `[N, S]`, or `[S]` of one sequence: bool, true for keys that nobody looks at; or floats that are added to scores. */
  keyPaddingMask?: Tensor | null;
  /** Whether the weights are given back, too. Default true. */
  needWeights?: boolean;
  /** `[L, S]` or `[N·numHeads, L, S]`: bool, true where a query may not look; or floats that are added to scores. */
  attnMask?: Tensor | null;
  /** Whether weights are the mean over heads. Default true. */
  averageAttnWeights?: boolean;
  /** Says that `attnMask` hides what comes later. Default false. */
  isCausal?: boolean;
}

/** PyTorch's name of the layer behind the heads, which stands in its repr. */
class NonDynamicallyQuantizableLinear extends Linear {
  static override name = "NonDynamicallyQuantizableLinear";
}

const options = ["dropout", "bias", "addBiasKv", "addZeroAttn", "kdim", "vdim", "batchFirst", "dtype"];
const sizeText = (shape: Shape): string => `torch.Size(${listText(shape)})`;

/**
 * Attention of `numHeads` heads over `embedDim` features.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html
 */
export class MultiheadAttention extends Module {
  static override name = "MultiheadAttention";

  /** Features of a key. */
  readonly kdim: number;
  /** Features of a value. */
  readonly vdim: number;
  /** The probability with which a weight is zeroed in training. */
  dropout: number;
  readonly batchFirst: boolean;
  /** Whether a key and a value of zeros are added. */
  readonly addZeroAttn: boolean;
  /** `[3·embedDim, embedDim]`: of queries, keys and values; null where keys or values have other sizes. */
  in_proj_weight: Parameter | null = null;
  /** `[embedDim, embedDim]`, or null */
  q_proj_weight: Parameter | null = null;
  /** `[embedDim, kdim]`, or null */
  k_proj_weight: Parameter | null = null;
  /** `[embedDim, vdim]`, or null */
  v_proj_weight: Parameter | null = null;
  /** `[3·embedDim]`, or null */
  in_proj_bias: Parameter | null;
  /** `[1, 1, embedDim]`, or null */
  bias_k: Parameter | null;
  /** `[1, 1, embedDim]`, or null */
  bias_v: Parameter | null;
  /** What mixes the heads. */
  out_proj: Linear;

  /**
   * @param embedDim the features of a query and of the output
   * @param numHeads how many parts they are split into
   * @throws ValueError for sizes below 1, AssertionError where the parts are not whole
   */
  constructor(
    readonly embedDim: number,
    readonly numHeads: number,
    given: MultiheadAttentionOptions = {},
  ) {
    super();
    checkOptions("MultiheadAttention.__init__()", given, options);
    typed("embed_dim", embedDim, "int");
    typed("num_heads", numHeads, "int");
    if (embedDim <= 0 || numHeads <= 0) {
      fail(
        "ValueError",
        `embed_dim and num_heads must be greater than 0, got embed_dim=${embedDim} and num_heads=${numHeads} instead`,
      );
    }
    const { dropout: p = 0, bias = true, addBiasKv = false, addZeroAttn = false, batchFirst = false } = given;
    const { dtype = "float32" } = given;
    const [kdim, vdim] = [given.kdim ?? embedDim, given.vdim ?? embedDim];
    checkProbability(p);
    for (const [name, flag] of Object.entries({
      ...{ bias, add_bias_kv: addBiasKv, add_zero_attn: addZeroAttn, batch_first: batchFirst },
    })) {
      typed(name, flag, "bool");
    }
    typed("kdim", kdim, "int");
    typed("vdim", vdim, "int");
    if (embedDim % numHeads !== 0) fail("AssertionError", "embed_dim must be divisible by num_heads");
    this.kdim = kdim;
    this.vdim = vdim;
    this.dropout = p;
    this.batchFirst = batchFirst;
    this.addZeroAttn = addZeroAttn;
    const parameter = (...shape: number[]) => new Parameter(zeros(shape, { dtype }));
    if (kdim === embedDim && vdim === embedDim) this.in_proj_weight = parameter(3 * embedDim, embedDim);
    else {
      this.q_proj_weight = parameter(embedDim, embedDim);
      this.k_proj_weight = parameter(embedDim, kdim);
      this.v_proj_weight = parameter(embedDim, vdim);
    }
    this.in_proj_bias = bias ? parameter(3 * embedDim) : null;
    this.bias_k = addBiasKv ? parameter(1, 1, embedDim) : null;
    this.bias_v = addBiasKv ? parameter(1, 1, embedDim) : null;
    this.out_proj = new NonDynamicallyQuantizableLinear(embedDim, embedDim, { bias, dtype });
    this.resetParameters();
  }

  /** Draws the projections before the heads by Xavier's rule; biases 0. That behind the heads keeps its weight. */
  resetParameters(): void {
    for (const weight of [this.in_proj_weight, this.q_proj_weight, this.k_proj_weight, this.v_proj_weight]) {
      if (weight !== null) xavierUniform_(weight);
    }
    for (const bias of [this.in_proj_bias, this.in_proj_bias && this.out_proj.bias]) if (bias !== null) zeros_(bias);
    for (const bias of [this.bias_k, this.bias_v]) if (bias !== null) xavierNormal_(bias);
  }

  /**
   * Queries `[L, N, embedDim]`, keys `[S, N, kdim]` and values `[S, N, vdim]` (batches first with `batchFirst`), or one
   * sequence without N → the output, shaped as the queries, and the weights `[N, L, S]`, of each head `[N, numHeads, L, S]`
   * if they are not averaged, or null.
   * @param query what is asked
   * @param key what answers are found by
   * @param value the answers
   * @throws AssertionError or RuntimeError for shapes that do not fit, in PyTorch's words
   */
  override forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    options?: MultiheadAttentionForwardOptions & { needWeights?: true },
  ): [output: Tensor, weights: Tensor];
  override forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    options: MultiheadAttentionForwardOptions & { needWeights: false },
  ): [output: Tensor, weights: null];
  override forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    options?: MultiheadAttentionForwardOptions,
  ): [output: Tensor, weights: Tensor | null];
  override forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    options: MultiheadAttentionForwardOptions = {},
  ): [output: Tensor, weights: Tensor | null] {
    const { isBatched, ...asked } = this.checked(query, key, value, options);
    const { needWeights = true, averageAttnWeights = true, isCausal = false } = options;
    const { numHeads: heads, embedDim } = this;
    // [L, N, …] throughout.
    const lead = (x: Tensor) => (!isBatched ? x.unsqueeze(1) : this.batchFirst ? x.transpose(0, 1) : x);
    const [L, N, S] = [lead(query).size(0), lead(query).size(1), lead(key).size(0)];
    let [q, k, v] = this.projected(query, key, value).map(lead);
    const { dtype } = q;
    let mask = asked.attnMask && attentionMask(additive(asked.attnMask, true, dtype), N * heads, L, S);
    let padding = asked.keyPaddingMask && additive(asked.keyPaddingMask, true, dtype).reshape([-1, S]);
    const widen = () => {
      mask &&= cat([mask, zeros([...mask.shape.slice(0, -1), 1], { dtype: mask.dtype })], -1);
      padding &&= cat([padding, zeros([padding.size(0), 1], { dtype: padding.dtype })], -1);
    };
    if (this.bias_k !== null && this.bias_v !== null) {
      k = cat([k, this.bias_k.repeat(1, N, 1)]);
      v = cat([v, this.bias_v.repeat(1, N, 1)]);
      widen();
    }
    if (this.addZeroAttn) {
      [k, v] = [k, v].map((x) => cat([x, zeros([1, N, embedDim], { dtype })]));
      widen();
    }
    const length = k.size(0);
    const split = (x: Tensor) => x.reshape([x.size(0), N * heads, embedDim / heads]).transpose(0, 1);
    [q, k, v] = [q, k, v].map(split);
    if (padding !== null) {
      const wide = padding
        .reshape([N, 1, 1, length])
        .expand([N, heads, 1, length])
        .reshape([N * heads, 1, length]);
      mask = mask === null ? wide : mask.add(wide);
    }
    const p = this.training ? this.dropout : 0;
    const merge = (x: Tensor) =>
      linear(x.transpose(0, 1).reshape([L, N, embedDim]), this.out_proj.weight, this.out_proj.bias);
    const back = (y: Tensor) => (!isBatched ? y.squeeze(1) : this.batchFirst ? y.transpose(0, 1) : y);
    if (!needWeights) {
      const hint = isCausal && padding === null;
      const attended = scaledDotProductAttention(q, k, v, {
        attnMask: hint ? null : mask,
        dropoutP: p,
        isCausal: hint,
      });
      return [back(merge(attended)), null];
    }
    const scores = q.mul(Math.sqrt(heads / embedDim)).bmm(k.transpose(-2, -1));
    const weights = dropout((mask === null ? scores : scores.add(mask)).softmax(-1), p);
    const apart = weights.reshape([N, heads, L, length]);
    const shown = averageAttnWeights ? apart.mean(1) : apart;
    return [back(merge(weights.bmm(v))), isBatched ? shown : shown.squeeze(0)];
  }

  /** Queries, keys and values, each through its own part of the weights. */
  private projected(query: Tensor, key: Tensor, value: Tensor): Tensor[] {
    const { in_proj_weight: weight, in_proj_bias: bias } = this;
    if (weight !== null && query === key && key === value) return linear(query, weight, bias).chunk(3, -1);
    const weights = weight?.chunk(3) ?? [this.q_proj_weight, this.k_proj_weight, this.v_proj_weight];
    const biases = bias?.chunk(3) ?? [null, null, null];
    return [query, key, value].map((x, i) => linear(x, weights[i] as Tensor, biases[i]));
  }

  /** Refuses what does not fit, in PyTorch's words; the masks, and whether there is a batch. */
  private checked(query: Tensor, key: Tensor, value: Tensor, options: MultiheadAttentionForwardOptions) {
    const where = "MultiheadAttention.forward()";
    const names = ["keyPaddingMask", "needWeights", "attnMask", "averageAttnWeights", "isCausal"];
    checkOptions(where, options, names);
    const { keyPaddingMask = null, attnMask = null, needWeights = true, averageAttnWeights = true } = options;
    const { isCausal = false } = options;
    Object.entries({ query, key, value }).forEach(([name, x], i) => {
      checkTensor(where, name, i + 1, x);
    });
    typed("need_weights", needWeights, "bool");
    typed("average_attn_weights", averageAttnWeights, "bool");
    typed("is_causal", isCausal, "bool");
    const masks = { key_padding_mask: keyPaddingMask, attn_mask: attnMask };
    Object.entries(masks).forEach(([name, mask], i) => {
      if (mask === null) return;
      checkTensor(where, name, 4 + 2 * i, mask);
      if (mask.dtype !== "bool" && !isFloat(mask.dtype)) {
        fail("AssertionError", `only bool and floating types of ${name} are supported`);
      }
    });
    if (keyPaddingMask !== null && attnMask !== null && keyPaddingMask.dtype !== attnMask.dtype) {
      warn("Support for mismatched key_padding_mask and attn_mask is deprecated. Use same type for both instead.");
    }
    const { ndim } = query;
    if (ndim !== 2 && ndim !== 3) {
      fail("AssertionError", `query should be unbatched 2D or batched 3D tensor but received ${ndim}-D query tensor`);
    }
    const form = ndim === 3 ? "For batched (3-D) `query`" : "For unbatched (2-D) `query`";
    if (key.ndim !== ndim || value.ndim !== ndim) {
      fail(
        "AssertionError",
        `${form}, expected \`key\` and \`value\` to be ${ndim}-D but found ${key.ndim}-D and ${value.ndim}-D tensors respectively`,
      );
    }
    if (keyPaddingMask !== null && keyPaddingMask.ndim !== ndim - 1) {
      fail(
        "AssertionError",
        `${form}, expected \`key_padding_mask\` to be \`None\` or ${ndim - 1}-D but found ${keyPaddingMask.ndim}-D tensor instead`,
      );
    }
    if (attnMask !== null && attnMask.ndim !== 2 && attnMask.ndim !== 3) {
      fail(
        "AssertionError",
        `${form}, expected \`attn_mask\` to be \`None\`, 2-D or 3-D but found ${attnMask.ndim}-D tensor instead`,
      );
    }
    if (isCausal && attnMask === null) {
      fail(
        "RuntimeError",
        "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method `generate_square_subsequent_mask` to create this mask.",
      );
    }
    const [Eq, Ek, Ev] = [query, key, value].map((x) => x.size(-1));
    if (Eq !== this.embedDim) {
      fail("AssertionError", `was expecting embedding dimension of ${this.embedDim}, but got ${Eq}`);
    }
    this.checkKeys(key, value, Ek, Ev);
    if (keyPaddingMask !== null) {
      const at = this.batchFirst ? [0, 1] : [1, 0];
      const expected = ndim === 3 ? at.map((dim) => key.size(dim)) : [key.size(0)];
      const wrong = expected.findIndex((size, i) => keyPaddingMask.size(i) !== size);
      if (wrong !== -1) {
        fail(
          "AssertionError",
          `Expected key_padded_mask.shape[${wrong}] to be ${expected[wrong]}, but got ${keyPaddingMask.size(wrong)}`,
        );
      }
    }
    return { keyPaddingMask, attnMask, isBatched: ndim === 3 };
  }

  private checkKeys(key: Tensor, value: Tensor, Ek: number, Ev: number): void {
    if (this.in_proj_weight !== null) {
      if (sameShape(key.shape, value.shape)) return;
      fail("AssertionError", `key shape ${sizeText(key.shape)} does not match value shape ${sizeText(value.shape)}`);
    }
    const [left, right] = [key, value].map((x) => x.shape.slice(0, 2));
    if (key.ndim === 3 && !sameShape(left, right)) {
      fail("AssertionError", `key's sequence and batch dims ${sizeText(left)} do not match value's ${sizeText(right)}`);
    }
    for (const [name, size, own] of [
      ["key", Ek, this.kdim],
      ["value", Ev, this.vdim],
    ] as const) {
      if (size === own) continue;
      fail(
        "AssertionError",
        `expecting ${name} weights shape of ${tupleText([this.embedDim, size])}, but got ${sizeText([this.embedDim, own])}`,
      );
    }
  }
}

/** A mask as [1, L, S] or [N·heads, L, S]. */
function attentionMask(mask: Tensor, count: number, L: number, S: number): Tensor {
  const expected = mask.ndim === 2 ? [L, S] : [count, L, S];
  if (!sameShape(mask.shape, expected)) {
    fail(
      "RuntimeError",
      `The shape of the ${mask.ndim}D attn_mask is ${sizeText(mask.shape)}, but should be ${tupleText(expected)}.`,
    );
  }
  return mask.ndim === 2 ? mask.unsqueeze(0) : mask;
}
