import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { Generator } from "../../src/base/random.js";
import { noGrad } from "../../src/tensor/autograd.js";
import { manualSeed } from "../../src/tensor/chance.js";
import { stack } from "../../src/tensor/combine.js";
import { arange, ones, tensor, zeros } from "../../src/tensor/create.js";
import { neg } from "../../src/tensor/ops/elementwise.js";
import { apply, Tensor } from "../../src/tensor/tensor.js";
import { expectClose, float32 } from "../support/tolerance.js";

describe("what can be read", () => {
  const x = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);

  it("shape, ndim, dtype, size, numel, stride", () => {
    expect([x.shape, x.ndim, x.dtype, x.size(), x.size(1), x.size(-2), x.numel(), x.stride()]).toEqual([
      [2, 3],
      2,
      "float32",
      [2, 3],
      3,
      2,
      6,
      [3, 1],
    ]);
    expect([x.isContiguous(), x.t().isContiguous(), x.t().stride()]).toEqual([true, false, [1, 3]]);
    x.shape.push(9);
    expect(x.shape).toEqual([2, 3]);
  });

  it("prints with String and in Node's console", () => {
    expect([String(x), inspect(x)]).toEqual(Array(2).fill("tensor([[1., 2., 3.],\n        [4., 5., 6.]])"));
  });
});

const leaf = (...data: number[]) => tensor(data, null, { requiresGrad: true });

describe("gradients", () => {
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

  it("requiresGrad and isLeaf", () => {
    const leaf = tensor([1, 2]);
    expect([leaf.requiresGrad, leaf.isLeaf]).toEqual([false, true]);
    leaf.requiresGrad = true;
    const y = leaf.mul(2);
    expect([leaf.requiresGrad, leaf.isLeaf, y.requiresGrad, y.isLeaf]).toEqual([true, true, true, false]);
    expect([y.gt(1).requiresGrad, y.to("int32").requiresGrad, y.detach().isLeaf]).toEqual([false, false, true]);
    y.requiresGrad = true;
    expect(() => (y.requiresGrad = false)).toThrow("you can only change requires_grad flags of leaf variables");
    expect(() => leaf.requiresGrad_("false" as never)).toThrow("requires_grad must be a bool");
    expect(() => tensor([1], null, { requiresGrad: 1 as never })).toThrow("requires_grad must be a bool");
    leaf.requiresGrad = false;
    expect(leaf.mul(2).requiresGrad).toBe(false);
  });

  it("backward refuses unknown options, higher orders and what is no tensor", () => {
    const y = tensor([1, 2], null, { requiresGrad: true }).sum();
    expect(() => y.backward(null, { retain_graph: true } as never)).toThrow(
      "backward() got an unexpected keyword argument 'retain_graph'",
    );
    expect(() => y.backward(null, { createGraph: true } as never)).toThrow(
      expect.objectContaining({
        kind: "NotImplementedError",
        message: "backward() computes first-order gradients only: createGraph is not supported",
      }),
    );
    expect(() => y.backward({ retainGraph: true } as never)).toThrow("backward() expected a Tensor, got: Object");
    expect(() => y.backward(null, null as never)).toThrow("backward() expected its options as an object, got: null");
    expect(() => y.backward(1 as never)).toThrow("backward() expected a Tensor, got: number");
    y.backward(null, { createGraph: false } as never);
  });

  it("requiresGrad_ returns the tensor", () => {
    const x = zeros([2]);
    expect(x.requiresGrad_()).toBe(x);
    expect(x.requiresGrad_(false).requiresGrad).toBe(false);
  });
});

describe("element by element", () => {
  const x = tensor([1, -2]);
  const whole = tensor([3, 4], null, { dtype: "int32" });

  it("operators leave their operands alone", () => {
    const before = x.toArray();
    x.add(1)
      .mul(x)
      .sub(x)
      .div(2)
      .pow(2)
      .neg()
      .exp()
      .log()
      .abs()
      .sqrt()
      .tanh()
      .sigmoid()
      .relu()
      .clamp(0)
      .maskedFill(x.gt(0), 1);
    expect(x.toArray()).toEqual(before);
  });

  it("predicates give bools", () => {
    expect(x.gt(0).toNested()).toEqual([true, false]);
    expect(x.eq(1).logicalOr(x.lt(0)).toNested()).toEqual([true, true]);
    expect(x.ge(1).logicalAnd(x.le(1)).logicalNot().toNested()).toEqual([false, true]);
    expect(x.ne(x).dtype).toBe("bool");
    expect(tensor([NaN, 1]).isnan().toNested()).toEqual([true, false]);
  });

  it("clamp of whole numbers stays whole between whole bounds", () => {
    expect(whole.clamp(null, 3).toNested()).toEqual([3, 3]);
    expect(whole.clamp(4).dtype).toBe("int32");
    expect(whole.clamp(3.5).toNested()).toEqual([3.5, 4]);
  });
});

