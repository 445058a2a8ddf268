/**
 * Limits to gradients before an optimiser's step.
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html
 */

import { checkOptions, fail, mistyped, typed } from "../base/errors.js";
import { noGrad } from "../tensor/autograd.js";
import { stack } from "../tensor/combine.js";
import { tensor } from "../tensor/create.js";
import { Tensor } from "../tensor/tensor.js";
import { checkNumber, listOf } from "./checks.js";
import { pythonFloat } from "./module.js";

/** Options of `clipGradNorm_`. */
export interface ClipOptions {
  /** Which norm: 2 by default; Infinity for the greatest element. */
  normType?: number;
  /** Whether to throw where the norm is NaN or infinite. Default false. */
  errorIfNonfinite?: boolean;
}

function gradients(where: string, parameters: Tensor | Iterable<Tensor>): Tensor[] {
  return listOf(where, parameters).flatMap((parameter) => {
    if (!(parameter instanceof Tensor)) mistyped(`${where} expected Tensors`, parameter);
    return parameter.grad ?? [];
  });
}

/**
 * Scales all gradients together so that their norm, as one vector, is at most `maxNorm`; returns the norm before.
 * @param parameters those whose gradients count
 */
export function clipGradNorm_(
  parameters: Tensor | Iterable<Tensor>,
  maxNorm: number,
  options: ClipOptions = {},
): Tensor {
  checkOptions("clip_grad_norm_()", options, ["normType", "errorIfNonfinite"]);
  const { normType = 2, errorIfNonfinite = false } = options;
  checkNumber("clip_grad_norm_()", "max_norm", maxNorm);
  checkNumber("clip_grad_norm_()", "norm_type", normType);
  typed("error_if_nonfinite", errorIfNonfinite, "bool");
  return noGrad(() => {
    const grads = gradients("clip_grad_norm_()", parameters);
    if (grads.length === 0) return tensor(0);
    const total = stack(grads.map((grad) => grad.norm(normType))).norm(normType);
    if (errorIfNonfinite && !Number.isFinite(total.item())) {
      fail(
        "RuntimeError",
        `The total norm of order ${pythonFloat(normType).replace("Infinity", "inf")} for gradients from \`parameters\` is non-finite, so it cannot be clipped. To disable this error and scale the gradients by the non-finite norm anyway, set \`error_if_nonfinite=False\``,
      );
    }
    const scale = total.add(1e-6).pow(-1).mul(maxNorm).clamp(null, 1);
    for (const grad of grads) grad.mul_(scale);
    return total;
  });
}

/**
 * Limits every element of every gradient to −clipValue … clipValue.
 * @param parameters those whose gradients count
 */
export function clipGradValue_(parameters: Tensor | Iterable<Tensor>, clipValue: number): void {
  checkNumber("clip_grad_value_()", "clip_value", clipValue);
  noGrad(() => {
    for (const grad of gradients("clip_grad_value_()", parameters)) grad.copy_(grad.clamp(-clipValue, clipValue));
  });
}
