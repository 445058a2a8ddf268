import { expect, it } from "vitest";
import { tensor } from "../../../src/tensor/create.js";
import { layerNorm } from "../../../src/tensor/ops/norm.js";
import { apply, type Tensor } from "../../../src/tensor/tensor.js";
import { gradcheck } from "../../support/gradcheck.js";
import { source } from "../../support/random.js";
import { expectClose, float64 } from "../../support/tolerance.js";

const draw = source(6);

it("layerNorm, over one dimension and over several, of any layout", () => {
  const norm = (dims: number) => (x: Tensor, w: Tensor, b: Tensor) => apply(layerNorm, x, w, b, dims, 1e-3);
  gradcheck(norm(1), [draw([3, 4]), draw([4]), draw([4])]);
  gradcheck(norm(2), [draw([2, 3, 4]), draw([3, 4]), draw([3, 4])]);
  gradcheck((x, w, b) => norm(1)(x.t(), w, b), [draw([4, 3]), draw([4]), draw([4])]);
  gradcheck((x) => apply(layerNorm, x, null, null, 1, 1e-3).t().mul(2), [draw([3, 4])]);
});

it("layerNorm scales and shifts what has mean 0 and variance 1", () => {
  const x = tensor([[1, 3, 5]], { dtype: "float64" });
  const [w, b] = [
    [1, 2, 4],
    [10, 20, 30],
  ].map((list) => tensor(list, { dtype: "float64" }));
  const n = Math.sqrt(1.5);
  expectClose(apply(layerNorm, x, w, b, 1, 0), [10 - n, 20, 30 + 4 * n], float64);
  expectClose(apply(layerNorm, x, null, null, 1, 0), [-n, 0, n], float64);
});

it("layerNorm of a weight alone that wants a gradient", () => {
  const w = tensor([1, 1], { dtype: "float64", requiresGrad: true });
  apply(
    layerNorm,
    tensor(
      [
        [1, 2],
        [5, 3],
      ],
      { dtype: "float64" },
    ),
    w,
    null,
    1,
    0,
  )
    .sum(0)
    .at(1)
    .backward();
  expect(w.grad?.toNested()).toEqual([0, 0]);
});
