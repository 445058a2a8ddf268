/** Weights in parts; what torch computes of them is in opaque.test.ts. */

import { describe, expect, it } from "vitest";
import { foldedText, foldWeights } from "../../src/checkpoint/fold.js";
import { type Tensor, tensor } from "../../src/index.js";

const x = tensor([1]);
const matrix = tensor([
  [3, 4],
  [0, 2],
]);
const fold = (dict: Record<string, Tensor>) => {
  const { stateDict, folded } = foldWeights(new Map(Object.entries(dict)));
  return [[...stateDict.keys()], [...folded.keys()]];
};

describe("foldWeights", () => {
  it("multiplies directions of length 1 by their magnitudes, and keeps the place of the first part", () => {
    const { stateDict, folded } = foldWeights(
      new Map([
        ["a", x],
        ["rnn.weight_hh_l0_g", tensor([[10], [2]])],
        ["b", x],
        ["rnn.weight_hh_l0_v", matrix],
      ]),
    );
    expect([...stateDict.keys()]).toEqual(["a", "rnn.weight_hh_l0", "b"]);
    expect(stateDict.get("rnn.weight_hh_l0")?.toNested()).toEqual([
      [6, 8],
      [0, 2],
    ]);
    expect(foldedText(folded)).toBe(
      "computed from their parts: 'rnn.weight_hh_l0' of rnn.weight_hh_l0_g and rnn.weight_hh_l0_v (weight_norm)",
    );
  });

  it("takes the raw weight of weight drop for the weight, in the layer that was wrapped", () => {
    const ih = { "rnns.0.module.weight_ih_l0": x };
    const to = [["rnns.0.module.weight_hh_l0", "rnns.0.module.weight_ih_l0"], ["rnns.0.module.weight_hh_l0"]];
    // fastai's, with its copy of which some are 0, and that of Merity et al.
    expect(fold({ "rnns.0.weight_hh_l0_raw": x, "rnns.0.module.weight_hh_l0": matrix, ...ih })).toEqual(to);
    expect(fold({ "rnns.0.module.weight_hh_l0_raw": x, ...ih })).toEqual(to);
    const raw = foldWeights(new Map(Object.entries({ "a.weight_hh_l0": matrix, "a.weight_hh_l0_raw": x })));
    expect(raw.stateDict).toEqual(new Map([["a.weight_hh_l0", x]]));
  });

  it("takes shapes for enough, where there are no numbers", () => {
    const parts = new Map([
      ["weight_g", tensor([[10], [2]])],
      ["weight_v", matrix],
    ]);
    expect(foldWeights(parts, true).stateDict).toEqual(new Map([["weight", matrix]]));
  });

  it.each<[what: string, dict: Record<string, Tensor>]>([
    ["a part alone", { weight_v: x, "b.weight_g": x, "c.weight_orig": x, "d.weight_mask": x }],
    ["spectral norm", { weight_orig: matrix, weight_u: x, weight_v: x }],
    ["other names", { img_g: x, img_v: x, w_raw: x, "x.original0": x, "x.original1": x }],
    ["magnitudes of another size", { weight_g: tensor([1, 2, 3]), weight_v: matrix }],
    ["a matrix of magnitudes", { weight_g: matrix, weight_v: matrix }],
    ["a mask of another size", { weight_orig: matrix, weight_mask: x }],
    ["one original", { "parametrizations.weight.original": matrix }],
  ])("leaves %s as it is", (_, dict) => {
    expect(fold(dict)).toEqual([Object.keys(dict), []]);
  });
});
