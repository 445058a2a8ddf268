import { expect, it } from "vitest";
import { tensor } from "../../../src/tensor/create.js";
import { crossEntropy } from "../../../src/tensor/ops/loss.js";
import { apply } from "../../../src/tensor/tensor.js";
import { gradcheck } from "../../support/gradcheck.js";
import { source } from "../../support/random.js";
import { expectClose, float64 } from "../../support/tolerance.js";

const draw = source(7);
const index = (data: number | number[] | number[][]) => tensor(data as number[], null, { dtype: "int32" });

it("crossEntropy, with the classes in the only, the second or an inner dimension", () => {
  gradcheck((x) => apply(crossEntropy, x, index(1)), [draw([3])]);
  gradcheck((x) => apply(crossEntropy, x, index([0, 2])), [draw([2, 3])]);
  gradcheck((x) => apply(crossEntropy, x.t(), index([0, 2])), [draw([3, 2])]);
  gradcheck(
    (x) =>
      apply(
        crossEntropy,
        x,
        index([
          [0, 2],
          [1, 1],
        ]),
      ),
    [draw([2, 3, 2])],
  );
});

it("crossEntropy is −log softmax at the target, of the target's shape", () => {
  const x = draw([2, 3, 4]);
  const target = index([
    [0, 1, 2, 0],
    [2, 2, 1, 0],
  ]);
  const picked = x.softmax(1).log().neg().gather(1, target.unsqueeze(1)).squeeze(1);
  const y = apply(crossEntropy, x, target);
  expect(y.shape).toEqual([2, 4]);
  expectClose(y, picked, float64);
  expect(apply(crossEntropy, tensor([0, 0]), index(1)).item()).toBeCloseTo(Math.log(2), 6);
});
