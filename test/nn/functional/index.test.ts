/** Functions of tensors against PyTorch: values, gradients and errors. */

import { describe, expect, it } from "vitest";
import { nn, ones, type Tensor, tensor } from "../../../src/index.js";
import { gradcheck } from "../../support/gradcheck.js";
import { fixture as modules } from "../../support/modules_fixture.js";
import {
  expected,
  type Float,
  fixture,
  nonsense,
  numbers,
  type Raised,
  type Result,
  raised,
  refuses,
  refusesSomehow,
} from "../../support/nn_fixture.js";
import { source } from "../../support/random.js";
import { expectClose, tolerances } from "../../support/tolerance.js";

const { dropout, embedding, layerNorm, linear } = nn.functional;

interface Case {
  function: "linear" | "embedding" | "layerNorm";
  dtype: Float;
  shape: number[];
  bias: boolean;
  index: number | number[];
  paddingIdx: number | null;
  over: number[];
  affine: "none" | "weight" | "bias" | "both";
  eps: number;
  output: Result;
  gradients: Result[];
}

const cases: Case[] = fixture.functions;
const errors: Record<string, Raised> = fixture.functionErrors;

/** What PyTorch was asked, and the tensors whose gradients it gave. */
function run(one: Case): [Tensor, Tensor[]] {
  const { dtype, shape, over, affine, eps, paddingIdx } = one;
  const leaf = (sizes: number[], k: number) => numbers(sizes, k, dtype).requiresGrad_();
  if (one.function === "linear") {
    const [x, w, b] = [leaf(shape, 1), leaf([4, 3], 2), leaf([4], 3)];
    return one.bias ? [linear(x, w, b), [x, w, b]] : [linear(x, w), [x, w]];
  }
  if (one.function === "embedding") {
    const weight = leaf(shape, 2);
    return [embedding(tensor(one.index, { dtype: "int32" }), weight, { paddingIdx }), [weight]];
  }
  const [x, w, b] = [leaf(shape, 1), leaf(over, 2), leaf(over, 3)];
  const weight = affine === "weight" || affine === "both" ? w : null;
  const bias = affine === "bias" || affine === "both" ? b : null;
  return [layerNorm(x, over, { weight, bias, eps }), [x, weight, bias].filter((given) => given !== null)];
}

describe("as PyTorch computes", () => {
  const titled = cases.map((one) => {
    const { output: _, gradients: __, ...rest } = one;
    return [JSON.stringify(rest).replaceAll('"', ""), one] as const;
  });
  it.each(titled)("%s", (_, one) => {
    const { dtype } = one;
    const [output, inputs] = run(one);
    expect(output.dtype).toBe(dtype);
    expectClose(output, expected(one.output), tolerances[dtype]);
    output
      .mul(numbers(output.shape, 9, dtype))
      .sum()
      .backward();
    expect(inputs.length).toBe(one.gradients.length);
    one.gradients.forEach((gradient, i) => {
      expectClose(inputs[i].grad as Tensor, expected(gradient), tolerances[dtype], `gradient ${i}`);
    });
  });

  it("counts every case", () => {
    const count = (name: string) => cases.filter((one) => one.function === name).length;
    expect([count("linear"), count("embedding"), count("layerNorm")]).toEqual([10, 24, 40]);
  });

  it("linear takes a vector as weight, and a scalar as bias", () => {
    const x = numbers([2, 3], 1);
    const sums = linear(x, ones([3], { dtype: "float64" }), tensor(1, { dtype: "float64" }));
    expectClose(sums, x.sum(1).add(1), tolerances.float64);
  });

  it("layerNorm keeps its digits far from zero", () => {
    const x = numbers([2, 5], 1);
    expectClose(layerNorm(x.add(1e3), [5]), layerNorm(x, [5]), { absolute: 1e-11, relative: 0 });
    gradcheck(
      (x, weight, bias) => layerNorm(x, [2, 2], { weight, bias }),
      [
        [3, 2, 2],
        [2, 2],
        [2, 2],
      ].map(source(4)),
    );
  });
});

