/**
 * A linear-chain conditional random field, in the form of the package pytorch-crf. Source: Lafferty et al. (2001);
 * https://pytorch-crf.readthedocs.io
 */

import { checkOptions, fail, shown, typed } from "../../base/errors.js";
import { sameShape, tupleText } from "../../base/shape.js";
import type { FloatDType } from "../../device/value.js";
import { where } from "../../tensor/combine.js";
import { onesLike, zeros } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkTensor } from "../checks.js";
import { uniform_ } from "../init.js";
import { Module, Parameter } from "../module.js";

/** Options of `CRF`. */
export interface CRFOptions {
  /** Whether emissions, tags and masks are `[N, T, …]` instead of `[T, N, …]`. Default false. */
  batchFirst?: boolean;
  /** Default float32. */
  dtype?: FloatDType;
}

/** What `decode` takes beside emissions. */
export interface CRFMaskOptions {
  /** bool, of the emissions' first two sizes: which steps there are, the first of every sequence and those behind it. */
  mask?: Tensor | null;
}

/** What `forward` takes beside emissions and tags. */
export interface CRFForwardOptions extends CRFMaskOptions {
  /** `token_mean` divides the sum by the number of steps. Default "sum". */
  reduction?: "none" | "sum" | "mean" | "token_mean";
}

/**
 * Scores sequences of tags: each step has its emission, each pair of neighbours its transition, and the first and the
 * last tag a score of their own. `forward` is the log-likelihood, to be maximised; `decode` finds the best tags.
 *
 * Source: https://pytorch-crf.readthedocs.io
 */
export class CRF extends Module {
  static override name = "CRF";

  private readonly batchFirst: boolean;
  /** `[K]`: the score of each tag at the first step. */
  start_transitions: Parameter;
  /** `[K]`: the score of each tag at the last step. */
  end_transitions: Parameter;
  /** `[K, K]`: the score of each tag, in the rows, before each other. */
  transitions: Parameter;

  /** @param numTags K, how many tags there are */
  constructor(
    readonly numTags: number,
    options: CRFOptions = {},
  ) {
    super();
    checkOptions("CRF.__init__()", options, ["batchFirst", "dtype"]);
    const { batchFirst = false, dtype = "float32" } = options;
    typed("num_tags", numTags, "int");
    typed("batch_first", batchFirst, "bool");
    if (numTags <= 0) fail("ValueError", `invalid number of tags: ${numTags}`);
    this.batchFirst = batchFirst;
    this.start_transitions = new Parameter(zeros([numTags], { dtype }));
    this.end_transitions = new Parameter(zeros([numTags], { dtype }));
    this.transitions = new Parameter(zeros([numTags, numTags], { dtype }));
    this.resetParameters();
  }

  /** Draws every score from U(−0.1, 0.1). */
  resetParameters(): void {
    for (const parameter of this.parameters()) uniform_(parameter, -0.1, 0.1);
  }

  /**
   * The log-likelihood of tags: their score less the log of the sum of e^score over all sequences of tags.
   * @param emissions `[T, N, K]`, or `[N, T, K]` for batchFirst
   * @param tags int32 `[T, N]` or `[N, T]`
   * @returns a scalar, or `[N]` for reduction "none"
   */
  override forward(emissions: Tensor, tags: Tensor, options: CRFForwardOptions = {}): Tensor {
    checkOptions("CRF.forward()", options, ["mask", "reduction"]);
    const { reduction = "sum" } = options;
    checkTensor("CRF.forward()", "tags", 2, tags);
    const [scores, mask] = this.steps(emissions, options, tags);
    if (!["none", "sum", "mean", "token_mean"].includes(reduction)) {
      fail("ValueError", `invalid reduction: ${shown(reduction)}`);
    }
    const likelihood = this.score(scores, this.batchFirst ? tags.t() : tags, mask).sub(this.normalizer(scores, mask));
    if (reduction === "none") return likelihood;
    if (reduction === "mean") return likelihood.mean();
    return reduction === "sum" ? likelihood.sum() : likelihood.sum().div(mask.to(scores.dtype).sum());
  }

