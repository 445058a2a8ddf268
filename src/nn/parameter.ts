/** What tensors of a module are: parameters, which are trained, and buffers, which are not. */

import { checkOptions, fail, mistyped, typed } from "../base/errors.js";
import { isFloat } from "../device/value.js";
import { Tensor } from "../tensor/tensor.js";

/** A tensor that a module trains. It takes its memory over from `data`, and wants gradients. */
export class Parameter extends Tensor {
  static override name = "Parameter";

  /** So that a plain tensor in the place of a parameter does not compile. */
  declare protected readonly nominal: true;

  constructor(data: Tensor, requiresGrad = true) {
    if (!(data instanceof Tensor)) mistyped("Parameter() expected a Tensor", data);
    if (requiresGrad && !isFloat(data.dtype)) {
      fail("RuntimeError", "Only Tensors of floating point and complex dtype can require gradients");
    }
    super(data.value);
    this.requiresGrad = requiresGrad;
  }

  override toString(): string {
    return `Parameter containing:\n${super.toString()}`;
  }
}

/** A tensor that belongs to a module and is not trained: in its state dict unless `persistent` is false. */
export class Buffer extends Tensor {
  static override name = "Buffer";

  /** So that a plain tensor in the place of a buffer does not compile. */
  declare protected readonly kind: "buffer";
  /** Whether it stands in the state dict. */
  readonly persistent: boolean;
  /** @internal Whether a state dict that lacks it is taken all the same. */
  mayLack = false;

  /** It takes its memory over from `data`. */
  constructor(data: Tensor, options: { persistent?: boolean } = {}) {
    if (!(data instanceof Tensor)) mistyped("a Buffer expected a Tensor", data);
    checkOptions("a Buffer", options, ["persistent"]);
    const { persistent = true } = options;
    typed("persistent", persistent, "bool");
    super(data.value);
    this.persistent = persistent;
  }
}
