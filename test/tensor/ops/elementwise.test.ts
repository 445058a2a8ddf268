import { describe, expect, it, vi } from "vitest";
import { where } from "../../../src/tensor/combine.js";
import { tensor } from "../../../src/tensor/create.js";
import { device } from "../../../src/tensor/kernels.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { gradcheck } from "../../support/gradcheck.js";
import { source } from "../../support/random.js";
import { expectClose, float64 } from "../../support/tolerance.js";

const draw = source(1);
/** Away from 0, where roots and logarithms end and absolute values bend. */
const positive = (shape: number[]): Tensor => draw(shape).abs().add(0.3);
const mask = tensor([[true], [false]]);

const unary: [string, (x: Tensor) => Tensor, (shape: number[]) => Tensor][] = [
  ["neg", (x) => x.neg(), draw],
  ["exp", (x) => x.exp(), draw],
  ["log", (x) => x.log(), positive],
  ["sqrt", (x) => x.sqrt(), positive],
  ["abs", (x) => x.abs(), positive],
  ["abs of negatives", (x) => x.neg().abs(), positive],
  ["tanh", (x) => x.tanh(), draw],
  ["sigmoid", (x) => x.sigmoid(), draw],
  ["relu", (x) => x.relu(), draw],
  ["clamp", (x) => x.clamp(-0.5, 0.5), draw],
  ["clamp from below", (x) => x.clamp(-0.1), draw],
  ["clamp from above", (x) => x.clamp(null, 0.1), draw],
  ["pow 2", (x) => x.pow(2), draw],
  ["pow 0.5", (x) => x.pow(0.5), positive],
  ["pow −1", (x) => x.pow(-1), positive],
  ["add a number", (x) => x.add(2), draw],
  ["sub a number", (x) => x.sub(2), draw],
  ["mul by a number", (x) => x.mul(-3), draw],
  ["div by a number", (x) => x.div(4), draw],
  ["maskedFill", (x) => x.maskedFill(mask, 7), draw],
  ["to float32 and back", (x) => x.to("float64").clone(), draw],
];

const binary: [string, (a: Tensor, b: Tensor) => Tensor, (shape: number[]) => Tensor][] = [
  ["add", (a, b) => a.add(b), draw],
  ["sub", (a, b) => a.sub(b), draw],
  ["mul", (a, b) => a.mul(b), draw],
  ["div", (a, b) => a.div(b), positive],
  ["pow", (a, b) => a.pow(b), positive],
  ["where", (a, b) => where(mask, a, b), draw],
];

describe("one operand", () => {
  it.each(unary)("%s: the gradient is the central difference", (_, fn, make) => {
    gradcheck(fn, [make([2, 3])]);
  });

  it.each(unary)("%s of a transposed view", (_, fn, make) => {
    gradcheck((x) => fn(x.t()), [make([3, 2])]);
  });
});

describe("two operands", () => {
  const shapes: [number[], number[]][] = [
    [
      [2, 3],
      [2, 3],
    ],
    [[2, 3], [3]],
    [
      [2, 1],
      [1, 3],
    ],
    [[], [2, 3]],
    [
      [2, 2, 3],
      [2, 1],
    ],
  ];
  for (const [name, fn, make] of binary) {
    it.each(shapes)(`${name} of %j and %j`, (a, b) => {
      gradcheck(fn, [make(a), make(b)]);
    });
  }

  it.each(binary)("%s of one tensor with its own transpose", (_, fn, make) => {
    gradcheck((x) => fn(x, x.t()), [make([2, 2])]);
  });
});

describe("at the edges, as in PyTorch", () => {
  const gradient = (fn: (x: Tensor) => Tensor, data: number[]): ArrayLike<number> => {
    const x = tensor(data, null, { dtype: "float64", requiresGrad: true });
    fn(x).sum().backward();
    return x.grad?.toArray() ?? expect.fail("no gradient");
  };

  it("abs, relu and clamp where they bend", () => {
    expectClose(
      gradient((x) => x.abs(), [0, -0, NaN]),
      [0, 0, 0],
      float64,
    );
    expectClose(
      gradient((x) => x.relu(), [0, -1, 1, NaN]),
      [0, 0, 1, 1],
      float64,
    );
    expectClose(
      gradient((x) => x.clamp(-1, 1), [-1, 1, -2, 2, NaN]),
      [1, 1, 0, 0, 0],
      float64,
    );
  });

  it("pow at 0", () => {
    expectClose(
      gradient((x) => x.pow(0), [0, 2]),
      [0, 0],
      float64,
    );
    expectClose(
      gradient((x) => x.pow(2), [0, -3]),
      [0, -6],
      float64,
    );
    expectClose(
      gradient((x) => tensor([0, 2]).to("float64").pow(x), [2, 3]),
      [0, 8 * Math.LN2],
      float64,
    );
  });

  it("a gradient comes back in the dtype of its operand", () => {
    const x = tensor([1, 2], null, { requiresGrad: true });
    x.to("float64")
      .mul(tensor([0.1, 0.2], null, { dtype: "float64" }))
      .sum()
      .backward();
    expect(x.grad?.dtype).toBe("float32");
    expect(x.grad?.toArray()).toEqual(Float32Array.of(0.1, 0.2));
  });
});

describe("written in place on what is no leaf", () => {
  const cases: [string, (y: Tensor, other: Tensor) => Tensor][] = [
    ["add_", (y, other) => y.add_(other)],
    ["add_ a number", (y) => y.add_(2)],
    ["mul_", (y, other) => y.mul_(other)],
    ["mul_ a number", (y) => y.mul_(-2)],
    ["copy_", (y, other) => y.copy_(other)],
    ["copy_ of itself", (y) => y.copy_(y.tanh())],
  ];
  it.each(cases)("%s", (_, write) => {
    gradcheck((x, other) => write(x.mul(3), other).tanh().add(other), [draw([2, 3]), draw([3])]);
  });

  it("fill_ and zero_ stop the gradient", () => {
    gradcheck((x) => [x.mul(3).fill_(2).mul(x), x.mul(2).zero_().add(x)], [draw([2, 3])]);
  });

  it("a tensor that wanted no gradient takes on the past of what is written into it", () => {
    gradcheck((x) => tensor([0, 0, 0], null, { dtype: "float64" }).copy_(x).mul(x), [draw([3])]);
    gradcheck((x) => tensor([1, 2, 3], null, { dtype: "float64" }).add_(x).mul_(x), [draw([3])]);
  });
});

it("a product computes the gradients that are wanted, and no other", () => {
  const binary = vi.spyOn(device(), "binary");
  try {
    const y = draw([2])
      .requiresGrad_()
      .mul(draw([2]))
      .sum();
    binary.mockClear();
    y.backward();
    expect(binary).toHaveBeenCalledTimes(1);
  } finally {
    binary.mockRestore();
  }
});
