/**
 * Losses, under the names of torch.nn.functional; derived from other ops, except the one numerically delicate step.
 * Source: https://docs.pytorch.org/docs/stable/nn.functional.html#loss-functions
 */

import { checkOptions, fail, shown, warn } from "../../base/errors.js";
import { broadcast, listText, sameShape } from "../../base/shape.js";
import { elements, isFloat, scalarName } from "../../device/value.js";
import { rowMajor } from "../../tensor/kernels.js";
import { logSigmoid } from "../../tensor/ops/elementwise.js";
import { crossEntropy as logSoftmaxAt } from "../../tensor/ops/loss.js";
import { apply, type Tensor } from "../../tensor/tensor.js";
import { checkFloat, checkTensor } from "../checks.js";

/** What becomes of the losses of the elements: their mean, their sum, or each by itself. */
export type Reduction = "mean" | "sum" | "none";

/** The option that every loss takes. */
export interface ReductionOptions {
  /** Default "mean". */
  reduction?: Reduction;
}

/** Options of `crossEntropy` and `nllLoss`. */
export interface ClassOptions extends ReductionOptions {
  /** One weight a class, `[C]`. */
  weight?: Tensor;
  /** A target that counts nothing. Default −100. */
  ignoreIndex?: number;
}

/** Options of `binaryCrossEntropyWithLogits`. */
export interface LogitsOptions extends ReductionOptions {
  /** A weight for every element, stretched. */
  weight?: Tensor;
  /** A weight for the positive side, stretched. */
  posWeight?: Tensor;
}

function reduced(losses: Tensor, reduction: Reduction = "mean"): Tensor {
  if (reduction === "mean") return losses.mean();
  if (reduction === "sum") return losses.sum();
  if (reduction === "none") return losses;
  return fail("ValueError", `${shown(reduction)} is not a valid value for reduction`);
}

/** (input − target)². Shapes are stretched over each other, which is warned of, as in PyTorch. */
export function mseLoss(input: Tensor, target: Tensor, options: ReductionOptions = {}): Tensor {
  checkOptions("mse_loss()", options, ["reduction"]);
  checkTensor("mse_loss()", "input", 1, input);
  checkTensor("mse_loss()", "target", 2, target);
  if (!sameShape(input.value.shape, target.value.shape)) {
    warn(
      `Using a target size (torch.Size(${listText(target.shape)})) that is different to the input size (torch.Size(${listText(input.shape)})). This will likely lead to incorrect results due to broadcasting. Please ensure they have the same size.`,
    );
  }
  if (!isFloat(input.dtype) && !isFloat(target.dtype)) checkFloat("mse_cpu", input);
  const difference = input.sub(target);
  return reduced(difference.mul(difference), options.reduction);
}

/**
 * −weight[target]·input[target], for log-probabilities.
 * @param input `[C]`, `[N, C]` or `[N, C, d₁, …]`
 * @param target int32 class numbers, `[]`, `[N]` or `[N, d₁, …]`
 * The mean is taken over the weights that counted.
 */
export function nllLoss(input: Tensor, target: Tensor, options: ClassOptions = {}): Tensor {
  checkOptions("nll_loss()", options, ["weight", "ignoreIndex", "reduction"]);
  return classLoss(input, target, options, (at, chosen) => input.gather(at, chosen.unsqueeze(at)).squeeze(at).neg());
}

