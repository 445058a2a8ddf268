import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { tensor, zeros } from "../../src/tensor/create.js";

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

it("toArray copies in row-major order", () => {
  expect(x.t().toArray()).toEqual(Float32Array.of(1, 4, 2, 5, 3, 6));
  const array = x.toArray();
  array[0] = 99;
  expect(x.at(0, 0).item()).toBe(1);
  expect(tensor([true, false]).toArray()).toEqual(Uint8Array.of(1, 0));
  expect(tensor([2], null, { dtype: "int32" }).toArray()).toEqual(Int32Array.of(2));
});

it("data gives the same by way of a promise", async () => {
  expect(await x.t().data()).toEqual(x.t().toArray());
});

it("toNested", () => {
  expect(x.t().toNested()).toEqual([
    [1, 4],
    [2, 5],
    [3, 6],
  ]);
  expect([tensor(2).toNested(), tensor([true]).toNested(), zeros([2, 0]).toNested()]).toEqual([2, [true], [[], []]]);
});

it("item is the one element", () => {
  expect([tensor([[7]]).item(), tensor([true]).item(), tensor(0.5).item()]).toEqual([7, 1, 0.5]);
  expect(() => zeros([0]).item()).toThrow("a Tensor with 0 elements cannot be converted to Scalar");
});

describe("copyTo", () => {
  it("fills an array of the user's and returns it", () => {
    const out = new Float64Array(6);
    expect(x.t().copyTo(out)).toBe(out);
    expect([...out]).toEqual([1, 4, 2, 5, 3, 6]);
    expect(tensor([true, false]).copyTo(new Uint8Array(2))).toEqual(Uint8Array.of(1, 0));
    expect(tensor([3], null, { dtype: "int32" }).copyTo(new Float32Array(1))).toEqual(Float32Array.of(3));
  });

  it("refuses a wrong length and arrays that cannot hold the numbers", () => {
    expect(() => x.copyTo(new Float32Array(5))).toThrow("copyTo() expected an array of 6 elements, got: 5");
    for (const out of [new Int32Array(6), new Uint8Array(6), [0, 0, 0, 0, 0, 0], null]) {
      expect(() => x.copyTo(out as never)).toThrow("copyTo() expected an array that can hold float32, got: ");
    }
    expect(() => tensor([300], null, { dtype: "int32" }).copyTo(new Uint8Array(1))).toThrow("can hold int32");
  });
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

it("prints with String and in Node's console", () => {
  expect([String(x), inspect(x)]).toEqual(Array(2).fill("tensor([[1., 2., 3.],\n        [4., 5., 6.]])"));
});
