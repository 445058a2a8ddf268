import { describe, expect, it } from "vitest";
import { arange, tensor, zeros } from "../../src/tensor/create.js";
import { refuses } from "../support/refuses.js";

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

describe("refused in one sentence", () => {
  refuses([
    [() => cube.to("int64" as never), "to() expected a dtype, one of float32, float64, int32, bool, got: int64"],
    [() => cube.reshape(24 as never), "reshape() expected a shape such as [2, -1], got: number"],
    [() => cube.reshape([NaN]), "invalid shape dimension NaN"],
    [() => cube.reshape([4.8, 5]), "invalid shape dimension 4.8"],
    [() => cube.expand(null as never), "expand() expected a shape such as [2, -1], got: null"],
    [() => zeros([1]).expand([1.5]), "expand() expected a shape"],
    [() => zeros([1]).expand([-2]), "Trying to create tensor with negative dimension -2: [-2]"],
    [() => cube.permute(0 as never), "permute() expected an array of numbers, got: number"],
    [() => cube.permute([0, 1, NaN]), "Dimension out of range"],
    [() => cube.transpose(0, 0.5), "Dimension out of range"],
    [() => cube.flatten("a" as never), "Dimension out of range"],
    [() => cube.squeeze(NaN), "Dimension out of range"],
    [() => cube.unsqueeze(0.5), "Dimension out of range"],
    [() => cube.flip(null as never), "flip() expected a number or an array of numbers, got: null"],
    [() => cube.flip([0, 0]), "dim 0 appears multiple times in the list of dims"],
    [() => cube.select(0, 0.5), "select(): index 0.5 out of range"],
    [() => cube.at(NaN), "index NaN is out of bounds for dimension 0 with size 2"],
    [() => cube.at(0, "1" as never), "at() expected numbers, got: string; slice() takes ranges, indexSelect() lists"],
    [
      () => cube.select(0, {} as never),
      "select(): index Object out of range for tensor of size [2, 3, 4] at dimension 0",
    ],
    [() => cube.sum([Symbol("s") as never]), "but got Symbol(s))"],
    [() => cube.narrow(0, NaN, 1), "start out of range"],
    [() => cube.narrow(0, 0, 0.5), "narrow(): length must be non-negative."],
    [() => cube.slice(0, 0.5), "slice() expected whole numbers as bounds, got: 0.5"],
    [() => cube.slice(0, 0, 2, NaN), "slice() expected a whole number as step, got: NaN"],
    [() => cube.slice(0, 0, 2, 0), "slice step cannot be zero"],
    [() => cube.indexSelect(0, [0] as never), "index_select() expected a Tensor as index, got: Array"],
    [() => cube.gather(0, null as never), "gather() expected a Tensor as index, got: null"],
    [() => cube.unbind(3), "Dimension out of range"],
    [() => cube.split(null as never), "split() expected a number or an array of numbers, got: null"],
    [() => cube.split(1.5), "split expects split_size be non-negative, but got split_size=1.5"],
    [() => cube.split([1, NaN]), "split_with_sizes expects split_sizes have only non-negative entries"],
    [() => cube.chunk(1.5), "chunk expects `chunks` to be greater than 0, got: 1.5"],
  ]);
});
