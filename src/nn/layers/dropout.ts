/**
 * Zeroes elements at random while training.
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout.html
 */

import type { Tensor } from "../../tensor/tensor.js";
import { checkProbability } from "../checks.js";
import { dropout } from "../functional/index.js";
import { Module, pythonFloat } from "../module.js";

/**
 * In training, zeroes each element with probability `p` and scales the others by 1 / (1 − p); in evaluation, does nothing.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout.html
 */
export class Dropout extends Module {
  /** @param p the probability that an element is zeroed */
  constructor(public p = 0.5) {
    super();
    checkProbability(p);
  }

  override forward(input: Tensor): Tensor {
    return dropout(input, this.p, this.training);
  }

  protected override extraRepr(): string {
    return `p=${pythonFloat(this.p)}, inplace=False`;
  }
}
