/**
 * The names that people type from habit, all in one place: each says what it stands for. What they stand for is a method
 * of Tensor, and has the documentation.
 */

import { fail, warn } from "../base/errors.js";
import { reshapeView } from "../base/shape.js";
import { Variable } from "./autograd.js";
import type { Sizes } from "./checks/shapes.js";
import type { Nested } from "./read.js";

/** `Self` is Tensor, which stands above this file. */
export abstract class Aliases<Self> extends Variable {
  abstract readonly ndim: number;
  abstract reshape(...shape: Sizes): Self;
  abstract permute(...order: Sizes): Self;
  abstract matmul(other: Self): Self;
  abstract toNested(): Nested;

  /** `ndim` */
  dim(): number {
    return this.ndim;
  }

  /** `toNested()` */
  tolist(): Nested {
    return this.toNested();
  }

  /** `matmul(other)` of matrices. */
  mm(other: Self): Self {
    const product = this.matmul(other);
    if (this.ndim !== 2) fail("RuntimeError", "self must be a matrix");
    if ((other as Aliases<Self>).ndim !== 2) fail("RuntimeError", "mat2 must be a matrix");
    return product;
  }

  /** `reshape(…)`, refused where that would copy. */
  view(...shape: Sizes): Self {
    const result = this.reshape(...shape);
    const { value } = result as Variable;
    if (reshapeView(this.value, value.shape) === null) {
      fail(
        "RuntimeError",
        "view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous subspaces). Use .reshape(...) instead.",
      );
    }
    return result;
  }

  /** `t()` of a matrix; with other numbers of dimensions all of them in reverse, with PyTorch's warning. */
  get T(): Self {
    if (this.ndim !== 2) {
      warn(
        "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it will throw an error in a future release. Consider `x.mT` to transpose batches of matrices or `x.permute(*torch.arange(x.ndim - 1, -1, -1))` to reverse the dimensions of a tensor.",
      );
    }
    return this.permute([...Array(this.ndim).keys()].reverse());
  }
}
