import { describe, expect, it } from "vitest";
import { isGradEnabled, noGrad } from "../../src/tensor/autograd.js";
import { cat } from "../../src/tensor/combine.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import type { Tensor } from "../../src/tensor/tensor.js";

const leaf = (...data: number[]) => tensor(data, null, { dtype: "float64", requiresGrad: true });
const grad = (x: Tensor) => x.grad?.toNested();

describe("the walk", () => {
  it("adds up gradients over two calls", () => {
    const x = leaf(1, 2);
    x.mul(x).sum().backward();
    const first = x.grad;
    x.mul(3).sum().backward();
    expect(grad(x)).toEqual([5, 7]);
    expect(first?.toNested(), "grad shares memory").toEqual([5, 7]);
    x.grad = null;
    x.sum().backward();
    expect(grad(x)).toEqual([1, 1]);
  });

  it("runs again with retainGraph, and not without", () => {
    const x = leaf(2);
    const y = x.exp().mul(x).sum();
    y.backward(null, { retainGraph: true });
    const once = (grad(x) as number[])[0];
    y.backward();
    expect(grad(x)).toEqual([2 * once]);
    expect(() => y.backward()).toThrow("Trying to backward through the graph a second time");
    expect(grad(x)).toEqual([2 * once]);
  });

  it("runs again over ops that saved nothing, as in PyTorch", () => {
    const x = leaf(1, 2);
    const y = x.add(x).reshape([2, 1]).sum();
    y.backward();
    y.backward();
    expect(grad(x)).toEqual([4, 4]);
  });

  it("a diamond: a node waits for all that came of it", () => {
    const x = leaf(3);
    const a = x.mul(2);
    const b = a.mul(a);
    const c = a.add(b);
    b.mul(c).add(a).sum().backward();
    // a = 2x: 4x²·(2x + 4x²) + 2x = 8x³ + 16x⁴ + 2x
    expect(grad(x)).toEqual([24 * 9 + 64 * 27 + 2]);
  });

  it("one of several outputs, and outputs that lead nowhere", () => {
    const x = leaf(1, 2, 3, 4);
    const [a, , c] = x.mul(2).split([1, 2, 1]);
    x.exp();
    a.add(c).sum().backward();
    expect(grad(x)).toEqual([2, 0, 0, 2]);
  });

  it("20 000 ops in a row do not overflow the stack", () => {
    const x = leaf(1);
    let y: Tensor = x;
    for (let i = 0; i < 20_000; i++) y = y.add(x);
    y.sum().backward();
    expect(grad(x)).toEqual([20_001]);
  });

  it("starts from a gradient given, in the root's dtype", () => {
    const x = leaf(1, 2);
    x.mul(3).backward(tensor([1, 10]));
    expect(grad(x)).toEqual([3, 30]);
    const root = leaf(5);
    root.backward();
    root.backward(tensor([2]));
    expect(grad(root)).toEqual([3]);
  });

  it("a gradient kept by a leaf is not the memory that was given", () => {
    const x = leaf(1, 2);
    const d = tensor([1, 1], null, { dtype: "float64" });
    x.backward(d);
    d.fill_(9);
    expect(grad(x)).toEqual([1, 1]);
  });

  it("tensors of size zero", () => {
    const x = tensor([], [0, 3], { requiresGrad: true });
    x.mul(2).sum(0).sum().backward();
    expect([x.grad?.shape, x.grad?.numel()]).toEqual([[0, 3], 0]);
    const y = leaf(1, 2);
    cat([y.narrow(0, 0, 0), y.mul(2)])
      .sum()
      .backward();
    expect(grad(y)).toEqual([2, 2]);
  });
});

describe("noGrad", () => {
  it("nests, comes back after exceptions, and returns what its body returns", () => {
    const x = leaf(1);
    expect(isGradEnabled()).toBe(true);
    const inside = noGrad(() => {
      noGrad(() => x);
      return [isGradEnabled(), x.mul(2).requiresGrad];
    });
    expect(inside).toEqual([false, false]);
    expect(() =>
      noGrad(() => {
        throw new RangeError("mine");
      }),
    ).toThrow(new RangeError("mine"));
    expect([isGradEnabled(), x.mul(2).requiresGrad]).toEqual([true, true]);
  });

  it("refuses a promise and what is no function", () => {
    expect(() => noGrad(async () => 1)).toThrow(
      "noGrad() expected a synchronous function, got one that returns a Promise",
    );
    expect(() => noGrad(1 as never)).toThrow("noGrad() expected a function, got: number");
    expect(isGradEnabled()).toBe(true);
  });
});

describe("detach", () => {
  it("stops gradients and shares memory", () => {
    const x = leaf(1, 2);
    const d = x.mul(3).detach();
    expect([d.requiresGrad, d.isLeaf]).toEqual([false, true]);
    x.mul(d).sum().backward();
    expect(grad(x)).toEqual([3, 6]);
    x.detach().fill_(7);
    expect(x.toNested()).toEqual([7, 7]);
  });

  it("writing through it is noticed by what saved the memory", () => {
    const x = leaf(1, 2);
    const y = x.mul(x).sum();
    x.detach().add_(1);
    expect(() => y.backward()).toThrow("is at version 1; expected version 0 instead");
  });
});

describe("memory that is written after it was seen", () => {
  it("what backward does not read may be overwritten, as in PyTorch", () => {
    const x = leaf(1, 2);
    const c = tensor([2, 4], null, { dtype: "float64" });
    const y = x.mul(5).div(c).add(1);
    noGrad(() => x.add_(100));
    y.add_(1).sum().backward();
    expect(grad(x)).toEqual([5 / 2, 5 / 4]);
    const z = leaf(2).div(4);
    z.mul_(3);
    expect(() => z.sum().backward()).not.toThrow();
  });

  it("what backward reads may not: base and exponent, divisor and result", () => {
    const text = "one of the variables needed for gradient computation has been modified by an inplace operation";
    const spoiled = (make: (x: Tensor, c: Tensor) => Tensor) => () => {
      const x = leaf(1, 2);
      const c = tensor([3, 4], null, { dtype: "float64" });
      const y = make(x, c);
      noGrad(() => c.add_(1));
      y.sum().backward();
    };
    expect(spoiled((x, c) => x.mul(c))).toThrow(text);
    expect(spoiled((x, c) => x.div(c))).toThrow(text);
    expect(spoiled((x, c) => c.div(x))).not.toThrow();
    expect(spoiled((x, c) => x.pow(c))).toThrow(text);
    expect(spoiled((x, c) => x.matmul(c))).toThrow(text);
    expect(spoiled((x, c) => x.add(c))).not.toThrow();
  });

  it("a view of a computed tensor is refused once the tensor was written in place", () => {
    const y = leaf(1, 2, 3).mul(2);
    const view = y.narrow(0, 0, 2);
    y.add_(1);
    expect(() => view.mul(2)).toThrow("shares its memory with others was modified by an inplace operation");
    y.narrow(0, 0, 2).mul(2).sum().backward();
  });

  it("a view of a computed tensor cannot be written in place: its history would be lost", () => {
    const y = leaf(1, 2, 3).mul(2);
    expect(() => y.narrow(0, 0, 1).fill_(0)).toThrow("which is not supported: use cat, stack or where instead");
    const buffer = zeros([2], { dtype: "float64" });
    expect(() => buffer.narrow(0, 0, 1).copy_(y.narrow(0, 0, 1))).toThrow("which is not supported");
    expect(noGrad(() => y.narrow(0, 0, 1).fill_(0)).toNested()).toEqual([0]);
    expect(y.toNested()).toEqual([0, 4, 6]);
  });
});
