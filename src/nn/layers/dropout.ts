/**
 * Zeroes elements, or whole channels, at random while training.
 * Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout.html, …Dropout1d.html, …Dropout2d.html
 */

import type { Stage } from "../../device/device.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkProbability } from "../checks.js";
import { dropout, dropout1d, dropout2d } from "../functional/dropout.js";
import { pythonFloat } from "../module.js";
import { Rowwise } from "./rowwise.js";

/**
 * In training, zeroes each element with probability `p` and scales the others by 1 / (1 − p); in evaluation, does nothing.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout.html
 */
export class Dropout extends Rowwise {
  static override name = "Dropout";

  /** @param p the probability that an element is zeroed */
  constructor(
    public p = 0.5,
    ...others: []
  ) {
    super(...others);
    checkProbability(p);
  }

  /** The output has the shape of the `input`: any. */
  protected override ofRows(input: Tensor): Tensor {
    return dropout(input, this.p, this.training);
  }

  /** @internal Nothing at inference. */
  override streamStages(): readonly Stage[] {
    return [];
  }

  protected override extraRepr(): string {
    return `p=${pythonFloat(this.p)}, inplace=False`;
  }
}

/**
 * In training, zeroes each channel of `[N, C, L]` or `[C, L]` with probability `p` and scales the others by 1 / (1 − p).
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout1d.html
 */
export class Dropout1d extends Dropout {
  static override name = "Dropout1d";

  /** The output has the shape of the `input`, `[N, C, L]` or `[C, L]`. */
  protected override ofRows(input: Tensor): Tensor {
    return dropout1d(input, this.p, this.training);
  }

  /** @internal Nothing at inference. */
  override streamStages(): readonly Stage[] {
    return [];
  }
}

/**
 * In training, zeroes each channel of `[N, C, H, W]` with probability `p` and scales the others by 1 / (1 − p).
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout2d.html
 */
export class Dropout2d extends Dropout {
  static override name = "Dropout2d";

  /** The output has the shape of the `input`, `[N, C, H, W]`. */
  protected override ofRows(input: Tensor): Tensor {
    return dropout2d(input, this.p, this.training);
  }
}