/** The losses that `pick` gives for class numbers of dimension `at`, weighted and reduced; the ignored count nothing. */
function classLoss(
  input: Tensor,
  target: Tensor,
  options: ClassOptions,
  pick: (at: number, chosen: Tensor) => Tensor,
): Tensor {
  const { weight, ignoreIndex = -100, reduction = "mean" } = options;
  checkTensor("nll_loss_nd()", "input", 1, input);
  checkTensor("nll_loss_nd()", "target", 2, target);
  checkFloat("nll_loss_out_frame", input);
  if (!Number.isInteger(ignoreIndex)) {
    fail("TypeError", `nll_loss_nd(): argument 'ignore_index' must be int, not ${shown(ignoreIndex)}`);
  }
  const at = input.ndim === 1 ? 0 : 1;
  checkTarget(input, target, at);
  const classes = input.size(at);
  if (weight !== undefined) checkWeight(weight, input, classes);
  let counted = 0;
  for (const c of elements(rowMajor(target.value))) {
    if (c === ignoreIndex) continue;
    if (c < 0 || c >= classes) fail("IndexError", `Target ${c} is out of bounds.`);
    counted++;
  }

  const ignored = counted < target.numel() ? target.eq(ignoreIndex) : null;
  const chosen = ignored === null ? target : target.maskedFill(ignored, 0);
  const without = (x: Tensor) => (ignored === null ? x : x.maskedFill(ignored, 0));
  const losses = without(pick(at, chosen));
  if (weight === undefined) return reduction === "mean" ? losses.sum().div(counted) : reduced(losses, reduction);
  const weights = without(weight.indexSelect(0, chosen.flatten()).reshape(target.shape));
  const weighted = losses.mul(weights);
  return reduction === "mean" ? weighted.sum().div(weights.sum()) : reduced(weighted, reduction);
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
  if (target.dtype !== "int32") {
    fail("RuntimeError", `expected target dtype to be Int, but got ${scalarName(target.dtype)}`);
  }
  if (input.ndim === 2 && target.ndim > 1) {
    fail("RuntimeError", "0D or 1D target tensor expected, multi-target not supported");
  }
  const expected = input.shape.toSpliced(at, 1);
  if (sameShape(target.shape, expected)) return;
  fail("RuntimeError", `Expected target size ${listText(expected)}, got ${listText(target.shape)}`);
}

function checkWeight(weight: Tensor, input: Tensor, classes: number): void {
  checkTensor("nll_loss_nd()", "weight", 3, weight);
  if (weight.ndim !== 1 || weight.size(0) !== classes) {
    fail(
      "RuntimeError",
      `weight tensor should be defined either for all ${classes} classes or no classes but got weight tensor of shape: ${listText(weight.shape)}`,
    );
  }
  if (weight.dtype !== input.dtype) {
    fail("RuntimeError", `expected scalar type ${scalarName(input.dtype)} but found ${scalarName(weight.dtype)}`);
  }
}

/** `nllLoss` of the log-softmax of logits: shapes and options as there. */
export function crossEntropy(input: Tensor, target: Tensor, options: ClassOptions = {}): Tensor {
  checkOptions("cross_entropy()", options, ["weight", "ignoreIndex", "reduction"]);
  checkTensor("cross_entropy_loss()", "input", 1, input);
  checkTensor("cross_entropy_loss()", "target", 2, target);
  if (input.ndim === 0) fail("ValueError", "Expected 1 or more dimensions (got 0)");
  checkFloat(input.ndim > 2 ? "log_softmax_kernel_impl" : "log_softmax_lastdim_kernel_impl", input);
  return classLoss(input, target, options, (_, chosen) => apply(logSoftmaxAt, input, chosen));
}

/** −weight·(posWeight·y·log σ(x) + (1 − y)·log(1 − σ(x))) for logits x and targets y of one shape. */
export function binaryCrossEntropyWithLogits(input: Tensor, target: Tensor, options: LogitsOptions = {}): Tensor {
  checkOptions("binary_cross_entropy_with_logits()", options, ["weight", "posWeight", "reduction"]);
  checkTensor("binary_cross_entropy_with_logits()", "input", 1, input);
  checkTensor("binary_cross_entropy_with_logits()", "target", 2, target);
  if (!sameShape(input.shape, target.shape)) {
    fail(
      "ValueError",
      `Target size (torch.Size(${listText(target.shape)})) must be the same as input size (torch.Size(${listText(input.shape)}))`,
    );
  }
  if (!isFloat(target.dtype)) {
    fail("RuntimeError", `result type Float can't be cast to the desired output type ${scalarName(target.dtype)}`);
  }
  checkFloat("log_sigmoid_cpu", input);
  const { weight, posWeight, reduction } = options;
  for (const factor of [weight, posWeight]) {
    if (factor === undefined) continue;
    checkTensor("binary_cross_entropy_with_logits()", factor === weight ? "weight" : "pos_weight", 3, factor);
    const shape = factor === weight ? broadcast(input.shape, factor.shape) : broadcast(factor.shape, input.shape);
    if (!sameShape(shape, input.shape)) {
      fail(
        "RuntimeError",
        `output with shape ${listText(input.shape)} doesn't match the broadcast shape ${listText(shape)}`,
      );
    }
  }
  const negative = target.neg().add(1);
  const logProbability = apply(logSigmoid, input);
  const scale = posWeight === undefined ? null : posWeight.sub(1).mul(target).add(1);
  const losses = negative.mul(input).sub(scale === null ? logProbability : scale.mul(logProbability));
  return reduced(weight === undefined ? losses : losses.mul(weight), reduction);
}
