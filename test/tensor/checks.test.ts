/** Every check by its sentence: what a method refuses, through the method. */

import { describe, expect, it } from "vitest";
import { meeting, numberType } from "../../src/tensor/checks/operands.js";
import { arange, tensor, zeros } from "../../src/tensor/create.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { refuses } from "../support/refuses.js";

it("meeting: a scalar tensor gives way to one with dimensions of the same kind", () => {
  const vector = { dtype: "float32", ndim: 1 } as const;
  expect(meeting(vector, { dtype: "float64", ndim: 0 })).toBe("float32");
  expect(meeting({ dtype: "float64", ndim: 0 }, vector)).toBe("float32");
  expect(meeting(vector, { dtype: "float64", ndim: 1 })).toBe("float64");
  expect(meeting({ dtype: "int32", ndim: 1 }, { dtype: "float64", ndim: 0 })).toBe("float64");
  expect(meeting({ dtype: "bool", ndim: 3 }, { dtype: "int32", ndim: 0 })).toBe("int32");
});

it("numberType: a number takes the tensor's dtype, but fractions beside whole numbers are float32", () => {
  expect([numberType(2, "float64"), numberType(0.5, "float32")]).toEqual(["float64", "float32"]);
  expect([numberType(2, "int32"), numberType(0.5, "int32"), numberType(2, "bool")]).toEqual([
    "int32",
    "float32",
    "int32",
  ]);
  expect([numberType(NaN, "int32"), numberType(Infinity, "bool")]).toEqual(["float32", "float32"]);
});

describe("operands", () => {
  const x = tensor([1, -2]);
  const whole = tensor([3, 4], null, { dtype: "int32" });
  refuses([
    [() => x.add("1" as never), "add() expected a Tensor or a number, got: string"],
    [() => x.mul(undefined as never), "mul() expected a Tensor or a number, got: undefined"],
    [() => x.div([1, 2] as never), "div() expected a Tensor or a number, got: Array"],
    [() => x.eq(true as never), "eq() expected a Tensor or a number, got: boolean"],
    [() => x.pow(null as never), "pow() expected a Tensor or a number, got: null"],
    [() => whole.add(3e9), "value cannot be converted to type int without overflow"],
    [() => whole.eq(4294967299), "value cannot be converted to type int without overflow"],
    [() => x.clamp("0" as never), "clamp() expected a Tensor or a number, got: string"],
    [() => x.clamp(undefined as never), "clamp() expected a Tensor or a number, got: undefined"],
    [() => whole.clamp(0, 3e9), "value cannot be converted to type int without overflow"],
    [() => x.maskedFill([true] as never, 0), "maskedFill() expected a Tensor, got: Array"],
    [() => x.maskedFill(x.gt(0), "0" as never), "maskedFill() expected a Tensor or a number, got: string"],
    [() => whole.maskedFill(whole.gt(0), NaN), "value cannot be converted to type int without overflow"],
    [() => x.matmul(2 as never), "matmul() expected a Tensor, got: number"],
    [() => zeros([2, 3]).add(zeros([2])), "The size of tensor a (3) must match the size of tensor b (2)"],
    [() => zeros([2, 2, 2]).matmul(zeros([2, 2, 2]).to("float64")), "expected scalar type Float but found Double"],
  ]);
});

describe("shapes and indices", () => {
  const cube = arange(24).reshape([2, 3, 4]);
  refuses([
    [() => cube.to("int64" as never), "to() expected a dtype, one of float32, float64, int32, bool, got: int64"],
    [() => cube.reshape("24" as never), "reshape() expected a shape such as [2, -1], got: string"],
    [() => cube.reshape([NaN]), "invalid shape dimension NaN"],
    [() => cube.reshape([4.8, 5]), "invalid shape dimension 4.8"],
    [() => cube.expand(null as never), "expand() expected a shape such as [2, -1], got: null"],
    [() => zeros([1]).expand([1.5]), "expand() expected a shape"],
    [() => zeros([1]).expand([-2]), "Trying to create tensor with negative dimension -2: [-2]"],
    [() => cube.permute("0" as never), "permute() expected an array of numbers, got: string"],
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
    [() => cube.unfold(0, 1.5, 1), "unfold(): argument 'size' must be int, not 1.5"],
    [() => cube.unfold(0, 1, null as never), "unfold(): argument 'step' must be int, not null"],
    [() => cube.split(1.5), "split expects split_size be non-negative, but got split_size=1.5"],
    [() => cube.split([1, NaN]), "split_with_sizes expects split_sizes have only non-negative entries"],
    [() => cube.chunk(1.5), "chunk expects `chunks` to be greater than 0, got: 1.5"],
  ]);
});

describe("folds", () => {
  const x = tensor([
    [1, 5, 3],
    [4, 2, 6],
  ]);
  refuses([
    [() => x.sum("0" as never), "dim expected a number or an array of numbers, got: string"],
    [() => x.sum({ dim: 0 } as never), "dim expected a number or an array of numbers, got: Object"],
    [() => x.sum(NaN), "Dimension out of range"],
    [() => x.mean([0, 0.5]), "Dimension out of range"],
    [() => x.sum(0, { keepdim: true } as never), "keepdim expected a boolean, got: Object"],
    [() => x.sort(0, "false" as never), "descending expected a boolean, got: string"],
    [() => x.topk(1, 0, 0 as never), "largest expected a boolean, got: number"],
    [() => x.max(0, 1 as never), "keepdim expected a boolean, got: number"],
    [() => x.var(0, { unbiased: false } as never), "var() got an unexpected keyword argument 'unbiased'"],
    [() => x.std(0, { correction: "1" as never }), "var() expected correction as a number, got: string"],
    [() => x.norm("fro" as never), "norm() expected p as a number, got: fro"],
    [() => x.norm(NaN), "norm() expected p as a number, got: NaN"],
    [() => x.max(0.5), "Dimension out of range"],
    [() => x.argmax("a" as never), "Dimension out of range"],
    [() => zeros([0]).argmin(), "argmin(): Expected reduction dim to be specified for input.numel() == 0."],
    [() => x.cumsum(undefined as never), "Dimension out of range"],
    [() => x.softmax(undefined as never), "Dimension out of range"],
    [() => x.topk(1.5), "selected index k out of range"],
    [() => x.topk(NaN), "selected index k out of range"],
    [() => x.sort(NaN), "Dimension out of range"],
    [() => x.to("int32").softmax(0), `"softmax_kernel_impl" not implemented for 'Int'`],
  ]);
});

describe("writes", () => {
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
