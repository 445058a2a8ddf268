import { describe, expect, it } from "vitest";
import { tensor, zeros } from "../../src/tensor/create.js";

const x = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);

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

it("toNested goes as deep as the shape", () => {
  let level = zeros(Array<number>(20_000).fill(1)).toNested();
  let depth = 0;
  for (; Array.isArray(level); level = level[0]) depth++;
  expect([depth, level]).toEqual([20_000, 0]);
  expect(zeros([2, 0, 3]).toNested()).toEqual([[], []]);
  expect(zeros([0, 2]).toNested()).toEqual([]);
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
