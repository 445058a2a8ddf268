/**
 * Losses that compare element with element, under the names of torch.nn.functional.
 * Source: https://docs.pytorch.org/docs/stable/nn.functional.html#loss-functions
 */

import { checkOptions, fail, typeName, warn } from "../../base/errors.js";
import { broadcast, checkKept, listText, sameShape } from "../../base/shape.js";
import { isFloat, scalarName } from "../../device/value.js";
import { logSigmoid } from "../../tensor/ops/elementwise.js";
import { binaryCrossEntropy as crossEntropyOfTwo, huber } from "../../tensor/ops/loss.js";
import { apply, type Tensor } from "../../tensor/tensor.js";
import { checkFloat, checkTensor } from "../checks.js";
import { type ReductionOptions, reduced } from "./reduction.js";

/** Options of `smoothL1Loss`. */
export interface SmoothL1Options extends ReductionOptions {
  /** Where the square goes over into the line. Default 1. */
  beta?: number;
}

/** Options of `huberLoss`. */
export interface HuberOptions extends ReductionOptions {
  /** Where the square goes over into the line. Default 1. */
  delta?: number;
}

/** Options of `binaryCrossEntropy`. */
export interface BinaryOptions extends ReductionOptions {
  /** A weight for every element, stretched. */
  weight?: Tensor | null;
}

/** Options of `binaryCrossEntropyWithLogits`. */
export interface LogitsOptions extends BinaryOptions {
  /** A weight for the positive side, stretched. */
  posWeight?: Tensor | null;
}

/** Checks two tensors, which are stretched over each other; that is warned of, as in PyTorch. */
function checkPair(where: string, input: Tensor, target: Tensor): void {
  checkTensor(where, "input", 1, input);
  checkTensor(where, "target", 2, target);
  if (!sameShape(input.value.shape, target.value.shape)) {
    warn(
      `Using a target size (torch.Size(${listText(target.shape)})) that is different to the input size (torch.Size(${listText(input.shape)})). This will likely lead to incorrect results due to broadcasting. Please ensure they have the same size.`,
    );
  }
}

/** (input − target)² */
export function mseLoss(input: Tensor, target: Tensor, options: ReductionOptions = {}): Tensor {
  checkOptions("mse_loss()", options, ["reduction"]);
  checkPair("mse_loss()", input, target);
  if (!isFloat(input.dtype) && !isFloat(target.dtype)) checkFloat("mse_cpu", input);
  const difference = input.sub(target);
  return reduced(difference.mul(difference), options.reduction);
}

/** |input − target| */
export function l1Loss(input: Tensor, target: Tensor, options: ReductionOptions = {}): Tensor {
  checkOptions("l1_loss()", options, ["reduction"]);
  checkPair("l1_loss()", input, target);
  return reduced(input.sub(target).abs(), options.reduction);
}

/** Refuses what is no number in the place of β or δ. */
function checkBend(where: string, name: string, bend: unknown): void {
  if (typeof bend === "number") return;
  fail("TypeError", `${where}(): argument '${name}' (position 4) must be float, not ${typeName(bend)}`);
}

/** d²/2β for |d| < β, else |d| − β/2, where d = input − target; β = 0 is `l1Loss`. */
export function smoothL1Loss(input: Tensor, target: Tensor, options: SmoothL1Options = {}): Tensor {
  checkOptions("smooth_l1_loss()", options, ["beta", "reduction"]);
  const { beta = 1, reduction = "mean" } = options;
  checkPair("smooth_l1_loss()", input, target);
  checkBend("smooth_l1_loss", "beta", beta);
  if (!(beta >= 0)) fail("RuntimeError", "smooth_l1_loss does not support negative values for beta.");
  if (beta === 0) return l1Loss(input, target, { reduction });
  if (!isFloat(input.dtype) && !isFloat(target.dtype)) checkFloat("smooth_l1_cpu", input);
  return reduced(apply(huber, input.sub(target), beta).div(beta), reduction);
}

/** d²/2 for |d| ≤ δ, else δ·(|d| − δ/2), where d = input − target, in the dtype of the input. */
export function huberLoss(input: Tensor, target: Tensor, options: HuberOptions = {}): Tensor {
  checkOptions("huber_loss()", options, ["delta", "reduction"]);
  const { delta = 1, reduction } = options;
  checkPair("huber_loss()", input, target);
  checkBend("huber_loss", "delta", delta);
  if (!(delta > 0)) fail("RuntimeError", "huber_loss does not support non-positive values for delta.");
  if (!isFloat(input.dtype)) {
    if (!isFloat(target.dtype)) checkFloat("huber_cpu", input);
    fail("RuntimeError", `result type Float can't be cast to the desired output type ${scalarName(input.dtype)}`);
  }
  return reduced(apply(huber, input.sub(target), delta).to(input.dtype), reduction);
}

/**
 * −weight·(y·log x + (1 − y)·log(1 − x)) for probabilities x and y of one shape; no logarithm counts for less than −100.
 * @param input x
 * @param target y
 * @throws RuntimeError where an element of either is not in 0 … 1
 */
export function binaryCrossEntropy(input: Tensor, target: Tensor, options: BinaryOptions = {}): Tensor {
  checkOptions("binary_cross_entropy()", options, ["weight", "reduction"]);
  const { weight = null, reduction } = options;
  checkTensor("binary_cross_entropy()", "input", 1, input);
  checkTensor("binary_cross_entropy()", "target", 2, target);
  if (!sameShape(input.value.shape, target.value.shape)) {
    fail(
      "ValueError",
      `Using a target size (torch.Size(${listText(target.shape)})) that is different to the input size (torch.Size(${listText(input.shape)})) is deprecated. Please ensure they have the same size.`,
    );
  }
  checkFloat("binary_cross_entropy", input);
  if (target.dtype !== input.dtype) {
    fail("RuntimeError", `Found dtype ${scalarName(target.dtype)} but expected ${scalarName(input.dtype)}`);
  }
  for (const [name, x] of Object.entries({ input, target })) {
    if (x.ge(0).logicalAnd(x.le(1)).all().item() === 0) {
      fail("RuntimeError", `all elements of ${name} should be between 0 and 1`);
    }
  }
  const losses = apply(crossEntropyOfTwo, input, target);
  if (weight === null) return reduced(losses, reduction);
  checkFactor("binary_cross_entropy()", "weight", weight, input);
  return reduced(losses.mul(weight).to(input.dtype), reduction);
}

/** A factor that is stretched over the losses, which keep their shape. */
function checkFactor(where: string, name: string, factor: Tensor, input: Tensor): void {
  checkTensor(where, name, 3, factor);
  checkKept(
    input.shape,
    name === "weight" ? broadcast(input.shape, factor.shape) : broadcast(factor.shape, input.shape),
  );
}

/**
 * −weight·(posWeight·y·log σ(x) + (1 − y)·log(1 − σ(x))) for logits x and targets y of one shape, in the dtype of y.
 * @param input x
 * @param target y
 */
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
  const { weight = null, posWeight = null, reduction } = options;
  if (weight !== null) checkFactor("binary_cross_entropy_with_logits()", "weight", weight, input);
  if (posWeight !== null) checkFactor("binary_cross_entropy_with_logits()", "pos_weight", posWeight, input);
  const negative = target.neg().add(1);
  const logProbability = apply(logSigmoid, input);
  const scale = posWeight === null ? null : posWeight.sub(1).mul(target).add(1);
  const losses = negative.mul(input).sub(scale === null ? logProbability : scale.mul(logProbability));
  return reduced((weight === null ? losses : losses.mul(weight)).to(target.dtype), reduction);
}
