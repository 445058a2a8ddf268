/** The numbers that layers start from: those of PyTorch's stream after the same seed. */

import { describe, expect, it } from "vitest";
import { Generator, manualSeed, nn, ones, rand, type Tensor, tensor, zeros } from "../../src/index.js";
import {
  expected,
  type Float,
  fixture,
  nonsense,
  type Raised,
  type Result,
  raised,
  refuses,
  refusesSomehow,
  type Written,
} from "../support/nn_fixture.js";
import { exact, expectClose, tolerances } from "../support/tolerance.js";

const { init } = nn;
const recorded = fixture.inits as {
  fills: {
    name: string;
    dtype: Float;
    args: Written[];
    options: { a?: number; mode?: "fan_in" | "fan_out"; nonlinearity?: "relu" };
    values: Result;
    after: number;
  }[];
  layers: { layer: string; dtype: Float; values: Record<string, Result> }[];
  gains: Record<"linear" | "sigmoid" | "tanh" | "relu" | "leaky_relu" | "selu", number>;
  steep: number;
  errors: Record<string, Raised>;
};

const options = (dtype: Float) => ({ dtype });
const orthogonal = { float32: { absolute: 1e-6, relative: 1e-5 }, float64: { absolute: 1e-10, relative: 1e-10 } };

function fill(name: string, target: Tensor, [first, second]: number[], options: object): Tensor {
  if (name === "uniform_") return init.uniform_(target, first, second);
  if (name === "normal_") return init.normal_(target, first, second);
  if (name === "xavier_uniform_") return init.xavierUniform_(target, first);
  if (name === "xavier_normal_") return init.xavierNormal_(target, first);
  if (name === "orthogonal_") return init.orthogonal_(target, first);
  if (name === "kaiming_uniform_") return init.kaimingUniform_(target, options);
  if (name === "kaiming_normal_") return init.kaimingNormal_(target, options);
  throw new Error(`unknown: ${name}`);
}

describe("after the same seed", () => {
  for (const { name, dtype, args, options, values, after } of recorded.fills) {
    it(`${name}(${[...args, JSON.stringify(options)]}) of [${values.shape}] ${dtype}`, () => {
      manualSeed(11);
      const target = zeros(values.shape, { dtype });
      expect(fill(name, target, args.map(Number), options)).toBe(target);
      const isUniform = name.includes("uniform");
      const normal = { float32: exact, float64: tolerances.float64 }[dtype];
      expectClose(
        target,
        expected(values, dtype),
        isUniform ? exact : name === "orthogonal_" ? orthogonal[dtype] : normal,
      );
      expect(rand([1]).item(), "the next draw").toBe(Math.fround(after));
    });
  }

  it("Embedding(2000, 64) has every bit of PyTorch's", () => {
    manualSeed(0);
    const words = new Uint32Array(new nn.Embedding(2000, 64).weight.toArray().buffer);
    // FNV-1a, a word at a time: torch.manual_seed(0); torch.nn.Embedding(2000, 64).weight.view(torch.int32)
    expect(words.reduce((h, word) => Math.imul(h ^ word, 0x01000193), 0x811c9dc5) >>> 0).toBe(3471108043);
  });

  const makers: Record<string, (dtype: Float) => InstanceType<typeof nn.Module>> = {
    "Linear(5, 3)": (dtype) => new nn.Linear(5, 3, { dtype }),
    "Linear(3, 2, bias=False)": (dtype) => new nn.Linear(3, 2, { bias: false, dtype }),
    "Embedding(6, 4, padding_idx=2)": (dtype) => new nn.Embedding(6, 4, { paddingIdx: 2, dtype }),
    "Embedding(3, 2)": (dtype) => new nn.Embedding(3, 2, { dtype }),
    "LayerNorm([2, 3])": (dtype) => new nn.LayerNorm([2, 3], { dtype }),
  };
  for (const { layer, dtype, values } of recorded.layers) {
    it(`${layer} ${dtype}`, () => {
      manualSeed(5);
      const dict = makers[layer](dtype).stateDict();
      expect([...dict.keys()]).toEqual(Object.keys(values));
      const tolerance = layer.startsWith("Embedding") && dtype === "float64" ? tolerances.float64 : exact;
      for (const [name, value] of dict) {
        expect(value.dtype).toBe(dtype);
        expectClose(value, expected(values[name], dtype), tolerance, name);
      }
    });
  }
});

