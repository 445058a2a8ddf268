/** Blocks of gates: which goes where. */

import { expect, it } from "vitest";
import { layerFrom, reordered } from "../../src/convert/gates.js";
import { manualSeed, nn, randn, tensor } from "../../src/index.js";

it("moves whole blocks of rows", () => {
  const rows = tensor([[0], [1], [10], [11], [20], [21]]);
  expect(reordered(rows, [1, 2, 0]).toNested()).toEqual([[10], [11], [20], [21], [0], [1]]);
  expect(reordered(tensor([5, 6, 7]), [2, 0, 1]).toNested()).toEqual([7, 5, 6]);
});

it("builds a layer of two directions, each weight in its place", () => {
  const ih = tensor([[1], [2], [3]], { dtype: "float64" });
  const hh = ih.mul(10);
  const biases = [tensor([4, 5, 6], { dtype: "float64" }), tensor([7, 8, 9], { dtype: "float64" })] as const;
  const back = { ih: ih.neg(), hh: hh.neg(), biases: [biases[0].neg(), biases[1].neg()] as const };
  const layer = layerFrom("GRU", [2, 0, 1], [{ ih, hh, biases }, back], { batchFirst: true });
  expect(layer).toBeInstanceOf(nn.GRU);
  expect(String(layer)).toBe("GRU(1, 1, batch_first=True, bidirectional=True)");
  expect(layer.weight_ih_l0.dtype).toBe("float64");
  expect(Object.fromEntries([...layer.stateDict()].map(([name, x]) => [name, x.flatten().toNested()]))).toEqual({
    weight_ih_l0: [3, 1, 2],
    weight_hh_l0: [30, 10, 20],
    bias_ih_l0: [6, 4, 5],
    bias_hh_l0: [9, 7, 8],
    weight_ih_l0_reverse: [-3, -1, -2],
    weight_hh_l0_reverse: [-30, -10, -20],
    bias_ih_l0_reverse: [-6, -4, -5],
    bias_hh_l0_reverse: [-9, -7, -8],
  });
});

it("builds one without biases, drawing nothing, with memory of its own", () => {
  manualSeed(3);
  const next = randn([2]).toNested();
  manualSeed(3);
  const ih = tensor([[1, 2]]);
  const layer = layerFrom("RNN", [0], [{ ih, hh: tensor([[3]]), biases: null }], {
    nonlinearity: "relu",
  });
  expect(randn([2]).toNested()).toEqual(next);
  ih.fill_(0);
  expect(String(layer)).toBe("RNN(2, 1, bias=False)");
  expect(
    layer
      .forward(tensor([[[1, 1]], [[1, 1]]]))[0]
      .flatten()
      .toNested(),
  ).toEqual([3, 12]);
});