describe("errors", () => {
  const double = ones([2, 4], { dtype: "float64" });
  const index = (...data: number[]) => tensor(Int32Array.from(data));
  const table: [string, () => unknown][] = [
    ["linear sizes", () => linear(ones([2, 3]), ones([5, 4]))],
    ["linear 3-D sizes", () => linear(ones([2, 2, 3]), ones([5, 4]), ones([5]))],
    ["linear 0-D", () => linear(tensor(1), ones([5, 4]))],
    ["linear 3-D weight", () => linear(ones([2, 4]), ones([1, 5, 4]))],
    ["linear dtype", () => linear(double, ones([5, 4]), ones([5]))],
    ["linear bias", () => linear(ones([2, 4]), ones([5, 4]), ones([4]))],
    ["Linear(-1, 3)", () => new nn.Linear(-1, 3)],
    ["Embedding(-1, 3)", () => new nn.Embedding(-1, 3)],
    ["embedding float", () => embedding(ones([1]), ones([3, 2]))],
    ["embedding high", () => embedding(index(3), ones([3, 2]))],
    ["embedding low", () => embedding(index(-1), ones([3, 2]))],
    ["embedding weight", () => embedding(index(0), ones([3]))],
    ["layerNorm shape", () => layerNorm(ones([2, 3]), [4])],
    ["layerNorm scalar", () => layerNorm(tensor(1), [3])],
    ["layerNorm weight", () => layerNorm(ones([2, 3]), [3], { weight: ones([1]) })],
    ["layerNorm bias", () => layerNorm(ones([2, 3]), [3], { weight: ones([3]), bias: ones([2]) })],
    ["layerNorm nothing", () => layerNorm(ones([2, 3]), [])],
    ["layerNorm int", () => layerNorm(index(1, 1, 1), [3])],
    ["layerNorm dtype", () => layerNorm(ones([2, 3]), [3], { weight: ones([3], { dtype: "float64" }) })],
    ["dropout 1.5", () => dropout(ones([3]), 1.5)],
    ["dropout -0.1", () => dropout(ones([3]), -0.1)],
    ["Dropout 1.5", () => new nn.Dropout(1.5)],
    ["dropout int", () => dropout(index(1, 1, 1), 0.5)],
  ];
  const hints: Record<string, string> = {
    "embedding float": '. Whole numbers are written tensor([1, 2], { dtype: "int32" })',
  };
  it.each(table)("%s", (name, call) => {
    const { kind, message } = errors[name];
    refuses(call, { kind, message: message + (hints[name] ?? "") });
  });

  it("covers every error of these functions that was recorded", () => {
    const recorded = Object.keys(errors).filter((name) => !/^(mse|logits|nllLoss|crossEntropy) /.test(name));
    expect(table.map(([name]) => name).sort()).toEqual(recorded.sort());
  });

  it("nonsense", () => {
    const x = ones([2, 3]);
    for (const wrong of nonsense) {
      refusesSomehow(() => linear(wrong, x));
      refusesSomehow(() => linear(x, wrong));
      refusesSomehow(() => dropout(wrong, 0.5));
      refusesSomehow(() => dropout(wrong, 0.5, false));
      refusesSomehow(() => embedding(wrong, x));
      refusesSomehow(() => embedding(index(0), wrong));
      refusesSomehow(() => layerNorm(wrong, [3]));
      refusesSomehow(() => layerNorm(x, wrong));
      if (wrong === undefined || wrong === null) continue;
      if (typeof wrong !== "number") refusesSomehow(() => layerNorm(x, [3], { eps: wrong }));
      refusesSomehow(() => linear(x, x, wrong));
      refusesSomehow(() => dropout(x, wrong));
      refusesSomehow(() => dropout(x, 0.5, true, { generator: wrong }));
      if (typeof wrong !== "boolean") refusesSomehow(() => dropout(x, 0.5, wrong));
      refusesSomehow(() => embedding(index(0), x, { paddingIdx: wrong }));
      refusesSomehow(() => layerNorm(x, [3], { weight: wrong }));
      refusesSomehow(() => layerNorm(x, [3], { bias: wrong }));
    }
    refusesSomehow(() => linear(x, ones([5, 3]), ones([1, 2, 5])));
    refusesSomehow(() => embedding(tensor([true]), x));
    for (const call of [
      () => dropout(x, 0.5, true, { inplace: true } as never),
      () => embedding(index(0), x, { sparse: true } as never),
      () => layerNorm(x, [3], { epsilon: 1 } as never),
    ]) {
      expect(raised(call).message).toMatch(/ got an unexpected keyword argument '\w+'$/);
    }
  });
});

describe("oneHot", () => {
  const { oneHot } = nn.functional;

  it("has a 1 at each class number", () => {
    expect(modules.oneHots.length).toBe(4);
    for (const { data, shape, classes, output } of modules.oneHots) {
      const x = tensor([data].flat(2), shape, { dtype: "int32" });
      const y = classes === -1 ? oneHot(x) : oneHot(x, classes);
      expectClose(y, expected(output), tolerances.int32);
      expect(y.dtype).toBe("int32");
    }
  });

  it("refuses in PyTorch's words", () => {
    const { tensorErrors: words } = modules;
    const whole = (...data: number[]) => tensor(Int32Array.from(data));
    refuses(() => oneHot(ones([2])), words["one_hot float"]);
    refuses(() => oneHot(whole(-1)), words["one_hot negative"]);
    refuses(() => oneHot(whole(3), 3), words.one_hot);
    refuses(() => oneHot(whole(1), 0), words.one_hot);
    refuses(() => oneHot(whole()), words["one_hot none"]);
    for (const wrong of nonsense) {
      refusesSomehow(() => oneHot(wrong));
      if (wrong !== 5 && wrong !== undefined) refusesSomehow(() => oneHot(whole(1), wrong));
    }
  });
});
