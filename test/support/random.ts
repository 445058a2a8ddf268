/** Numbers for tests: drawn from a seed, so that a failure comes back. */

import { Generator } from "../../src/base/random.js";
import { randn } from "../../src/tensor/create.js";
import type { Tensor } from "../../src/tensor/tensor.js";

/** `draw(shape)`: float64 normal numbers, other ones with every call, the same ones with every run. */
export function source(seed: number): (shape: readonly number[]) => Tensor {
  const generator = new Generator(seed);
  return (shape) => randn(shape, { dtype: "float64", generator });
}
