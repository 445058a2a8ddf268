/** Names, order and shapes against those that a living PyTorch prints; what names say is the way back. */

import { describe, expect, it } from "vitest";
import { lineOf, outlineOf, ownerOf, parametersOf, planOf, weightsOf } from "../../src/device/parameters.js";

const lstm = { gates: 4, inputSize: 3, hiddenSize: 5, projSize: 2, numLayers: 2, bidirectional: true, bias: true };
const named = (sizes: typeof lstm | (Omit<typeof lstm, "numLayers"> & { numLayers: null })) =>
  parametersOf(sizes).map((list) => list.map(({ name, shape }) => [name, ...shape].join(" ")));

describe("parametersOf", () => {
  it("gives a layer's names and shapes in PyTorch's order", () => {
    const block = (suffix: string, C: number) => [
      `weight_ih_${suffix} 20 ${C}`,
      `weight_hh_${suffix} 20 2`,
      `bias_ih_${suffix} 20`,
      `bias_hh_${suffix} 20`,
      `weight_hr_${suffix} 2 5`,
    ];
    expect(named(lstm)).toEqual([block("l0", 3), block("l0_reverse", 3), block("l1", 4), block("l1_reverse", 4)]);
    const bare = { ...lstm, gates: 3, projSize: 0, bidirectional: false, bias: false };
    expect(named(bare)).toEqual([
      ["weight_ih_l0 15 3", "weight_hh_l0 15 5"],
      ["weight_ih_l1 15 5", "weight_hh_l1 15 5"],
    ]);
  });

  it("gives those of a cell without numbers", () => {
    const cell = { ...lstm, gates: 1, projSize: 0, numLayers: null, bidirectional: false };
    expect(named(cell)).toEqual([["weight_ih 5 3", "weight_hh 5 5", "bias_ih 5", "bias_hh 5"]]);
  });
});

describe("lineOf", () => {
  it("gives a cell what its recurrent weight and its biases ask for", () => {
    const line = (recurrent: "dense" | "vector" | "none", biases: 0 | 1 | 2, projSize = 0) =>
      lineOf({ cell: { gates: 2, recurrent }, inputSize: 3, hiddenSize: 5, projSize, biases })
        .map(({ name, shape }) => [name, ...shape].join(" "))
        .join(", ");
    expect(line("dense", 1, 4)).toBe("weight_ih 10 3, weight_hh 10 4, bias_ih 10, weight_hr 4 5");
    expect(line("vector", 2)).toBe("weight_ih 10 3, weight_hh 10, bias_ih 10, bias_hh 10");
    expect(line("none", 2)).toBe("weight_ih 10 3, bias_ih 10");
    expect(line("none", 0)).toBe("weight_ih 10 3");
  });
});

describe("planOf", () => {
  it("keeps a plan for as long as every size is the same", () => {
    const plan = planOf(lstm);
    expect(plan.parameters).toEqual(parametersOf(lstm));
    expect(planOf({ ...lstm }, plan)).toBe(plan);
    const changes = {
      gates: 1,
      inputSize: 4,
      hiddenSize: 6,
      projSize: 1,
      numLayers: 1,
      bidirectional: false,
      bias: false,
    };
    for (const change of Object.entries(changes)) {
      const sizes = { ...lstm, ...Object.fromEntries([change]) };
      expect(planOf(sizes, plan), change[0]).toEqual({ sizes, parameters: parametersOf(sizes) });
    }
  });
});

describe("weightsOf", () => {
  it("tells weights by what they do; null is what a layer lacks", () => {
    const [first] = parametersOf(lstm);
    expect(weightsOf(first, ({ name }) => name)).toEqual({
      ih: "weight_ih_l0",
      hh: "weight_hh_l0",
      biasIh: "bias_ih_l0",
      biasHh: "bias_hh_l0",
      hr: "weight_hr_l0",
    });
    const [bare] = parametersOf({ ...lstm, projSize: 0, bias: false });
    expect(weightsOf(bare, ({ shape }) => shape)).toEqual({
      ih: [20, 3],
      hh: [20, 5],
      biasIh: null,
      biasHh: null,
      hr: null,
    });
  });
});

describe("names", () => {
  it("belong to a layer, to a cell, or to neither", () => {
    for (const { name } of parametersOf(lstm).flat()) expect(ownerOf(name)).toBe("layer");
    for (const name of ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]) expect(ownerOf(name)).toBe("cell");
    for (const name of [
      "weight",
      "bias",
      "weight_hr",
      "bias_hr_l0",
      "weight_hh_l0_raw",
      "weight_hh_l0_reverse_g",
      "weight_hh_reverse",
      "weight_ih_l",
      "weight_ih_lx",
      "my_weight_ih_l0",
      "weight_ih_l0\n",
    ]) {
      expect(ownerOf(name), name).toBe(null);
    }
  });

  it("outline the layer that they are of", () => {
    const outline = (sizes: Parameters<typeof parametersOf>[0]) =>
      outlineOf(parametersOf(sizes).flatMap((list) => list.map(({ name }) => name)));
    expect(outline(lstm)).toEqual({ numLayers: 2, bidirectional: true, bias: true, projected: true });
    const plain = { ...lstm, projSize: 0, bidirectional: false, bias: false };
    expect(outline(plain)).toEqual({ numLayers: 2, bidirectional: false, bias: false, projected: false });
    expect(outline({ ...plain, numLayers: null }).numLayers).toBe(null);
    expect(outlineOf(["weight_ih_l0", "weight_ih_l7", "other.weight"]).numLayers).toBe(2);
  });
});
