import { describe, expect, it } from "vitest";
import type { Dims } from "../../../src/tensor/checks/folds.js";
import { tensor } from "../../../src/tensor/create.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { gradcheck } from "../../support/gradcheck.js";
import { source } from "../../support/random.js";
import { expectClose, float64 } from "../../support/tolerance.js";

const draw = source(2);
const dims: [Dims | undefined, boolean][] = [
  [undefined, false],
  [0, false],
  [-1, true],
  [1, false],
  [[0, 2], false],
  [[-1, 0], true],
  [[], false],
];

const folds: [string, (x: Tensor, dim: Dims | undefined, keepdim: boolean) => Tensor][] = [
  ["sum", (x, dim, keepdim) => x.sum(dim, keepdim)],
  ["mean", (x, dim, keepdim) => x.mean(dim, keepdim)],
  ["var", (x, dim, keepdim) => x.var(dim, { keepdim })],
  ["var, plain", (x, dim, keepdim) => x.var(dim, { keepdim, correction: 0 })],
  ["std", (x, dim, keepdim) => x.std(dim, { keepdim })],
  ["norm 2", (x, dim, keepdim) => x.norm(2, dim, keepdim)],
  ["norm 1", (x, dim, keepdim) => x.norm(1, dim, keepdim)],
  ["norm 3", (x, dim, keepdim) => x.norm(3, dim, keepdim)],
  ["norm 1.5", (x, dim, keepdim) => x.norm(1.5, dim, keepdim)],
  ["norm −1", (x, dim, keepdim) => x.norm(-1, dim, keepdim)],
  ["norm ∞", (x, dim, keepdim) => x.norm(Infinity, dim, keepdim)],
  ["norm −∞", (x, dim, keepdim) => x.norm(-Infinity, dim, keepdim)],
  ["logsumexp", (x, dim, keepdim) => x.logsumexp(dim ?? [0, 1, 2], keepdim)],
];

for (const [name, fold] of folds) {
  describe(name, () => {
    it.each(dims)("over %j, keepdim %j", (dim, keepdim) => {
      gradcheck((x) => fold(x, dim, keepdim), [draw([2, 3, 2])]);
      gradcheck((x) => fold(x.permute([2, 0, 1]), dim, keepdim), [draw([3, 2, 2])]);
    });
  });
}

const runs: [string, (x: Tensor, dim: number) => Tensor | Tensor[]][] = [
  ["max", (x, dim) => x.max(dim).values],
  ["min, keepdim", (x, dim) => x.min(dim, true).values],
  ["cumsum", (x, dim) => x.cumsum(dim)],
  ["sort", (x, dim) => x.sort(dim).values],
  ["sort, descending", (x, dim) => x.sort(dim, true).values],
  ["topk", (x, dim) => x.topk(2, dim).values],
  ["topk, least", (x, dim) => x.topk(2, dim, false).values],
  ["softmax", (x, dim) => x.softmax(dim)],
  ["logSoftmax", (x, dim) => x.logSoftmax(dim)],
];

for (const [name, run] of runs) {
  it.each([0, 1, -1])(`${name} along %d`, (dim) => {
    gradcheck((x) => run(x, dim), [draw([2, 3, 4])]);
    gradcheck((x) => run(x.transpose(0, 2), dim), [draw([3, 2, 4])]);
  });
}

it("max and min of all elements", () => {
  gradcheck((x) => [x.max(), x.t().min()], [draw([2, 3])]);
});

it("scalars", () => {
  gradcheck(
    (x) => [x.sum(), x.mean(0), x.norm(3), x.max(), x.max(0).values, x.cumsum(0), x.sort().values, x.logsumexp(0)],
    [draw([])],
  );
});

it("ties share the gradient of max(), and the first takes that of max(dim)", () => {
  const x = tensor([1, 3, 3, 0], null, { dtype: "float64", requiresGrad: true });
  x.max().backward();
  expectClose(x.grad as Tensor, [0, 0.5, 0.5, 0], float64);
  x.max(0).values.backward();
  expectClose(x.grad as Tensor, [0, 1.5, 0.5, 0], float64);
});

it("the norm of zeros has the gradient 0, not NaN", () => {
  for (const p of [2, 3, 1.5]) {
    const x = tensor([0, 0], null, { dtype: "float64", requiresGrad: true });
    x.norm(p).backward();
    expectClose(x.grad as Tensor, [0, 0], float64);
  }
});

it("whole numbers whose sum int32 cannot hold are refused", () => {
  const x = tensor([2147483647, 1], null, { dtype: "int32" });
  const text = "the sum 2147483648 does not fit in int32: convert to float64 before summing";
  expect(() => x.sum()).toThrow(text);
  expect(() => x.cumsum(0)).toThrow(text);
  expect(x.to("float64").sum().item()).toBe(2147483648);
});