describe("orthogonal_", () => {
  const shapes = [[3, 5], [5, 3], [4, 4], [4, 2, 3], [2, 3, 4], [1, 6], [40, 30]]; // biome-ignore format: a table
  it.each(shapes)("%i, %i, …: rows or columns are orthonormal", (...shape) => {
    for (const gain of [1, -0.5]) {
      const q = init.orthogonal_(zeros(shape, options("float64")), gain).flatten(1);
      const [rows, columns] = q.shape;
      const product = rows <= columns ? q.matmul(q.t()) : q.t().matmul(q);
      const n = Math.min(rows, columns);
      const identity = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? gain * gain : 0));
      expectClose(product, identity, tolerances.float64);
    }
  });
});

it("orthogonal_ is orthonormal where the columns drawn are nearly parallel", () => {
  // The least independent 2 × 2 matrix that the first 60000 seeds draw: one pass of projections leaves 1e-11.
  const q = init.orthogonal_(zeros([2, 2], options("float64")), 1, { generator: new Generator(34248) });
  expectClose(q.t().matmul(q), [1, 0, 0, 1], { absolute: 1e-15, relative: 1e-15 });
});

describe("filling", () => {
  it("constants", () => {
    const x = ones([2]);
    expect(init.constant_(x, 0.5)).toBe(x);
    expect(x.toNested()).toEqual([0.5, 0.5]);
    expect(init.zeros_(x).toNested()).toEqual([0, 0]);
    expect(init.ones_(x).toNested()).toEqual([1, 1]);
  });

  it("writes into parameters without leaving a trace, but the version", () => {
    const layer = new nn.Linear(2, 1);
    const y = layer.forward(ones([1, 2], { requiresGrad: true })).sum();
    init.constant_(layer.weight, 3);
    expect([layer.weight.isLeaf, layer.weight.requiresGrad]).toEqual([true, true]);
    expect(raised(() => y.backward()).message).toContain("modified by an inplace operation");
    expect(
      layer
        .forward(ones([1, 2]))
        .sub(layer.bias as Tensor)
        .toNested(),
    ).toEqual([[6]]);
  });

  it("draws from the generator that is given, and only from it", () => {
    const calls = [
      (x: Tensor, generator: Generator) => init.uniform_(x, 0, 1, { generator }),
      (x: Tensor, generator: Generator) => init.normal_(x, 0, 1, { generator }),
      (x: Tensor, generator: Generator) => init.xavierUniform_(x, 1, { generator }),
      (x: Tensor, generator: Generator) => init.xavierNormal_(x, 1, { generator }),
      (x: Tensor, generator: Generator) => init.kaimingUniform_(x, { generator, mode: "fan_out" }),
      (x: Tensor, generator: Generator) => init.kaimingNormal_(x, { generator, a: 1 }),
      (x: Tensor, generator: Generator) => init.orthogonal_(x, 1, { generator }),
    ];
    manualSeed(1);
    const next = rand([1]).item();
    for (const call of calls) {
      manualSeed(1);
      const [a, b, c] = [5, 5, 6].map((seed) => call(zeros([2, 3]), new Generator(seed)).toArray());
      expect(a).toEqual(b);
      expect(a).not.toEqual(c);
      expect(rand([1]).item()).toBe(next);
    }
  });

  it("leaves what has no elements alone", () => {
    manualSeed(1);
    const next = rand([1]).item();
    manualSeed(1);
    for (const call of [init.kaimingUniform_, init.kaimingNormal_, init.orthogonal_, init.xavierUniform_]) {
      expect(call(zeros([3, 0])).shape).toEqual([3, 0]);
      expect(call(zeros([0, 3])).shape).toEqual([0, 3]);
    }
    expect(rand([1]).item()).toBe(next);
    expectClose(new nn.Linear(0, 3).bias as Tensor, [0, 0, 0], exact);
  });
});

