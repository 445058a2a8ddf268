/**
 * Each channel brought to mean 0 and variance 1 over a batch. Source: Ioffe and Szegedy (2015);
 * https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.batch_norm.html
 */

import { checkOptions, fail, typed, typeName } from "../../base/errors.js";
import { listText } from "../../base/shape.js";
import { scalarName } from "../../device/value.js";
import { noGrad } from "../../tensor/autograd.js";
import { batchNorm as normalise } from "../../tensor/ops/norm.js";
import { apply, type Tensor } from "../../tensor/tensor.js";
import { checkFloat, checkTensor } from "../checks.js";

/** Options of `batchNorm`. */
export interface BatchNormOptions {
  /** A factor of each channel: `[C]`. */
  weight?: Tensor | null;
  /** A summand of each channel: `[C]`. */
  bias?: Tensor | null;
  /** Whether the statistics are those of the batch, into which the running ones are led. Default false. */
  training?: boolean;
  /** The share of the batch in the new running statistics. Default 0.1. */
  momentum?: number;
  /** Added to the variance. Default 1e-5. */
  eps?: number;
}

/** The parts as [1, C, 1, …], to be stretched over x. */
function beside(x: Tensor, part: Tensor): Tensor {
  return part.reshape(x.value.shape.map((_, i) => (i === 1 ? part.numel() : 1)));
}

/** new = (1 − momentum)·old + momentum·batch, in double precision. */
function lead(running: Tensor, batch: Tensor, momentum: number): void {
  running.copy_(
    running
      .to("float64")
      .mul(1 - momentum)
      .add(batch.mul(momentum)),
  );
}

/**
 * (x − mean) / √(variance + eps)·weight + bias for each channel of x `[N, C, …]`. In training mean and variance are the
 * batch's, and the running ones, if there are any, follow them in place (the unbiased variance, as in PyTorch); else they
 * are the running ones.
 * @param input x
 * @param runningMean `[C]`, or null
 * @param runningVar `[C]`, or null
 * @throws ValueError for a batch of one value a channel in training, RuntimeError for sizes and dtypes that do not fit
 */
export function batchNorm(
  input: Tensor,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  options: BatchNormOptions = {},
): Tensor {
  checkOptions("batch_norm()", options, ["weight", "bias", "training", "momentum", "eps"]);
  const { weight = null, bias = null, training = false, momentum = 0.1, eps = 1e-5 } = options;
  checkTensor("batch_norm()", "input", 1, input);
  typed("training", training, "bool");
  typed("eps", eps, "float");
  if (typeof momentum !== "number") {
    fail("TypeError", `batch_norm(): argument 'momentum' (position 7) must be float, not ${typeName(momentum)}`);
  }
  const parts = { running_mean: runningMean, running_var: runningVar, weight, bias };
  Object.entries(parts).forEach(([name, part], i) => {
    if (part !== null) checkTensor("batch_norm()", name, [4, 5, 2, 3][i], part);
  });
  if (input.ndim < 2) {
    fail("IndexError", `Dimension out of range (expected to be in range of [-1, 0], but got 1)`);
  }
  const { shape } = input;
  const channels = shape[1];
  const each = input.numel() / channels;
  if (training && each === 1) {
    fail(
      "ValueError",
      `Expected more than 1 value per channel when training, got input size torch.Size(${listText(shape)})`,
    );
  }
  if (training && !(eps > 0)) fail("ValueError", `batch_norm eps must be positive during training, but got ${eps}`);
  if (!(eps >= 0)) fail("ValueError", `batch_norm eps must be non-negative, but got ${eps}`);
  if (!training) {
    for (const name of ["running_mean", "running_var"] as const) {
      if (parts[name] === null) fail("RuntimeError", `${name} must be defined in evaluation mode`);
    }
  } else if ((runningMean === null) !== (runningVar === null)) {
    fail("ValueError", "running_mean and running_var must either both be None or neither be None");
  }
  for (const [name, part] of Object.entries(parts)) {
    if (part === null || part.numel() === channels) continue;
    fail("RuntimeError", `${name} should contain ${channels} elements not ${part.numel()}`);
  }
  checkFloat("batch_norm", input);
  if (Object.values(parts).some((part) => part !== null && part.dtype !== input.dtype)) {
    fail("RuntimeError", `mixed dtype (CPU): expect parameter to have scalar type of ${scalarName(input.dtype)}`);
  }
  if (!training || input.numel() === 0) {
    const centred = training ? input : input.sub(beside(input, runningMean as Tensor));
    const rate = training ? null : (runningVar as Tensor).add(eps).pow(-0.5);
    const factor = rate === null ? weight : weight === null ? rate : weight.flatten().mul(rate);
    const scaled = factor === null ? centred.clone() : centred.mul(beside(input, factor));
    return bias === null ? scaled : scaled.add(beside(input, bias));
  }
  const [y, moments] = apply(normalise, input, weight, bias, eps);
  if (runningMean !== null && runningVar !== null) {
    noGrad(() => {
      const [mean, rate] = moments.detach().unbind(1);
      lead(runningMean, mean, momentum);
      lead(
        runningVar,
        rate
          .pow(-2)
          .sub(eps)
          .clamp(0)
          .mul(each / (each - 1)),
        momentum,
      );
    });
  }
  return y;
}
