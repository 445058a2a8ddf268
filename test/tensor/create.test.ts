import { describe, expect, it } from "vitest";
import { Generator } from "../../src/base/random.js";
import { manualSeed } from "../../src/tensor/chance.js";
import * as create from "../../src/tensor/create.js";
import type { Nested } from "../../src/tensor/read.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { refuses } from "../support/refuses.js";

const { tensor } = create;
const described = (x: Tensor) => [x.dtype, x.shape, x.toNested(), x.requiresGrad];

describe("tensor", () => {
  it("takes its dtype from the numbers", () => {
    expect(
      described(
        tensor([
          [1, 2.5],
          [3, 4],
        ]),
      ),
    ).toEqual([
      "float32",
      [2, 2],
      [
        [1, 2.5],
        [3, 4],
      ],
      false,
    ]);
    expect(described(tensor([true, false]))).toEqual(["bool", [2], [true, false], false]);
    expect(described(tensor([true, 2]))).toEqual(["float32", [2], [1, 2], false]);
    expect(described(tensor(3))).toEqual(["float32", [], 3, false]);
    expect(described(tensor(Float64Array.of(0.1)))).toEqual(["float64", [1], [0.1], false]);
    expect(described(tensor(Int32Array.of(-1, 7), [2, 1]))).toEqual(["int32", [2, 1], [[-1], [7]], false]);
    expect(described(tensor(Float32Array.of(0.1)))).toEqual(["float32", [1], [Math.fround(0.1)], false]);
    expect(described(tensor([[], []]))).toEqual(["float32", [2, 0], [[], []], false]);
  });

  it("takes typed arrays in arrays, whose type counts", () => {
    const rows = [Float32Array.of(1, 0.1), Float32Array.of(3, 4)];
    expect(tensor(rows).toArray()).toEqual(Float32Array.of(1, 0.1, 3, 4));
    expect(described(tensor([[Int32Array.of(1)], [Int32Array.of(2)]]))).toEqual([
      "int32",
      [2, 1, 1],
      [[[1]], [[2]]],
      false,
    ]);
    expect(tensor([Float32Array.of(1), Float64Array.of(0.1)]).toArray()).toEqual(Float64Array.of(1, 0.1));
    expect(tensor([[1], Float64Array.of(0.1)]).dtype).toBe("float64");
    expect(described(tensor([Int32Array.of(1), [1.5]]))).toEqual(["float32", [2, 1], [[1], [1.5]], false]);
    expect(tensor([[true], Int32Array.of(7)]).toArray()).toEqual(Int32Array.of(1, 7));
    expect(tensor([new Int32Array(0)]).dtype).toBe("int32");
    expect(() => tensor([Float32Array.of(1, 2), Float32Array.of(3)])).toThrow(
      "expected sequence of length 2 at dim 1 (got 1)",
    );
    expect(() => tensor([Uint8Array.of(1)] as never)).toThrow(
      "tensor() expected numbers or booleans in nested arrays, got: Uint8Array",
    );
  });

  it("takes options in the second place or the third", () => {
    const options = { dtype: "float64", requiresGrad: true } as const;
    for (const x of [tensor([1, 2], options), tensor([1, 2], null, options), tensor([1, 2], [2], options)]) {
      expect(described(x)).toEqual(["float64", [2], [1, 2], true]);
    }
  });

  it("copies what it is given", () => {
    const data = Float32Array.of(1, 2);
    const x = tensor(data);
    data[0] = 9;
    expect(x.toNested()).toEqual([1, 2]);
  });

  it("converts as PyTorch does", () => {
    expect(tensor([2.7, -2.7], null, { dtype: "int32" }).toNested()).toEqual([2, -2]);
    expect(tensor([0, 0.5, NaN], null, { dtype: "bool" }).toNested()).toEqual([false, true, true]);
    expect(tensor([1e300]).toNested()).toEqual([Infinity]);
  });

  it("refuses other typed arrays and says how to convert them", () => {
    for (const data of [new Uint8Array(1), new Int16Array(1), new BigInt64Array(1), new DataView(new ArrayBuffer(1))]) {
      expect(() => tensor(data as never)).toThrow(
        `tensor() expected a Float32Array, Float64Array or Int32Array, got: ${data.constructor.name}; convert it, for example with Float32Array.from(data)`,
      );
    }
  });

  it("refuses what is no number", () => {
    for (const data of [null, undefined, "12", 5n, {}, ["1"], [null], [[1], 2], [1, [2]], new Array(2)]) {
      expect(() => tensor(data as never)).toThrow(/^tensor\(\) expected/);
    }
    expect(() => tensor([[1, 2], [3]])).toThrow("expected sequence of length 2 at dim 1 (got 1)");
    expect(() => tensor([1, 2, 3], [2])).toThrow("shape '[2]' is invalid for input of size 3");
    expect(() => tensor([1], null, { dtype: "int64" as never })).toThrow("tensor() expected a dtype");
    expect(() => tensor([1], null, { type: "int32" } as never)).toThrow(
      "tensor() got an unexpected keyword argument 'type'",
    );
    expect(() => tensor([1], null, { dtype: "int32", requiresGrad: true })).toThrow(/can require gradients/);
  });
});

