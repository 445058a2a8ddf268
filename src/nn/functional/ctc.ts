/**
 * Connectionist temporal classification. Source: Graves et al. (2006);
 * https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.ctc_loss.html
 */

import { checkOptions, fail, shown, typeName } from "../../base/errors.js";
import { elements, isFloat } from "../../device/value.js";
import { stack } from "../../tensor/combine.js";
import { tensor, zeros } from "../../tensor/create.js";
import { rowMajor } from "../../tensor/kernels.js";
import { ctc } from "../../tensor/ops/loss.js";
import { apply, Tensor } from "../../tensor/tensor.js";
import { checkFloat, checkTensor } from "../checks.js";
import { type ReductionOptions, reduced } from "./reduction.js";

/** Options of `ctcLoss`. */
export interface CTCOptions extends ReductionOptions {
  /** The class that stands between labels. Default 0. */
  blank?: number;
  /** Whether a target that is too long for its input costs nothing, instead of infinity. Default false. */
  zeroInfinity?: boolean;
}

const checked = "(while checking arguments for ctc_loss_allocate_outputs)";

/** Lengths as numbers: a list of whole numbers, or an int32 tensor. */
function lengthsOf(name: string, given: readonly number[] | Tensor): number[] {
  if (given instanceof Tensor) {
    if (isFloat(given.dtype)) fail("RuntimeError", `${name} must be integral`);
    return Array.from(given.toArray());
  }
  if (!Array.isArray(given) || !given.every((length) => Number.isInteger(length))) {
    const came = Array.isArray(given) ? given.map(shown).join(", ") : typeName(given);
    fail("TypeError", `ctc_loss(): argument '${name}' must be tuple of ints, got: ${came}`);
  }
  return [...given];
}

/** Refuses a length below 0 or above `most`. */
function checkLengths(name: string, lengths: readonly number[], most = Infinity): void {
  for (const length of lengths) {
    if (length >= 0 && length <= most) continue;
    const bound = length < 0 ? "least 0" : `most ${most}`;
    fail("RuntimeError", `Expected ${name} to have value at ${bound}, but got value ${length} ${checked}`);
  }
}

/** The targets as rows of one length: `[N, S]`. */
function rows(targets: Tensor, lengths: readonly number[], unbatched: boolean): Tensor {
  const wrong = (expected: string) => fail("RuntimeError", `Expected ${expected} for argument #2 'targets' ${checked}`);
  const { ndim } = targets;
  if (ndim < 1 || ndim > 2) wrong(`1 to 2 dimensions, but got ${ndim}-dimensional tensor`);
  checkLengths("target_lengths", lengths);
  const longest = lengths.reduce((a, b) => Math.max(a, b), 0);
  const size = targets.size(0);
  if (ndim === 2) {
    if (size !== lengths.length) {
      wrong(`tensor to have size ${lengths.length} at dimension 0, but got size ${size}`);
    }
    if (targets.size(1) < longest) {
      wrong(`tensor to have size at least ${longest} at dimension 1, but got size ${targets.size(1)}`);
    }
    return targets;
  }
  const all = lengths.reduce((a, b) => a + b, 0);
  if (size !== all) wrong(`tensor to have size ${all} at dimension 0, but got size ${size}`);
  if (unbatched) return targets.unsqueeze(0);
  let start = 0;
  return stack(
    lengths.map((length) => {
      const row = zeros([longest], { dtype: "int32" });
      row.narrow(0, 0, length).copy_(targets.narrow(0, (start += length) - length, length));
      return row;
    }),
  );
}

/**
 * −log of the probability of each target: the sum over all ways to write its labels, in order, into the steps, with
 * blanks between them and repeats. The mean divides each by the length of its target (1 at least) first.
 * @param logProbs log-probabilities `[T, N, C]`, or `[T, C]` of one sequence; the gradient is that of the logits they
 *   are the log-softmax of, as in PyTorch
 * @param targets classes `[N, S]`, padded, or all behind one another in one vector
 * @param inputLengths of each sequence, T or fewer
 * @param targetLengths of each sequence
 */
export function ctcLoss(
  logProbs: Tensor,
  targets: Tensor,
  inputLengths: readonly number[] | Tensor,
  targetLengths: readonly number[] | Tensor,
  options: CTCOptions = {},
): Tensor {
  checkOptions("ctc_loss()", options, ["blank", "reduction", "zeroInfinity"]);
  const { blank = 0, reduction = "mean", zeroInfinity = false } = options;
  checkTensor("ctc_loss()", "log_probs", 1, logProbs);
  checkTensor("ctc_loss()", "targets", 2, targets);
  if (typeof blank !== "number" || !Number.isInteger(blank)) {
    fail("TypeError", `ctc_loss(): argument 'blank' must be int, not ${shown(blank)}`);
  }
  if (typeof zeroInfinity !== "boolean") {
    fail("TypeError", `ctc_loss(): argument 'zero_infinity' must be bool, not ${typeName(zeroInfinity)}`);
  }
  const steps = lengthsOf("input_lengths", inputLengths);
  const lengths = lengthsOf("target_lengths", targetLengths);
  if (logProbs.numel() === 0) fail("RuntimeError", "log_probs tensor must not be empty");
  const unbatched = logProbs.ndim !== 3;
  const logs = unbatched ? logProbs.unsqueeze(Math.min(1, logProbs.ndim)) : logProbs;
  checkFloat("ctc_loss_cpu", logs);
  if (logs.ndim !== 3) {
    fail(
      "RuntimeError",
      `Expected 3-dimensional tensor, but got ${logs.ndim}-dimensional tensor for argument #1 'log_probs' ${checked}`,
    );
  }
  const [T, N, C] = logs.shape;
  if (!(blank >= 0 && blank < C)) fail("RuntimeError", "blank must be in label range");
  if (steps.length !== N) fail("RuntimeError", "input_lengths must be of size batch_size");
  if (lengths.length !== N) fail("RuntimeError", "target_lengths must be of size batch_size");
  const labels = rows(targets.to("int32"), lengths, unbatched);
  checkLengths("input_lengths", steps, T);
  const numbers = elements(rowMajor(labels.value));
  for (const [n, length] of lengths.entries()) {
    for (let s = 0; s < length; s++) {
      const label = numbers[n * labels.size(1) + s];
      if (label < 0 || label >= C) fail("IndexError", `Target ${label} is out of bounds.`);
    }
  }
  const reading = { inputLengths: steps, targetLengths: lengths, blank, zeroInfinity };
  const losses = apply(ctc, logs, labels, reading);
  if (reduction !== "mean") return reduced(unbatched ? losses.squeeze(0) : losses, reduction);
  const divisors = lengths.map((length) => Math.max(length, 1));
  return losses.div(tensor(divisors, null, { dtype: losses.dtype })).mean();
}
