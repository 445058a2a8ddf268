import { describe, expect, it } from "vitest";
import { meeting, numberType } from "../../src/tensor/arithmetic.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { refuses } from "../support/refuses.js";

const x = tensor([1, -2]);
const whole = tensor([3, 4], null, { dtype: "int32" });

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

describe("refused in one sentence", () => {
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