describe("what moves elements", () => {
  const cube = arange(24).reshape([2, 3, 4]);
  const index = (data: number[]) => tensor(data, null, { dtype: "int32" });

  describe("views share memory, copies do not", () => {
    const shares = (make: (x: typeof cube) => typeof cube) => {
      const x = zeros([2, 1, 3]);
      const y = make(x);
      x.fill_(1);
      return y.numel() > 0 && y.sum().item() === y.numel();
    };

    it("views", () => {
      const views = [
        shares((x) => x.reshape([6])),
        shares((x) => x.flatten()),
        shares((x) => x.permute([2, 0, 1])),
        shares((x) => x.transpose(0, 2)),
        shares((x) => x.squeeze()),
        shares((x) => x.squeeze(1).t()),
        shares((x) => x.unsqueeze(0)),
        shares((x) => x.expand([2, 5, 3])),
        shares((x) => x.select(0, 1)),
        shares((x) => x.at(1, 0)),
        shares((x) => x.narrow(2, 1, 2)),
        shares((x) => x.slice(2, 0, null, 2)),
        shares((x) => x.unbind(2)[1]),
        shares((x) => x.split(2, 2)[0]),
        shares((x) => x.unfold(2, 2, 1)),
        shares((x) => x.chunk(2)[1]),
        shares((x) => x.contiguous()),
        shares((x) => x.to("float32")),
        shares((x) => x.detach()),
      ];
      expect(views).toEqual(views.map(() => true));
    });

    it("copies", () => {
      const copies = [
        shares((x) => x.clone()),
        shares((x) => x.flip(0)),
        shares((x) => x.indexSelect(2, index([0]))),
        shares((x) => x.gather(2, index([0]).reshape([1, 1, 1]))),
        shares((x) => x.to("float64")),
        shares((x) => x.transpose(0, 2).contiguous()),
        shares((x) => x.transpose(0, 2).reshape([6])),
      ];
      expect(copies).toEqual(copies.map(() => false));
    });
  });

  it("elements of the cube by every way of picking", () => {
    expect(cube.at(1, 2, 3).item()).toBe(23);
    expect(cube.at(-1, -3).toNested()).toEqual([12, 13, 14, 15]);
    expect(cube.at()).toBe(cube);
    expect(cube.select(1, 1).toNested()).toEqual([
      [4, 5, 6, 7],
      [16, 17, 18, 19],
    ]);
    expect(cube.slice(2, 1, -1).at(0, 0).toNested()).toEqual([1, 2]);
    expect(cube.slice(0, 5).shape).toEqual([0, 3, 4]);
    expect(cube.flip(-1).at(0, 0).toNested()).toEqual([3, 2, 1, 0]);
    expect(
      cube
        .indexSelect(1, index([2, 2]))
        .at(0)
        .toNested(),
    ).toEqual([
      [8, 9, 10, 11],
      [8, 9, 10, 11],
    ]);
    expect(cube.unbind(2).map((x) => x.at(0, 0).item())).toEqual([0, 1, 2, 3]);
    expect(cube.split([1, 3], 2).map((x) => x.shape)).toEqual([
      [2, 3, 1],
      [2, 3, 3],
    ]);
    expect(
      arange(7)
        .chunk(3)
        .map((x) => x.toNested()),
    ).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
  });

  it("to gives the tensor itself where nothing changes", () => {
    expect(cube.to("int32")).toBe(cube);
    expect(cube.contiguous()).toBe(cube);
    expect(tensor([2.9, -2.9]).to("int32").toNested()).toEqual([2, -2]);
  });

  it("numbers that int32 cannot hold are not converted", () => {
    for (const x of [NaN, Infinity, 3e9, -3e9]) {
      expect(() => tensor([x]).to("int32")).toThrow("value cannot be converted to type int without overflow");
    }
    expect(tensor([2147483647.9, -2147483648.9], null, { dtype: "float64" }).to("int32").toNested()).toEqual([
      2147483647, -2147483648,
    ]);
  });
});

describe("what folds dimensions", () => {
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
    expect(() => zeros([7]).unfold(0, 3, 2).add_(1)).toThrow(text);
    expect(zeros([6]).unfold(0, 3, 3).t().add_(1).toNested()).toEqual(Array(3).fill([1, 1]));
    expect(x.expand([1, 2]).fill_(4).toNested()).toEqual([[4, 4]]);
  });

  it("a view from before its memory took over a history has that history", () => {
    const x = leaf(1, 2, 3);
    const buffer = zeros([3]);
    const before = buffer.slice(0, 0, 2);
    expect(before.requiresGrad).toBe(false);
    buffer.copy_(x.mul(2));
    expect([before.requiresGrad, before.toNested()]).toEqual([true, [2, 4]]);
    before
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
});

it("apply runs an op and remembers it", () => {
  const x = leaf(1, 2);
  const y = apply(neg, x);
  expect([y.toNested(), y.isLeaf]).toEqual([[-1, -2], false]);
  y.sum().backward();
  expect(x.grad?.toNested()).toEqual([-1, -1]);
});
