import { expect, it } from "vitest";
import { tensor } from "../../../src/tensor/create.js";
import { embedding } from "../../../src/tensor/ops/gather.js";
import { apply } from "../../../src/tensor/tensor.js";
import { gradcheck } from "../../support/gradcheck.js";
import { source } from "../../support/random.js";

const draw = source(4);
const index = (data: number[] | number[][]) => tensor(data, null, { dtype: "int32" });

it("gather, with an index smaller than the tensor and repeats", () => {
  gradcheck(
    (x) =>
      x.gather(
        0,
        index([
          [2, 0],
          [2, 1],
        ]),
      ),
    [draw([3, 2])],
  );
  gradcheck((x) => x.gather(1, index([[0, 0, 1]])), [draw([3, 2])]);
  gradcheck((x) => x.t().gather(-1, index([[2], [0]])), [draw([3, 2])]);
});

it("indexSelect, with repeats", () => {
  gradcheck((x) => x.indexSelect(1, index([2, 0, 2])), [draw([2, 3])]);
  gradcheck((x) => x.transpose(0, 2).indexSelect(0, index([1])), [draw([2, 2, 3])]);
});

it("embedding looks rows up and adds their gradients", () => {
  const at = index([
    [1, 0],
    [1, 3],
  ]);
  const table = tensor([
    [1, 2],
    [3, 4],
    [5, 6],
    [7, 8],
  ]);
  expect(apply(embedding, table, at, null).toNested()).toEqual([
    [
      [3, 4],
      [1, 2],
    ],
    [
      [3, 4],
      [7, 8],
    ],
  ]);
  gradcheck((w) => apply(embedding, w, at, null), [draw([4, 2])]);
});

it("embedding keeps the padding row without a gradient", () => {
  const table = tensor(
    [
      [1, 2],
      [3, 4],
    ],
    null,
    { requiresGrad: true },
  );
  apply(embedding, table, index([0, 1, 1]), 1)
    .sum()
    .backward();
  expect(table.grad?.toNested()).toEqual([
    [1, 1],
    [0, 0],
  ]);
});