  /**
   * The tags of the highest score of each sequence, as many as it has steps (Viterbi).
   * @param emissions the scores of each tag at each step: `[T, N, tags]`, or `[N, T, tags]` with `batchFirst`
   */
  decode(emissions: Tensor, options: CRFMaskOptions = {}): number[][] {
    checkOptions("CRF.decode()", options, ["mask"]);
    const [scores, mask] = this.steps(emissions, options, null);
    const [T, N, K] = scores.shape;
    const emission = scores.toArray();
    const alive = mask.toArray();
    const [start, end] = [this.start_transitions.toArray(), this.end_transitions.toArray()];
    const between = this.transitions.toArray();
    return Array.from({ length: N }, (_, n) => {
      let best = Float64Array.from({ length: K }, (_, k) => start[k] + emission[n * K + k]);
      const before: Int32Array[] = [];
      for (let t = 1; t < T; t++) {
        if (alive[t * N + n] === 0) continue;
        const from = new Int32Array(K);
        best = best.map((_, k) => {
          let greatest = Number.NEGATIVE_INFINITY;
          for (let j = 0; j < K; j++) {
            const score = best[j] + between[j * K + k];
            if (score > greatest) [greatest, from[k]] = [score, j];
          }
          return greatest + emission[(t * N + n) * K + k];
        });
        before.push(from);
      }
      const ends = best.map((score, k) => score + end[k]);
      const tags = [ends.reduce((at, score, k) => (score > ends[at] ? k : at), 0)];
      for (const from of before.reverse()) tags.unshift(from[tags[0]]);
      return tags;
    });
  }

  /** Emissions and mask, checked, with time in front. */
  private steps(emissions: Tensor, { mask = null }: CRFMaskOptions, tags: Tensor | null): [Tensor, Tensor] {
    checkTensor("CRF.forward()", "emissions", 1, emissions);
    if (emissions.ndim !== 3) fail("ValueError", `emissions must have dimension of 3, got ${emissions.ndim}`);
    const sizes = emissions.shape.slice(0, 2);
    if (emissions.size(2) !== this.numTags) {
      fail("ValueError", `expected last dimension of emissions is ${this.numTags}, got ${emissions.size(2)}`);
    }
    if (mask !== null) checkTensor("CRF.forward()", "mask", 3, mask);
    for (const [name, of] of Object.entries({ tags, mask })) {
      if (of === null || sameShape(of.shape, sizes)) continue;
      fail(
        "ValueError",
        `the first two dimensions of emissions and ${name} must match, got ${tupleText(sizes)} and ${tupleText(of.shape)}`,
      );
    }
    const [x, on] = this.batchFirst ? [emissions.transpose(0, 1), mask?.t()] : [emissions, mask];
    if (x.size(0) === 0 || on?.at(0).all().item() === 0)
      fail("ValueError", "mask of the first timestep must all be on");
    return [x, on?.to("bool") ?? onesLike(x.select(2, 0), { dtype: "bool" })];
  }

  /** The score of tags `[T, N]` of each sequence: `[N]`. */
  private score(emissions: Tensor, given: Tensor, mask: Tensor): Tensor {
    const K = this.numTags;
    const off = mask.logicalNot();
    const tags = given.to("int32").maskedFill(off, 0);
    if (tags.lt(0).logicalOr(tags.ge(K)).any().item() === 1) fail("IndexError", `tags are 0 to ${K - 1}`);
    const T = tags.size(0);
    const emitted = emissions.gather(2, tags.unsqueeze(2)).squeeze(2).maskedFill(off, 0).sum(0);
    const pairs = tags
      .narrow(0, 0, T - 1)
      .mul(K)
      .add(tags.narrow(0, 1, T - 1));
    const moved = this.transitions.flatten().indexSelect(0, pairs.flatten()).reshape(pairs.shape);
    const steps = moved.maskedFill(off.narrow(0, 1, T - 1), 0).sum(0);
    const last = tags.gather(0, mask.sum(0, true).sub(1)).squeeze(0);
    const ends = this.start_transitions.indexSelect(0, tags.at(0)).add(this.end_transitions.indexSelect(0, last));
    return emitted.add(steps).add(ends);
  }

  /** log Σ e^score over all sequences of tags, of each sequence: `[N]`. */
  private normalizer(emissions: Tensor, mask: Tensor): Tensor {
    let score = emissions.at(0).add(this.start_transitions);
    for (let t = 1; t < emissions.size(0); t++) {
      const next = score.unsqueeze(2).add(this.transitions).logsumexp(1).add(emissions.at(t));
      score = where(mask.at(t).unsqueeze(1), next, score);
    }
    return score.add(this.end_transitions).logsumexp(1);
  }

  /** As pytorch-crf prints it. */
  protected override extraRepr(): string {
    return `num_tags=${this.numTags}`;
  }
}
