/** Where a loss that is no number comes from. */

import { fail } from "../base/errors.js";
import { type nn, noGrad, type Tensor } from "../index.js";

/**
 * Refuses to go on after a loss that is NaN or infinite: names a parameter that is not finite, or else one whose gradient
 * is not.
 * @param when which step it was
 */
export function diverged(model: nn.Module, loss: number, when: string): never {
  const named = [...model.namedParameters()];
  const isBroken = (one: Tensor | null) => one !== null && noGrad(() => !Number.isFinite(one.abs().sum().item()));
  const [parameter] = named.find(([, one]) => isBroken(one)) ?? [];
  const [gradient] = named.find(([, one]) => isBroken(one.grad)) ?? [];
  const cause =
    parameter !== undefined
      ? `parameter '${parameter}' is not finite`
      : gradient !== undefined
        ? `the gradient of '${gradient}' is not finite, while all parameters are`
        : "all parameters and gradients are finite";
  return fail("RuntimeError", `fit() stopped at ${when}: the loss is ${loss}; ${cause}`);
}
