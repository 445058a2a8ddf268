/** What becomes of the losses of the elements. */

import { fail, shown } from "../../base/errors.js";
import type { Tensor } from "../../tensor/tensor.js";

/** What becomes of the losses of the elements: their mean, their sum, or each by itself. */
export type Reduction = "mean" | "sum" | "none";

/** The option that every loss takes. */
export interface ReductionOptions {
  /** Default "mean". */
  reduction?: Reduction;
}

/** Losses as the reduction has them; `count` is what the mean divides the sum by, the number of losses by default. */
export function reduced(losses: Tensor, reduction: Reduction = "mean", count?: Tensor | number): Tensor {
  if (reduction === "mean") return count === undefined ? losses.mean() : losses.sum().div(count);
  if (reduction === "sum") return losses.sum();
  if (reduction === "none") return losses;
  return fail("ValueError", `${shown(reduction)} is not a valid value for reduction`);
}