describe("filled", () => {
  it("full, zeros and ones", () => {
    expect(described(create.full([2], 0.5))).toEqual(["float32", [2], [0.5, 0.5], false]);
    expect(described(create.full([1], true))).toEqual(["bool", [1], [true], false]);
    expect(described(create.full([], 3, { dtype: "int32" }))).toEqual(["int32", [], 3, false]);
    expect(create.full([2], -0).toArray()).toEqual(Float32Array.of(-0, -0));
    expect(described(create.zeros([1, 2], { requiresGrad: true }))).toEqual(["float32", [1, 2], [[0, 0]], true]);
    expect(described(create.ones([2], { dtype: "float64" }))).toEqual(["float64", [2], [1, 1], false]);
    expect(create.zeros([0, 3]).numel()).toBe(0);
  });

  it("the likes take shape and dtype from another tensor, unless told", () => {
    const other = tensor([[1, 2]], null, { dtype: "float64" });
    expect(described(create.zerosLike(other))).toEqual(["float64", [1, 2], [[0, 0]], false]);
    expect(described(create.onesLike(other, { dtype: "int32" }))).toEqual(["int32", [1, 2], [[1, 1]], false]);
    expect(described(create.fullLike(other, 7, { requiresGrad: true }))).toEqual(["float64", [1, 2], [[7, 7]], true]);
    expect(create.randLike(other).dtype).toBe("float64");
    expect(create.randnLike(other).shape).toEqual([1, 2]);
  });

  it("arange", () => {
    expect(described(create.arange(3))).toEqual(["int32", [3], [0, 1, 2], false]);
    expect(described(create.arange(1, 4))).toEqual(["int32", [3], [1, 2, 3], false]);
    expect(described(create.arange(5, 0, -2))).toEqual(["int32", [3], [5, 3, 1], false]);
    expect(described(create.arange(0, 1, 0.25))).toEqual(["float32", [4], [0, 0.25, 0.5, 0.75], false]);
    expect(described(create.arange(0, 2, 1, { dtype: "float64" }))).toEqual(["float64", [2], [0, 1], false]);
    expect(create.arange(0).shape).toEqual([0]);
  });

  it("eye", () => {
    expect(create.eye(2).toNested()).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(create.eye(2, 3, { dtype: "int32" }).toNested()).toEqual([
      [1, 0, 0],
      [0, 1, 0],
    ]);
    expect(create.eye(3, 1).toNested()).toEqual([[1], [0], [0]]);
  });
});

