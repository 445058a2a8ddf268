import { describe, expect, it } from "vitest";
import * as shapes from "../../src/base/shape.js";

const { freshView } = shapes;

it("numel and rowMajor", () => {
  expect([[], [3], [2, 3], [2, 0, 3]].map(shapes.numel)).toEqual([1, 3, 6, 0]);
  expect([[], [3], [2, 3, 4], [2, 0, 3]].map(shapes.rowMajor)).toEqual([[], [1], [12, 4, 1], [3, 3, 1]]);
});

it("isRowMajor ignores sizes of 0 and 1", () => {
  const view = (shape: number[], strides: number[]) => shapes.isRowMajor({ shape, strides, offset: 5 });
  expect(view([2, 3], [3, 1])).toBe(true);
  expect(view([2, 3], [1, 2])).toBe(false);
  expect(view([2, 3], [6, 2])).toBe(false);
  expect(view([3, 3], [0, 1])).toBe(false);
  expect(view([2, 1, 3], [3, 77, 1])).toBe(true);
  expect(view([0, 3], [7, 7])).toBe(true);
  expect(view([], [])).toBe(true);
});

it("texts", () => {
  expect([shapes.listText([2, 3]), shapes.listText([])]).toEqual(["[2, 3]", "[]"]);
  expect([[], [2], [2, 3]].map(shapes.tupleText)).toEqual(["()", "(2,)", "(2, 3)"]);
  expect([shapes.sameShape([2, 3], [2, 3]), shapes.sameShape([2], [2, 1]), shapes.sameShape([2], [3])]).toEqual([
    true,
    false,
    false,
  ]);
});

it("checkShape takes arrays of whole numbers that are not negative", () => {
  expect(() => shapes.checkShape("f()", [0, 3])).not.toThrow();
  for (const bad of [3, null, undefined, "23", [1.5], [NaN], ["2"], [2 ** 60], { length: 1 }]) {
    expect(() => shapes.checkShape("f()", bad as number[])).toThrow("f() expected a shape such as [2, 3], got: ");
  }
  expect(() => shapes.checkShape("f()", [2, -1])).toThrow(
    "Trying to create tensor with negative dimension -1: [2, -1]",
  );
});

it("dimension counts from the back and refuses what is outside", () => {
  expect([0, 1, -1, -2].map((dim) => shapes.dimension(dim, 2))).toEqual([0, 1, 1, 0]);
  expect([0, -1].map((dim) => shapes.dimension(dim, 0))).toEqual([0, 0]);
  for (const dim of [2, -3, 0.5, NaN, Infinity, "0", null, undefined]) {
    expect(() => shapes.dimension(dim as number, 2)).toThrow(
      `Dimension out of range (expected to be in range of [-2, 1], but got ${dim})`,
    );
  }
});

it("broadcast aligns from the back and stretches sizes of 1", () => {
  expect(shapes.broadcast([2, 1, 3], [4, 1])).toEqual([2, 4, 3]);
  expect(shapes.broadcast([], [2])).toEqual([2]);
  expect(shapes.broadcast([0], [1])).toEqual([0]);
  expect(() => shapes.broadcast([2, 3], [2])).toThrow(
    "The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1",
  );
});

