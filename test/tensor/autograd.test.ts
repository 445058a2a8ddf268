import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { setWarningHandler } from "../../src/base/errors.js";
import { js } from "../../src/device/js/index.js";
import { nn } from "../../src/index.js";
import { isGradEnabled, noGrad } from "../../src/tensor/autograd.js";
import { cat } from "../../src/tensor/combine.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { device } from "../../src/tensor/kernels.js";
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

  it("leaves each leaf a gradient that nothing else lies in", () => {
    const [x, y, d] = [leaf(1, 2), leaf(3, 4), tensor([1, 1], null, { dtype: "float64" })];
    x.add(y.reshape([2])).backward(d);
    x.grad?.fill_(7);
    expect([grad(y), d.toNested()]).toEqual([
      [1, 1],
      [1, 1],
    ]);
    const w = leaf(3, 4);
    const z = w.exp();
    z.backward(d, { retainGraph: true });
    w.grad?.fill_(0);
    z.backward(d);
    expect(grad(w), "what was saved is as it was").toEqual(z.toNested());
  });

  it("gives layers the same gradients each time it runs again", () => {
    for (const dtype of ["float32", "float64"] as const) {
      const layer = new nn.LSTM(3, 4, { dtype, bidirectional: true });
      const loss = layer.forward(tensor([[[1, -2, 3]]], null, { dtype }))[0].sum();
      loss.backward(null, { retainGraph: true });
      const once = layer.parameters().map((parameter) => parameter.grad?.mul(2).toNested());
      loss.backward();
      expect(layer.parameters().map(grad)).toEqual(once);
    }
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

describe("gradients of parts", () => {
  const index = (...data: number[]) => tensor(data, null, { dtype: "int32" });
  const ways: [string, (x: Tensor, t: number) => Tensor][] = [
    ["at", (x, t) => x.at(t)],
    ["select", (x, t) => x.select(0, t)],
    ["narrow", (x, t) => x.narrow(0, t, 1)],
    ["slice", (x, t) => x.slice(0, t, t + 1)],
    ["indexSelect", (x, t) => x.indexSelect(0, index(t))],
    ["gather", (x, t) => x.gather(0, index(t, t).reshape([1, 2]))],
    ["split", (x, t) => x.split([t, 1, x.size(0) - t - 1])[1]],
    ["embedding", (x, t) => nn.functional.embedding(index(t), x)],
  ];

  /** How many elements are written while gradients of `T` parts come together. */
  function work(T: number, pick: (x: Tensor, t: number) => Tensor, inLeaf: boolean): number {
    const x = zeros([T, 2], { requiresGrad: true });
    const source = inLeaf ? x : x.mul(2);
    let loss: Tensor = pick(source, 0).sum();
    for (let t = 1; t < T; t++)
      loss = loss.add(
        pick(source, t)
          .mul(t + 1)
          .sum(),
      );
    let written = 0;
    const spies = (["accumulate", "copy", "scatterAdd", "scatterAddRows", "binary"] as const).map((kernel) =>
      vi.spyOn(device(), kernel).mockImplementation(((...args: never[]) => {
        const result = (js[kernel] as (...args: never[]) => unknown)(...args);
        // What is added or written: an argument, or what comes out.
        const sizes = {
          accumulate: args[0],
          copy: args[1],
          scatterAdd: args[3],
          scatterAddRows: args[2],
          binary: result,
        };
        written += (sizes[kernel] as { numel: number }).numel;
        return result;
      }) as never),
    );
    loss.backward();
    for (const spy of spies) spy.mockRestore();
    const factor = inLeaf ? 1 : 2;
    expect(x.grad?.toNested()).toEqual(Array.from({ length: T }, (_, t) => [factor * (t + 1), factor * (t + 1)]));
    return written;
  }

  it.each(ways)("a loop over %s is linear in its length", (_, pick) => {
    for (const inLeaf of [false, true]) {
      const [once, twice] = [work(100, pick, inLeaf), work(200, pick, inLeaf)];
      expect(twice).toBeLessThan(2.1 * once);
    }
  });

  it("a loop that writes the parts of a buffer, and reads them, is linear in its length", () => {
    const write = (T: number) => {
      const out = zeros([T, 2]);
      return (x: Tensor, t: number) => {
        out.select(0, t).copy_(x.select(0, t));
        return t < T - 1
          ? out.select(0, t)
          : out.sum(1).mul(tensor(Array.from({ length: T }, (_, i) => (i < T - 1 ? 0 : 1))));
      };
    };
    const [once, twice] = [work(100, write(100), false), work(200, write(200), false)];
    expect(twice).toBeLessThan(2.1 * once);
  });

  it("do not write into a gradient that is another's as well", () => {
    for (const early of [true, false]) {
      const [x, y] = [leaf(1, 2), leaf(3, 4)];
      const [a, b] = [x.mul(2), y.mul(3)];
      const first = early ? a.at(0) : null;
      const sum = a.add(b); // one gradient for both
      const part = first ?? a.at(0);
      const d = tensor([1, 10], null, { dtype: "float64" });
      cat([sum.mul(d), part.mul(100).reshape([1])])
        .sum()
        .backward();
      expect([grad(x), grad(y), d.toNested()]).toEqual([
        [202, 20],
        [3, 30],
        [1, 10],
      ]);
    }
  });

  it("nor into the gradient that backward was given", () => {
    const x = leaf(1, 2);
    const a = x.mul(2);
    const d = tensor([1, 1], null, { dtype: "float64" });
    const old = a.at(0);
    const both = a.add(0);
    both.backward(d, { retainGraph: true });
    old.backward(null, { retainGraph: true });
    both.backward(d);
    expect([grad(x), d.toNested()]).toEqual([
      [6, 4],
      [1, 1],
    ]);
  });

  it("add up over several outputs of one node, and over two walks", () => {
    const x = leaf(1, 2, 3, 4);
    const [a, b] = x.mul(2).split(2);
    const y = a.at(1).add(b.at(0)).add(b.sum()).add(a.sum());
    y.backward(null, { retainGraph: true });
    expect(grad(x)).toEqual([2, 4, 4, 2]);
    y.backward();
    expect(grad(x)).toEqual([4, 8, 8, 4]);
  });

  it("stay in the memory of a leaf's gradient, however it lies", () => {
    const x = leaf(1, 2, 3, 4).detach().reshape([2, 2]).requiresGrad_();
    const kept = tensor([10, 20, 30, 40], [2, 2], { dtype: "float64" });
    x.grad = kept.t();
    x.at(0).sum().backward();
    x.gather(1, index(1, 0).reshape([2, 1]))
      .sum()
      .backward();
    expect([grad(x), kept.toNested()]).toEqual([
      [
        [11, 32],
        [21, 40],
      ],
      [
        [11, 21],
        [32, 40],
      ],
    ]);
  });
});

describe("retainGrad", () => {
  const heard: string[] = [];
  let before: (text: string) => void;
  beforeEach(() => {
    heard.length = 0;
    before = setWarningHandler((text) => heard.push(text));
  });
  afterEach(() => {
    setWarningHandler(before);
  });

  it("leaves a gradient with what was computed; without it grad is null and reading it warns", () => {
    const x = leaf(1, 2);
    const [y, z] = [x.mul(2), x.mul(2)];
    y.retainGrad();
    y.retainGrad();
    expect([y.retainsGrad, z.retainsGrad, x.retainsGrad]).toEqual([true, false, false]);
    y.add(z).mul(3).sum().backward();
    expect([grad(y), y.grad === null, heard]).toEqual([[3, 3], false, []]);
    expect(z.grad).toBeNull();
    expect(heard).toEqual([
      "elman: The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be populated during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor by mistake, make sure you access the leaf Tensor instead. See github.com/pytorch/pytorch/pull/30531 for more information.",
    ]);
  });

  it("adds up, each time in memory of its own, as PyTorch does", () => {
    const y = leaf(1, 2).mul(2);
    y.retainGrad();
    const loss = y.mul(3).sum();
    loss.backward(null, { retainGraph: true });
    const first = y.grad;
    loss.backward(null, { retainGraph: true });
    expect([grad(y), first?.toNested()]).toEqual([
      [6, 6],
      [3, 3],
    ]);
    y.grad = tensor([5, 5]);
    y.add(0).sum().backward();
    expect(grad(y)).toEqual([6, 6]);
  });

  it("follows a tensor that is written in place, and takes the root's own", () => {
    const x = leaf(1, 2);
    const a = x.mul(2);
    a.retainGrad();
    a.add_(1);
    expect(a.retainsGrad).toBe(true);
    a.mul(5).sum().backward();
    expect([grad(a), grad(x)]).toEqual([
      [5, 5],
      [10, 10],
    ]);
    const root = x.sum();
    root.retainGrad();
    root.backward();
    expect(root.grad?.item()).toBe(1);
  });

  it("changes nothing for a leaf, and is refused where no gradient is wanted", () => {
    const x = leaf(1);
    x.retainGrad();
    x.mul(2).backward();
    expect([x.retainsGrad, grad(x)]).toEqual([false, [2]]);
    const text = "can't retain_grad on Tensor that has requires_grad=False";
    expect(() => zeros([1]).retainGrad()).toThrow(text);
    expect(() => noGrad(() => x.mul(2)).retainGrad()).toThrow(text);
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

  it("a view of a computed tensor sees what the tensor became", () => {
    const x = leaf(1, 2, 3);
    const y = x.mul(2);
    const view = y.narrow(0, 0, 2);
    y.mul_(5);
    view.mul(2).sum().backward();
    expect([view.toNested(), grad(x)]).toEqual([
      [10, 20],
      [20, 20, 0],
    ]);
  });

  it("a view that was made without grad is not written into under grad: its tensor would not know", () => {
    const y = leaf(1, 2, 3).mul(2);
    const view = noGrad(() => y.narrow(0, 0, 2));
    expect(() => view.fill_(0)).toThrow("A view was created in no_grad mode and is being modified inplace");
    expect(() => view.at(0).fill_(0)).toThrow("is a view of a view which was created in no_grad mode and is being mod");
    expect([view.requiresGrad, view.isLeaf, view.mul(2).requiresGrad]).toEqual([true, true, true]);
    expect(() => view.backward(view)).toThrow("does not require grad and does not have a grad_fn");
    expect(noGrad(() => y.narrow(0, 0, 1).fill_(0)).toNested()).toEqual([0]);
    expect(y.toNested()).toEqual([0, 4, 6]);
  });

  it("a write is walked back once, and again with retainGraph", () => {
    const x = leaf(1, 2);
    const buffer = zeros([2], { dtype: "float64" });
    buffer.at(0).copy_(x.at(1));
    const loss = buffer.sum();
    loss.backward(null, { retainGraph: true });
    loss.backward();
    expect(grad(x)).toEqual([0, 2]);
    expect(() => loss.backward()).toThrow("Trying to backward through the graph a second time");
  });

  it("takes a gradient out of no memory that is another's as well", () => {
    const x = leaf(1, 2, 3);
    const y = x.mul(2);
    y.at(1).fill_(7);
    const z = y.add(x); // one gradient for both
    const d = tensor([1, 10, 100], null, { dtype: "float64" });
    z.backward(d);
    expect([grad(x), d.toNested()]).toEqual([
      [3, 10, 300],
      [1, 10, 100],
    ]);
  });

  it("float32 into float64 and back, and a result of a wider dtype", () => {
    const x = tensor([1, 2], null, { requiresGrad: true });
    const buffer = zeros([4], { dtype: "float64" });
    buffer.narrow(0, 1, 2).copy_(x.mul(3));
    const single = zeros([2]);
    single.narrow(0, 0, 1).add_(leaf(5));
    single.narrow(0, 1, 1).copy_(buffer.narrow(0, 2, 1));
    single.sum().backward();
    expect([single.toNested(), x.grad?.dtype, grad(x)]).toEqual([[5, 6], "float32", [0, 3]]);
  });

  it("whole numbers have no history", () => {
    const counts = zeros([2], { dtype: "int32" });
    counts.at(0).copy_(leaf(4).at(0));
    expect([counts.toNested(), counts.requiresGrad]).toEqual([[4, 0], false]);
  });
});
