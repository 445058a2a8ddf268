import { describe, expect, it } from "vitest";
import { Generator } from "../../src/base/random.js";
import { noGrad } from "../../src/tensor/autograd.js";
import { manualSeed } from "../../src/tensor/chance.js";
import { stack } from "../../src/tensor/combine.js";
import { ones, tensor, zeros } from "../../src/tensor/create.js";
import { neg } from "../../src/tensor/ops/elementwise.js";
import { apply, Tensor } from "../../src/tensor/tensor.js";
import { refuses } from "../support/refuses.js";
import { expectClose, float32 } from "../support/tolerance.js";

const leaf = (...data: number[]) => tensor(data, null, { requiresGrad: true });

describe("grad", () => {
  it("is null, then what backward left, and can be assigned", () => {
    const x = leaf(1, 2);
    expect(x.grad).toBeNull();
    x.mul(2).sum().backward();
    expect(x.grad).toBeInstanceOf(Tensor);
    expect([x.grad?.toNested(), x.grad?.requiresGrad]).toEqual([[2, 2], false]);
    x.grad = tensor([7, 8]);
    x.sum().backward();
    expect(x.grad?.toNested()).toEqual([8, 9]);
    x.grad?.zero_();
    expect(x.grad?.toNested()).toEqual([0, 0]);
    expect(() => (x.grad = 5 as never)).toThrow("grad expected a Tensor or null, got: number");
    expect(() => (x.grad = undefined as never)).toThrow("grad expected a Tensor or null, got: undefined");
  });

  it("requiresGrad_ returns the tensor", () => {
    const x = zeros([2]);
    expect(x.requiresGrad_()).toBe(x);
    expect(x.requiresGrad_(false).requiresGrad).toBe(false);
  });
});

