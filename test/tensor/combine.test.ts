import { describe, expect, it } from "vitest";
import { cat, stack, where } from "../../src/tensor/combine.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { refuses } from "../support/refuses.js";

const a = tensor([
  [1, 2],
  [3, 4],
]);

it("cat and stack along every dimension", () => {
  const b = tensor([[5, 6]]);
  expect(cat([a, b]).toNested()).toEqual([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
  expect(cat([a, a.t()], -1).toNested()).toEqual([
    [1, 2, 1, 3],
    [3, 4, 2, 4],
  ]);
  expect(stack([a.at(0), a.at(1)], 1).toNested()).toEqual([
    [1, 3],
    [2, 4],
  ]);
  expect(stack([tensor(1), tensor(2)]).toNested()).toEqual([1, 2]);
});

it("cat copies, even a single tensor", () => {
  const x = tensor([1, 2]);
  const y = cat([x]);
  x.fill_(0);
  expect(y.toNested()).toEqual([1, 2]);
});

it("stack takes more tensors than an engine takes arguments, with gradients", () => {
  const scale = tensor([3], null, { requiresGrad: true });
  const numbers = Array.from({ length: 150_000 }, (_, i) => scale.mul(i % 7));
  const y = stack(numbers, 1);
  expect(y.shape).toEqual([1, 150_000]);
  expect([y.at(0, 149_999).item(), y.at(0, 10_001).item()]).toEqual([3 * (149_999 % 7), 3 * (10_001 % 7)]);
  y.sum().backward();
  expect(scale.grad?.item()).toBe(Array.from({ length: 150_000 }, (_, i) => i % 7).reduce((s, x) => s + x));
});

it("where chooses between tensors and numbers", () => {
  const c = tensor([[true], [false]]);
  expect(where(c, a, 0).toNested()).toEqual([
    [1, 2],
    [0, 0],
  ]);
  expect(where(c, -1, a).toNested()).toEqual([
    [-1, -1],
    [3, 4],
  ]);
  expect(where(c, 1, 2).toNested()).toEqual([[1], [2]]);
  expect(where(c, 1, 2).dtype).toBe("float32");
  expect(where(c, tensor([1], null, { dtype: "int32" }), 2).dtype).toBe("int32");
});

describe("refused in one sentence", () => {
  refuses([
    [() => cat(a as never), "cat() expected an array of Tensors, got: Tensor"],
    [() => cat([a, null as never]), "cat() expected a Tensor as element 1, got: null"],
    [() => cat([a], 0.5), "Dimension out of range"],
    [() => cat([zeros([0]), tensor(1)]), "zero-dimensional tensor (at position 1) cannot be concatenated"],
    [() => stack([[1]] as never), "stack() expected a Tensor as element 0, got: Array"],
    [() => where([true] as never, 1, 2), "where expected condition to be a boolean tensor, but got Array"],
    [() => where(tensor([true]), "1" as never, 2), "where() expected a Tensor or a number, got: string"],
    [() => where(tensor([true]), null as never, 2), "where() expected a Tensor or a number, got: null"],
  ]);
});
