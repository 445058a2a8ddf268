import { describe, expect, it } from "vitest";
import { tensor, zeros } from "../../src/tensor/create.js";
import { refuses } from "../support/refuses.js";

const x = tensor([
  [1, 5, 3],
  [4, 2, 6],
]);

it("keepdim leaves sizes of 1", () => {
  expect(x.sum(1, true).shape).toEqual([2, 1]);
  expect(x.mean([0, 1], true).shape).toEqual([1, 1]);
  expect(x.var(0, { keepdim: true }).shape).toEqual([1, 3]);
  expect(x.norm(2, -1, true).shape).toEqual([2, 1]);
  expect(x.max(0, true).indices.toNested()).toEqual([[1, 0, 1]]);
  expect(x.argmin(1, true).toNested()).toEqual([[0], [1]]);
  expect(x.gt(4).any(1, true).toNested()).toEqual([[true], [true]]);
  expect(x.gt(1).all(0, true).toNested()).toEqual([[false, true, true]]);
});

it("indices are int32 and gather the values", () => {
  for (const { values, indices } of [x.max(1, true), x.min(1, true), x.sort(1), x.topk(2, 1)]) {
    expect(indices.dtype).toBe("int32");
    expect(x.gather(1, indices).toNested()).toEqual(values.toNested());
  }
  expect(x.topk(2, 1).values.toNested()).toEqual([
    [5, 3],
    [6, 4],
  ]);
  expect(x.sort(0, true).indices.toNested()).toEqual([
    [1, 0, 1],
    [0, 1, 0],
  ]);
});

it("probabilities add up to 1, however large the numbers", () => {
  const large = tensor(
    [
      [1e4, 1e4 + 1],
      [-1e4, 0],
    ],
    null,
    { dtype: "float64" },
  );
  expect(large.softmax(1).sum(1).toNested()).toEqual([1, 1]);
  expect(large.logSoftmax(1).exp().sum(1).at(1).item()).toBe(1);
  expect(tensor([1e4, 1e4], null, { dtype: "float64" }).logsumexp(0).item()).toBeCloseTo(1e4 + Math.LN2, 10);
});

describe("refused in one sentence", () => {
  refuses([
    [() => x.sum("0" as never), "dim expected a number or an array of numbers, got: string"],
    [() => x.sum({ dim: 0 } as never), "dim expected a number or an array of numbers, got: Object"],
    [() => x.sum(NaN), "Dimension out of range"],
    [() => x.mean([0, 0.5]), "Dimension out of range"],
    [() => x.sum(0, { keepdim: true } as never), "keepdim expected a boolean, got: Object"],
    [() => x.sort(0, "false" as never), "descending expected a boolean, got: string"],
    [() => x.topk(1, 0, 0 as never), "largest expected a boolean, got: number"],
    [() => x.max(0, 1 as never), "keepdim expected a boolean, got: number"],
    [() => x.var(0, { unbiased: false } as never), "var() got an unexpected keyword argument 'unbiased'"],
    [() => x.std(0, { correction: "1" as never }), "var() expected correction as a number, got: string"],
    [() => x.norm("fro" as never), "norm() expected p as a number, got: fro"],
    [() => x.norm(NaN), "norm() expected p as a number, got: NaN"],
    [() => x.max(0.5), "Dimension out of range"],
    [() => x.argmax("a" as never), "Dimension out of range"],
    [() => zeros([0]).argmin(), "argmin(): Expected reduction dim to be specified for input.numel() == 0."],
    [() => x.cumsum(undefined as never), "Dimension out of range"],
    [() => x.softmax(undefined as never), "Dimension out of range"],
    [() => x.topk(1.5), "selected index k out of range"],
    [() => x.topk(NaN), "selected index k out of range"],
    [() => x.sort(NaN), "Dimension out of range"],
    [() => x.to("int32").softmax(0), `"softmax_kernel_impl" not implemented for 'Int'`],
  ]);
});
