import { describe, expect, it, vi } from "vitest";
import { tensor } from "../../../src/tensor/create.js";
import { device } from "../../../src/tensor/kernels.js";
import { gradcheck } from "../../support/gradcheck.js";
import { source } from "../../support/random.js";

const draw = source(5);

const shapes: [number[], number[]][] = [
  [[3], [3]],
  [[2, 3], [3]],
  [[3], [3, 2]],
  [
    [2, 3],
    [3, 4],
  ],
  [
    [2, 2, 3],
    [3, 2],
  ],
  [[2, 2, 3], [3]],
  [[3], [2, 3, 2]],
  [
    [2, 3],
    [2, 3, 2],
  ],
  [
    [2, 2, 3],
    [2, 3, 2],
  ],
  [
    [1, 2, 3],
    [4, 3, 1],
  ],
  [
    [2, 1, 2, 2],
    [3, 2, 2],
  ],
  [
    [0, 2],
    [2, 3],
  ],
];

describe("matmul", () => {
  it.each(shapes)("%j by %j: both gradients", (a, b) => {
    gradcheck((x, y) => x.matmul(y), [draw(a), draw(b)]);
  });

  it("of transposed and sliced views", () => {
    gradcheck((x, y) => x.t().matmul(y.slice(0, 0, null, 2)), [draw([2, 3]), draw([4, 3])]);
    gradcheck((x, y) => x.permute([1, 2, 0]).matmul(y.transpose(0, 1)), [draw([2, 3, 2]), draw([3, 2])]);
  });

  it("of a matrix with itself", () => {
    gradcheck((x) => x.matmul(x), [draw([3, 3])]);
  });

  it("over an inner size of 0 is zeros", () => {
    expect(
      tensor([], [2, 0])
        .matmul(tensor([], [0, 2]))
        .toNested(),
    ).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  it("keeps only what its gradients read", () => {
    const w = tensor(
      [
        [1, 2],
        [3, 4],
      ],
      null,
      { requiresGrad: true },
    );
    const x = tensor([[1, 1]]);
    const constant = tensor([
      [1, 0],
      [0, 1],
    ]);
    const y = x.matmul(w).matmul(constant).sum();
    w.detach().add_(1);
    y.backward();
    expect(w.grad?.toNested()).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });
});

it("one matrix on the right is never copied for every row on the left", () => {
  const gemm = vi.spyOn(device(), "gemm");
  try {
    const [a, b] = [draw([5, 2, 3]), draw([3, 4])].map((x) => x.detach().requiresGrad_());
    a.matmul(b).sum().backward();
    expect(gemm.mock.calls.map(([, , out]) => out.shape)).toEqual([
      [10, 4],
      [10, 3],
      [3, 4],
    ]);
  } finally {
    gemm.mockRestore();
  }
});
