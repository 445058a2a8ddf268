/**
 * Losses of classes: targets are class numbers, or the probabilities of all classes.
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.cross_entropy.html
 */

import { checkOptions, fail, shown, typeName } from "../../base/errors.js";
import { listText, sameShape } from "../../base/shape.js";
import { elements, isFloat, scalarName } from "../../device/value.js";
import { rowMajor } from "../../tensor/kernels.js";
import { crossEntropy as logSoftmaxAt } from "../../tensor/ops/loss.js";
import { apply, type Tensor } from "../../tensor/tensor.js";
import { checkFloat, checkTensor, howToInt } from "../checks.js";
import { type ReductionOptions, reduced } from "./reduction.js";

/** Options of `nllLoss`. */
export interface ClassOptions extends ReductionOptions {
  /** One weight a class, `[C]`. */
  weight?: Tensor | null;
  /** A target that counts nothing. Default −100. */
  ignoreIndex?: number;
}

/** Options of `crossEntropy`. */
export interface CrossEntropyOptions extends ClassOptions {
  /** How much of the target, 0 … 1, is spread over all classes alike. Default 0. */
  labelSmoothing?: number;
}

/**
 * −weight[target]·input[target], for log-probabilities.
 * @param input `[C]`, `[N, C]` or `[N, C, d₁, …]`
 * @param target int32 class numbers, `[]`, `[N]` or `[N, d₁, …]`
 * The mean is taken over the weights that counted.
 */
export function nllLoss(input: Tensor, target: Tensor, options: ClassOptions = {}): Tensor {
  checkOptions("nll_loss()", options, ["weight", "ignoreIndex", "reduction"]);
  return negativeLogLikelihood(input, count(input, target, options), options);
}

/**
 * `nllLoss` of the log-softmax of logits: shapes and options as there. A float target of the input's shape has the
 * probability of every class; its mean is taken over the examples, whatever the weights.
 */
export function crossEntropy(input: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  checkOptions("cross_entropy()", options, ["weight", "ignoreIndex", "reduction", "labelSmoothing"]);
  const { labelSmoothing = 0, reduction } = options;
  checkTensor("cross_entropy_loss()", "input", 1, input);
  checkTensor("cross_entropy_loss()", "target", 2, target);
  if (typeof labelSmoothing !== "number") {
    const came = typeName(labelSmoothing);
    fail("TypeError", `cross_entropy_loss(): argument 'label_smoothing' (position 6) must be float, not ${came}`);
  }
  if (input.ndim === 0) fail("ValueError", "Expected 1 or more dimensions (got 0)");
  checkFloat(input.ndim > 2 ? "log_softmax_kernel_impl" : "log_softmax_lastdim_kernel_impl", input);
  if (labelSmoothing > 1) {
    fail("RuntimeError", `label_smoothing must be between 0.0 and 1.0. Got: ${labelSmoothing}`);
  }
  if (sameShape(input.value.shape, target.value.shape)) return ofProbabilities(input, target, options);
  const counted = count(input, target, options);
  if (!(labelSmoothing > 0)) {
    return settled(counted.without(apply(logSoftmaxAt, input, counted.chosen)), counted, reduction);
  }
  const { at, without } = counted;
  const logs = input.logSoftmax(at);
  const smooth = without(
    weighted(logs, options.weight ?? null, at)
      .sum(at)
      .neg(),
  );
  return negativeLogLikelihood(logs, counted, options)
    .mul(1 - labelSmoothing)
    .add(reduced(smooth, reduction, counted.total()).mul(labelSmoothing / input.size(at)));
}

/** Class numbers, checked, and what they weigh. */
interface Counted {
  /** The dimension of the classes. */
  readonly at: number;
  /** The targets, a class even where they are ignored. */
  readonly chosen: Tensor;
  /** `x`, of the target's shape, with 0 for what is ignored. */
  without(x: Tensor): Tensor;
  /** The weight of each target, or null. */
  readonly weights: Tensor | null;
  /** What the mean divides by. */
  total(): Tensor | number;
}