describe("views", () => {
  const base = freshView([2, 3, 4]);

  it("expandView gives stretched sizes a stride of 0", () => {
    const view = shapes.expandView({ shape: [3, 1], strides: [1, 1], offset: 7 }, [2, -1, 4]);
    expect(view).toEqual({ shape: [2, 3, 4], strides: [0, 1, 0], offset: 7 });
    const ones = { shape: [1, 1], strides: [5, 7], offset: 0 };
    expect(shapes.expandView(ones, [1, 3]).strides, "what is not stretched keeps its stride").toEqual([5, 0]);
    expect(() => shapes.expandView(base, [3, 4])).toThrow("must be greater or equal to the number of dimensions");
    expect(() => shapes.expandView(base, [2, 5, 4])).toThrow("at non-singleton dimension 1.  Target sizes: [2, 5, 4]");
    expect(() => shapes.expandView(freshView([1]), [NaN])).toThrow("expand() expected a shape such as [2, 3]");
    expect(() => shapes.expandView(freshView([1]), [-1, 1])).toThrow(
      "isn't allowed in a leading, non-existing dimension 0",
    );
  });

  it("permuteView, narrowView, selectView, squeezeView, unsqueezeView", () => {
    expect(shapes.permuteView(base, [2, 0, -2])).toEqual({ shape: [4, 2, 3], strides: [1, 12, 4], offset: 0 });
    expect(shapes.narrowView(base, 1, 1, 2)).toEqual({ shape: [2, 2, 4], strides: [12, 4, 1], offset: 4 });
    expect(shapes.narrowView(base, 2, 1, 2, 2)).toEqual({ shape: [2, 3, 2], strides: [12, 4, 2], offset: 1 });
    expect(shapes.selectView(base, 1, 2)).toEqual({ shape: [2, 4], strides: [12, 1], offset: 8 });
    const ones = { shape: [1, 3, 1], strides: [9, 2, 5], offset: 3 };
    expect(shapes.squeezeView(ones, [0])).toEqual({ shape: [3, 1], strides: [2, 5], offset: 3 });
    expect(shapes.squeezeView(ones, [0, 2])).toEqual({ shape: [3], strides: [2], offset: 3 });
    expect(shapes.unsqueezeView(base, 1)).toEqual({ shape: [2, 1, 3, 4], strides: [12, 12, 4, 1], offset: 0 });
    expect(shapes.unsqueezeView(base, 3)).toEqual({ shape: [2, 3, 4, 1], strides: [12, 4, 1, 1], offset: 0 });
  });

  it("inferShape fills in the one −1", () => {
    expect(shapes.inferShape([2, -1], 6)).toEqual([2, 3]);
    expect(shapes.inferShape([-1, 3], 0)).toEqual([0, 3]);
    expect(shapes.inferShape([], 1)).toEqual([]);
    for (const bad of [[4], [-1, -1], [5, -1], [-2, 3], [1.5, 4], [NaN]]) {
      expect(() => shapes.inferShape(bad, 6)).toThrow(
        /is invalid for input|only one dimension|invalid shape dimension/,
      );
    }
  });

  it("memoryOrder names the dimensions from the farthest neighbours to the nearest", () => {
    expect(shapes.memoryOrder(base)).toEqual([0, 1, 2]);
    expect(shapes.memoryOrder(shapes.permuteView(base, [2, 0, 1]))).toEqual([1, 2, 0]);
    expect(shapes.memoryOrder(freshView([]))).toEqual([]);
    expect(shapes.memoryOrder({ shape: [2, 3, 4], strides: [1, 0, 2], offset: 0 })).toEqual([2, 1, 0]);
  });

  it("reshapeView finds a view where memory allows one", () => {
    const turned = shapes.permuteView(base, [2, 0, 1]);
    expect(shapes.reshapeView(turned, [4, 6])).toEqual({ shape: [4, 6], strides: [1, 4], offset: 0 });
    expect(shapes.reshapeView(turned, [2, 2, 2, 3])).toEqual({
      shape: [2, 2, 2, 3],
      strides: [2, 1, 12, 4],
      offset: 0,
    });
    expect(shapes.reshapeView(turned, [8, 3])).toBeNull();
    expect(shapes.reshapeView(turned, [24])).toBeNull();
    expect(shapes.reshapeView(freshView([]), [1, 1])?.strides).toEqual([1, 1]);
    expect(shapes.reshapeView({ shape: [0, 3], strides: [1, 5], offset: 2 }, [3, 0])).toEqual({
      shape: [3, 0],
      strides: [1, 1],
      offset: 2,
    });
    const slices = shapes.narrowView(base, 1, 0, 2);
    expect(shapes.reshapeView(slices, [2, 8])?.strides).toEqual([12, 1]);
    expect(shapes.reshapeView(slices, [16])).toBeNull();
  });
});

it("inverse undoes an order", () => {
  const order = Int32Array.of(2, 0, 3, 1);
  expect(shapes.inverse(order)).toEqual([1, 3, 0, 2]);
  expect(shapes.inverse(order).map((place) => order[place])).toEqual([0, 1, 2, 3]);
});