describe("chance: torch's numbers for torch's seeds", () => {
  it("randint and randperm", () => {
    manualSeed(7);
    expect(create.randint(10, [6]).toNested()).toEqual([5, 2, 1, 6, 3, 7]);
    expect(create.randint(-5, 5, [2, 2]).toNested()).toEqual([
      [2, 4],
      [3, -4],
    ]);
    expect(described(create.randperm(6))).toEqual(["int32", [6], [4, 2, 1, 3, 0, 5], false]);
    manualSeed(-1);
    expect(described(create.randint(0, 10, [6], { dtype: "float32" }))).toEqual([
      "float32",
      [6],
      [1, 8, 6, 9, 0, 0],
      false,
    ]);
  });

  it("randint of bools", () => {
    manualSeed(5);
    const bools = [1, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0];
    const drawn = create.randint(2, [12], { dtype: "bool" });
    expect(described(drawn)).toEqual(["bool", [12], bools.map(Boolean), false]);
    expect(create.rand([1]).item()).toBe(0.07241219282150269);
    expect(create.randint(1, 2, [2], { dtype: "bool" }).toNested()).toEqual([true, true]);
  });

  it("rand and randn", () => {
    manualSeed(7);
    expect(create.rand([3]).toArray()).toEqual(Float32Array.of(0.53492254, 0.198803186, 0.659211695));
    manualSeed(7);
    const normal = create.randn([3], { dtype: "float64" }).toArray();
    [-0.1467950974849952, 0.78614129872353578, 0.9468216090039564].forEach((x, i) => {
      expect(normal[i]).toBeCloseTo(x, 14);
    });
  });

  it("a generator of one's own leaves the default one alone", () => {
    const generator = new Generator(3);
    manualSeed(7);
    expect(create.randint(100, [3], { generator }).toNested()).toEqual([86, 48, 37]);
    expect(create.randperm(4, { generator }).toNested()).toEqual([3, 2, 1, 0]);
    expect(create.randint(10, [2]).toNested()).toEqual([5, 2]);
    expect(create.rand([2], { generator: new Generator(7), requiresGrad: true }).requiresGrad).toBe(true);
  });
});

describe("refused in one sentence", () => {
  refuses([
    [() => create.zeros("3" as never), "zeros() expected a shape such as [2, 3], got: 3"],
    [() => create.zeros([1.5]), "zeros() expected a shape such as [2, 3], got: [1.5]"],
    [() => create.zeros([1e15]), "can't allocate memory: you tried to allocate 4000000000000000 bytes."],
    [() => create.full([1], "3" as never), "full() expected a number or a boolean, got: string"],
    [() => create.full([1], 3e9, { dtype: "int32" }), "value cannot be converted to type int without overflow"],
    [() => create.zerosLike(null as never), "zerosLike() expected a Tensor, got: null"],
    [() => create.randLike([1] as never), "randLike() expected a Tensor, got: Array"],
    [() => create.arange("3" as never), "arange() expected numbers, got: number, string, number"],
    [() => create.arange(0, Infinity), "unsupported range: 0 -> inf"],
    [() => create.arange(1e15), "can't allocate memory"],
    [() => create.eye(1.5), "eye() expected a shape such as [2, 3], got: [1.5, 1.5]"],
    [() => create.rand([2], { generator: 7 as never }), "generator expected a Generator, got: number"],
    [() => create.rand([2], { seed: 7 } as never), "rand() got an unexpected keyword argument 'seed'"],
    [() => create.randint(5 as never, undefined as never), "randint() expected a shape"],
    [() => create.randint(0.5, [2]), "randint expected low and high to be safe integers, got: 0 and 0.5"],
    [() => create.randint(3, [2], { dtype: "bool" }), "to - 1 is out of bounds for bool"],
    [() => create.randint(-1, 2, [2], { dtype: "bool" }), "from is out of bounds for bool"],
    [() => create.randperm(-1), "Trying to create tensor with negative dimension -1: [-1]"],
    [() => create.randperm(3, { dtype: "int32" } as never), "randperm() got an unexpected keyword argument 'dtype'"],
  ]);
});

describe("data without an end", () => {
  const cycle: unknown[] = [];
  cycle[0] = cycle;
  const wide: unknown[] = [];
  wide.push(wide, wide);
  let deep: unknown = 1;
  for (let i = 0; i < 20_000; i++) deep = [deep];
  let doubled: unknown = [1];
  for (let i = 0; i < 60; i++) doubled = [doubled, doubled];
  refuses([
    [() => tensor(cycle as never), "too many dimensions 'Array'"],
    [() => tensor(wide as never), "too many dimensions 'Array'"],
    [() => tensor(deep as never), "too many dimensions 'Array'"],
    [() => tensor(doubled as never), "can't allocate memory"],
    [() => tensor([1], cycle as never), "tensor() expected a shape such as [2, 3], got: [Array]"],
    [() => create.zeros(deep as never), "zeros() expected a shape such as [2, 3], got: [Array]"],
  ]);

  it("128 dimensions are few enough, as in PyTorch", () => {
    let most: Nested = 7;
    for (let i = 0; i < 128; i++) most = [most];
    expect([tensor(most).ndim, tensor(most).item()]).toEqual([128, 7]);
    expect(() => tensor([most])).toThrow("too many dimensions 'Array'");
  });
});