describe("calculateGain", () => {
  it("knows PyTorch's gains", () => {
    for (const [name, gain] of Object.entries(recorded.gains)) expect(init.calculateGain(name as "relu")).toBe(gain);
    expect(init.calculateGain("leaky_relu", 0.2)).toBe(recorded.steep);
  });
});

describe("errors", () => {
  const [vector, matrix] = [ones([3]), ones([3, 2])];
  const cases: [string, () => unknown][] = [
    ["xavier", () => init.xavierUniform_(vector)],
    ["kaiming", () => init.kaimingNormal_(vector)],
    ["orthogonal", () => init.orthogonal_(vector)],
    ["mode", () => init.kaimingUniform_(matrix, { mode: "x" as never })],
    ["nonlinearity", () => init.kaimingUniform_(matrix, { nonlinearity: "x" as never })],
    ["gain", () => init.calculateGain("x" as never)],
    ["normal", () => init.normal_(matrix, 0, -1)],
    ["uniform", () => init.uniform_(matrix, 1, 0)],
    ["int", () => init.uniform_(tensor(Int32Array.of(1, 1)))],
  ];
  it.each(cases)("%s", (name, call) => refuses(call, recorded.errors[name]));

  it("covers every error that was recorded, and more", () => {
    expect(cases.map(([name]) => name).sort()).toEqual(Object.keys(recorded.errors).sort());
    refuses(() => init.xavierNormal_(vector), recorded.errors.xavier);
    refuses(() => init.kaimingUniform_(vector), recorded.errors.kaiming);
    expect(matrix.toNested()).toEqual(Array(3).fill([1, 1]));
  });

  it("nonsense", () => {
    for (const wrong of nonsense) {
      for (const call of [
        init.uniform_,
        init.normal_,
        init.zeros_,
        init.ones_,
        init.xavierUniform_,
        init.xavierNormal_,
        init.kaimingUniform_,
        init.kaimingNormal_,
        init.orthogonal_,
        (x: Tensor) => init.constant_(x, 1),
      ]) {
        refusesSomehow(() => call(wrong));
      }
    }
    for (const wrong of [null, "x", {}]) {
      refusesSomehow(() => init.constant_(vector, wrong as never));
      refusesSomehow(() => init.uniform_(vector, 0, 1, { generator: wrong as never }));
      refusesSomehow(() => init.kaimingNormal_(matrix, { generator: wrong as never }));
    }
    for (const call of [
      () => init.uniform_(vector, 0, 1, { seed: 1 } as never),
      () => init.normal_(vector, 0, 1, { seed: 1 } as never),
      () => init.xavierUniform_(matrix, 1, { mode: "fan_in" } as never),
      () => init.kaimingNormal_(matrix, { gain: 1 } as never),
      () => init.orthogonal_(matrix, 1, { dtype: "float64" } as never),
    ]) {
      expect(raised(call).message).toContain("got an unexpected keyword argument");
    }
    for (const wrong of [null, "2", true, 3n]) {
      refusesSomehow(() => init.calculateGain("leaky_relu", wrong as never));
      refusesSomehow(() => init.xavierUniform_(matrix, wrong as never));
      refusesSomehow(() => init.xavierNormal_(matrix, wrong as never));
      refusesSomehow(() => init.orthogonal_(matrix, wrong as never));
      refusesSomehow(() => init.kaimingNormal_(matrix, { a: wrong as never }));
    }
    expect(raised(() => init.calculateGain({} as never)).message).toBe("Unsupported nonlinearity Object");
    for (const gain of [Number.NaN, Number.POSITIVE_INFINITY]) {
      refusesSomehow(() => init.xavierUniform_(matrix, gain));
      refusesSomehow(() => init.kaimingUniform_(matrix, { a: gain, nonlinearity: "leaky_relu", mode: "x" as never }));
    }
  });
});
