/**
 * Zeroes elements at random while training.
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout.html
 */

import { fail } from "../base/errors.js";
import type { Tensor } from "../tensor/tensor.js";
import { dropout } from "./functional.js";
import { Module } from "./module.js";
import { pythonFloat } from "./rnnbase.js";

export class Dropout extends Module {
  /** @param p the probability that an element is zeroed */
  constructor(public p = 0.5) {
    super();
    if (!(p >= 0 && p <= 1)) fail("ValueError", `dropout probability has to be between 0 and 1, but got ${p}`);
  }

  override forward(input: Tensor): Tensor {
    return dropout(input, this.p, this.training);
  }

  protected override extraRepr(): string {
    return `p=${pythonFloat(this.p)}, inplace=False`;
  }
}