function count(input: Tensor, target: Tensor, { weight = null, ignoreIndex = -100 }: ClassOptions): Counted {
  checkTensor("nll_loss_nd()", "input", 1, input);
  checkTensor("nll_loss_nd()", "target", 2, target);
  checkFloat("nll_loss_out_frame", input);
  if (!Number.isInteger(ignoreIndex)) {
    fail("TypeError", `nll_loss_nd(): argument 'ignore_index' must be int, not ${shown(ignoreIndex)}`);
  }
  const at = input.ndim === 1 ? 0 : 1;
  checkTarget(input, target, at);
  const classes = input.size(at);
  if (weight !== null) {
    checkWeight("", weight, classes);
    if (weight.dtype !== input.dtype) {
      fail("RuntimeError", `expected scalar type ${scalarName(input.dtype)} but found ${scalarName(weight.dtype)}`);
    }
  }
  let counted = 0;
  for (const c of elements(rowMajor(target.value))) {
    if (c === ignoreIndex) continue;
    if (c < 0 || c >= classes) fail("IndexError", `Target ${c} is out of bounds.`);
    counted++;
  }
  const ignored = counted < target.numel() ? target.eq(ignoreIndex) : null;
  const chosen = ignored === null ? target : target.maskedFill(ignored, 0);
  const without = (x: Tensor) => (ignored === null ? x : x.maskedFill(ignored, 0));
  const weights = weight && without(weight.indexSelect(0, chosen.flatten()).reshape(target.shape));
  return { at, chosen, without, weights, total: () => weights?.sum() ?? counted };
}

/** Losses that are 0 where the target is ignored, weighted and reduced. */
function settled(losses: Tensor, { weights, total }: Counted, reduction: ReductionOptions["reduction"]): Tensor {
  return reduced(weights === null ? losses : losses.mul(weights), reduction, total());
}

function negativeLogLikelihood(logs: Tensor, counted: Counted, { reduction }: ReductionOptions): Tensor {
  const { at, chosen, without } = counted;
  return settled(without(logs.gather(at, chosen.unsqueeze(at)).squeeze(at).neg()), counted, reduction);
}

/** x times a weight for each class, which are its dimension `at`. */
function weighted(x: Tensor, weight: Tensor | null, at: number): Tensor {
  return weight === null ? x : x.mul(weight.reshape(x.shape.map((_, dim) => (dim === at ? -1 : 1))));
}

/** −Σ weight·target·log softmax(input), over the classes. */
function ofProbabilities(input: Tensor, target: Tensor, options: CrossEntropyOptions): Tensor {
  const { weight = null, ignoreIndex = -100, labelSmoothing = 0, reduction } = options;
  if (!isFloat(target.dtype)) {
    const came = scalarName(target.dtype);
    fail("RuntimeError", `Expected floating point type for target with class probabilities, got ${came}`);
  }
  if (!(ignoreIndex < 0)) fail("RuntimeError", "ignore_index is not supported for floating point target");
  const at = input.ndim === 1 ? 0 : 1;
  const classes = input.size(at);
  if (weight !== null) checkWeight("cross_entropy: ", weight, classes);
  const smooth = labelSmoothing > 0 ? target.mul(1 - labelSmoothing).add(labelSmoothing / classes) : target;
  const losses = weighted(input.logSoftmax(at).mul(smooth), weight, at).sum(at).neg();
  return reduced(losses, reduction, losses.numel());
}

function checkTarget(input: Tensor, target: Tensor, at: number): void {
  if (input.ndim === 0) fail("ValueError", "Expected 1 or more dimensions (got 0)");
  if (input.ndim === 1 && target.ndim > 0) {
    fail("ValueError", `For 1D input, expected a 0D target, but got target size: ${listText(target.shape)}`);
  }
  const N = target.shape[0] ?? 0;
  if (input.ndim > 1 && N !== input.size(0)) {
    fail("ValueError", `Expected input batch_size (${input.size(0)}) to match target batch_size (${N}).`);
  }
  if (input.ndim === 2 && target.ndim > 1) {
    fail("RuntimeError", "0D or 1D target tensor expected, multi-target not supported");
  }
  if (target.dtype !== "int32") {
    fail("RuntimeError", `expected target dtype to be Int, but got ${scalarName(target.dtype)}. ${howToInt}`);
  }
  const expected = input.shape.toSpliced(at, 1);
  if (sameShape(target.shape, expected)) return;
  fail("RuntimeError", `Expected target size ${listText(expected)}, got ${listText(target.shape)}`);
}

function checkWeight(where: string, weight: Tensor, classes: number): void {
  checkTensor("nll_loss_nd()", "weight", 3, weight);
  if (weight.ndim === 1 && weight.size(0) === classes) return;
  fail(
    "RuntimeError",
    `${where}weight tensor should be defined either for all ${classes} classes or no classes but got weight tensor of shape: ${listText(weight.shape)}`,
  );
}
