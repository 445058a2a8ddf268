/** Activations as functions: their numbers are tested with the modules, which call them. */

import { describe, expect, it } from "vitest";
import { nn, ones, randn, tensor } from "../../../src/index.js";
import { fixture } from "../../support/modules_fixture.js";
import { nonsense, refuses, refusesSomehow } from "../../support/nn_fixture.js";

const F = nn.functional;

describe("activations as functions", () => {
  it("are the tensor's methods where it has them", () => {
    const x = randn([2, 3]);
    for (const name of ["relu", "tanh", "sigmoid"] as const) {
      expect(F[name](x).toNested()).toEqual(x[name]().toNested());
      expect(F[name](tensor([1, -1], { dtype: "int32" })).toNested()).toEqual(
        tensor([1, -1], { dtype: "int32" })[name]().toNested(),
      );
    }
    expect(F.softmax(x, 1).toNested()).toEqual(x.softmax(1).toNested());
    expect(F.logSoftmax(x, 0).toNested()).toEqual(x.logSoftmax(0).toNested());
  });

  it("refuse in PyTorch's words", () => {
    const { errors } = fixture;
    const [x, whole] = [ones([2, 3]), ones([2, 3], { dtype: "int32" })];
    const number = (name: string) => ({
      ...errors[name],
      message: errors[name].message.replace("not str", "not string"),
    });
    refuses(() => F.gelu(whole), errors["gelu int"]);
    refuses(() => F.silu(whole), errors["silu int"]);
    refuses(() => F.elu(whole), errors["elu int"]);
    refuses(() => F.leakyRelu(whole), errors["leaky_relu int"]);
    refuses(() => F.softplus(whole), errors["softplus int"]);
    refuses(() => F.elu(x, "a" as never), number("elu number"));
    refuses(() => F.leakyRelu(x, "a" as never), number("leaky_relu number"));
    refuses(() => F.softplus(x, { beta: "a" as never }), number("softplus number"));
    refuses(() => F.prelu(whole, ones([1])), errors["prelu int"]);
    refuses(() => F.prelu(whole, ones([1], { dtype: "int32" })), errors["prelu both int"]);
    refuses(() => F.prelu(x, ones([1], { dtype: "float64" })), errors["prelu double"]);
    refuses(() => F.prelu(x, ones([2])), errors["prelu channels"]);
    refuses(() => F.prelu(ones([3]), ones([3])), errors["prelu vector"]);
    refuses(() => F.prelu(ones([]), ones([2])), errors["prelu scalar"]);
    refuses(() => F.prelu(x, ones([3, 1])), errors["prelu matrix"]);
    refuses(() => F.hardtanh(x, { minVal: 1, maxVal: -1 }), errors.hardtanh);
    refuses(() => F.gelu(x, "x" as never), errors.gelu);
    for (const wrong of nonsense) {
      for (const name of "relu tanh sigmoid softmax logSoftmax gelu silu elu leakyRelu softplus hardtanh".split(" ")) {
        refusesSomehow(() => F[name as "relu"](wrong));
      }
      refusesSomehow(() => F.prelu(x, wrong));
    }
    refuses(() => F.hardtanh(whole, { minVal: -Infinity }), {
      kind: "RuntimeError",
      message: "value cannot be converted to type int64_t without overflow",
    });
    refuses(() => F.hardtanh(whole.gt(0)), { kind: "RuntimeError", message: "Bool inputs not supported for hardtanh" });
  });

  it("hardtanh keeps whole numbers whole", () => {
    const x = tensor([5, 0, -5], { dtype: "int32" });
    expect(F.hardtanh(x).toNested()).toEqual([1, 0, -1]);
    const y = F.hardtanh(x, { minVal: -0.5, maxVal: 2.5 });
    expect([y.dtype, y.toNested()]).toEqual(["int32", [2, 0, 0]]);
  });
});