describe("in place", () => {
  it("writes into the memory that views share, and returns the tensor", () => {
    const x = zeros([2, 3]);
    const column = x.select(1, 1);
    expect(column.fill_(5)).toBe(column);
    expect(x.toNested()).toEqual([
      [0, 5, 0],
      [0, 5, 0],
    ]);
    x.t().copy_(tensor([[1], [2], [3]]));
    expect(x.toNested()).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    x.add_(x).mul_(tensor([[1], [10]]));
    expect(x.toNested()).toEqual([
      [2, 4, 6],
      [20, 40, 60],
    ]);
    x.narrow(1, 1, 2).copy_(x.narrow(1, 0, 2));
    expect(x.toNested()).toEqual([
      [2, 2, 4],
      [20, 20, 40],
    ]);
    expect(x.zero_().sum().item()).toBe(0);
  });

  it("keeps the dtype", () => {
    expect(zeros([1], { dtype: "int32" }).fill_(2.7).toNested()).toEqual([2]);
    expect(zeros([1], { dtype: "bool" }).fill_(3).toArray()).toEqual(Uint8Array.of(1));
    expect(ones([1]).add_(tensor([0.1], null, { dtype: "float64" })).dtype).toBe("float32");
    expect(
      zeros([2], { dtype: "int32" })
        .copy_(tensor([1.9, -1.9]))
        .toNested(),
    ).toEqual([1, -1]);
  });

  it("leaves may be written without recording", () => {
    const x = leaf(1, 2);
    noGrad(() => x.add_(1).mul_(3));
    expect([x.toNested(), x.requiresGrad, x.isLeaf]).toEqual([[6, 9], true, true]);
  });

  it("a refused write leaves the elements alone", () => {
    const x = leaf(1, 2);
    expect(() => x.fill_(0)).toThrow("a leaf Variable that requires grad");
    const whole = zeros([2], { dtype: "int32" });
    expect(() => whole.copy_(tensor([1, NaN]))).toThrow("value cannot be converted to type int without overflow");
    expect(() => zeros([2]).copy_(zeros([2, 2]))).toThrow(
      "output with shape [2] doesn't match the broadcast shape [2, 2]",
    );
    expect([x.toNested(), whole.toNested()]).toEqual([
      [1, 2],
      [0, 0],
    ]);
  });

  it("repeated elements are not written, and stay as they are", () => {
    const x = zeros([1, 2]);
    const text = "unsupported operation: more than one element of the written-to tensor refers to a single memory";
    expect(() => x.expand([3, 2]).add_(1)).toThrow(text);
    expect(() => x.expand([3, 2]).fill_(1)).toThrow(text);
    expect(x.expand([1, 2]).fill_(4).toNested()).toEqual([[4, 4]]);
  });

  it("a view from before its memory took over a history does not lose gradients silently", () => {
    const x = leaf(1, 2, 3);
    const buffer = zeros([3]);
    const before = buffer.slice(0, 0, 2);
    buffer.copy_(x.mul(2));
    expect(() => before.mul(leaf(1, 1))).toThrow("a view of torch.FloatTensor [2] was made before the tensor");
    expect(before.toNested()).toEqual([2, 4]);
    buffer
      .slice(0, 0, 2)
      .mul(buffer.detach().slice(0, 1, 3))
      .sum()
      .backward();
    expect(x.grad?.toNested()).toEqual([8, 12, 0]);
  });

  it("uniform_ and normal_ draw torch's numbers", () => {
    manualSeed(7);
    zeros([2]).normal_();
    expectClose(zeros([2]).uniform_(-1, 3), [-0.0689537525, 0.700245619], float32);
    expectClose(zeros([2]).normal_(1, 2), [-1.50280023, -2.76813507], float32);
    const own = { generator: new Generator(7) };
    expectClose(zeros([1]).uniform_(0, 1, own), [0.53492254], float32);
  });

  it("draws follow memory, and what does not lie side by side is drawn one at a time", () => {
    const generator = () => ({ generator: new Generator(3) });
    const plain = zeros([4, 5]).uniform_(0, 1, generator());
    expect(zeros([4, 5]).t().uniform_(0, 1, generator()).t().toArray()).toEqual(plain.toArray());
    const own = generator();
    const singly = stack(Array.from({ length: 20 }, () => zeros([]).normal_(0, 1, own)));
    expect(zeros([4, 5]).t().normal_(0, 1, generator()).t().toArray()).toEqual(singly.toArray());
    expect(zeros([4, 10]).slice(1, 0, 10, 2).normal_(0, 1, generator()).toArray()).toEqual(singly.toArray());
    expect(zeros([4, 5]).normal_(0, 1, generator()).toArray()).not.toEqual(singly.toArray());
  });

  refuses([
    [() => zeros([1]).copy_(1 as never), "copy_() expected a Tensor, got: number"],
    [() => zeros([1]).fill_(tensor(1) as never), "fill_() expected a number, got: Tensor"],
    [() => zeros([1]).add_(null as never), "add() expected a Tensor or a number, got: null"],
    [() => zeros([1]).mul_("2" as never), "mul() expected a Tensor or a number, got: string"],
    [() => zeros([1]).uniform_(0, 1, { generator: 1 as never }), "generator expected a Generator, got: number"],
    [() => zeros([1]).uniform_(NaN, 1), "from is out of bounds for float"],
    [() => zeros([1]).normal_(0, NaN), "normal expects std >= 0.0"],
    [() => zeros([1]).uniform_("0" as never), "uniform_() expected from as a number, got: string"],
    [() => zeros([1]).normal_("0" as never), "normal_() expected mean as a number, got: string"],
    [() => zeros([1]).normal_(0, null as never), "normal_() expected std as a number, got: null"],
    [() => zeros([1]).normal_(0, 1, { seed: 1 } as never), "normal_() got an unexpected keyword argument 'seed'"],
    [
      () => new Tensor([1, 2] as never),
      "new Tensor() is internal: tensor(), zeros() and the like make tensors, got: Array",
    ],
  ]);
});

it("apply runs an op and remembers it", () => {
  const x = leaf(1, 2);
  const y = apply(neg, x);
  expect([y.toNested(), y.isLeaf]).toEqual([[-1, -2], false]);
  y.sum().backward();
  expect(x.grad?.toNested()).toEqual([-1, -1]);
});
