/** Gradients beside central differences, in float64. */

import { expect } from "vitest";
import { noGrad } from "../../src/tensor/autograd.js";
import { tensor } from "../../src/tensor/create.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { difference, expectClose } from "./tolerance.js";

const step = 1e-6;

/** A number for every position, without pattern: so that no two mistakes cancel. */
function weights(shape: readonly number[], dtype: "float32" | "float64"): Tensor {
  const count = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Float64Array.from({ length: count }, (_, i) => Math.sin(12.9898 * (i + 1)) + 0.1),
    shape,
    { dtype },
  );
}

/** The outputs as one number, each element with a weight of its own. */
function loss(outputs: Tensor | readonly Tensor[]): Tensor {
  const parts = (Array.isArray(outputs) ? outputs : [outputs]) as Tensor[];
  return parts.map((y) => y.mul(weights(y.shape, y.dtype as "float64")).sum()).reduce((a, b) => a.add(b));
}

/**
 * Expects the gradient of every input to be that of `fn`. Inputs are float64 data; `fn` gets a fresh leaf for each, so
 * it may also write in place on what it computes from them.
 */
export function gradcheck(fn: (...inputs: Tensor[]) => Tensor | readonly Tensor[], inputs: readonly Tensor[]): void {
  const data = inputs.map((x) => x.toArray());
  const leaves = (requiresGrad: boolean) =>
    data.map((x, i) => tensor(x as Float64Array, inputs[i].shape, { dtype: "float64", requiresGrad }));
  const tracked = leaves(true);
  const y = loss(fn(...tracked));
  expect(y.requiresGrad, "the outputs carry a gradient").toBe(true);
  y.backward();
  tracked.forEach((leaf, i) => {
    const numeric = Float64Array.from(data[i], (_, k) => {
      const at = (shift: number) => {
        const before = data[i][k];
        data[i][k] = before + shift;
        const value = noGrad(() => loss(fn(...leaves(false))).item());
        data[i][k] = before;
        return value;
      };
      return (at(step) - at(-step)) / (2 * step);
    });
    const gradient = leaf.grad ?? expect.fail(`input ${i} has no gradient`);
    expectClose(gradient, { shape: leaf.shape, data: numeric }, difference, `gradient of input ${i}:`);
  });
}
