/** Linear as a module; its arithmetic is tested with the function, its first numbers with init. */

import { describe, expect, it } from "vitest";
import { nn, ones, Tensor, tensor } from "../../../src/index.js";
import { gradcheck } from "../../support/gradcheck.js";
import { fixture, nonsense, raised, refusesSomehow } from "../../support/nn_fixture.js";
import { source } from "../../support/random.js";
import { exact, expectClose } from "../../support/tolerance.js";

describe("Linear", () => {
  it("is x·Wᵀ + b, over the last dimension", () => {
    const layer = new nn.Linear(2, 3);
    layer.loadStateDict({
      weight: tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
      bias: tensor([10, 20, 30]),
    });
    expect(layer.forward(tensor([1, -1])).toNested()).toEqual([9, 19, 29]);
    expect(layer.forward(tensor([[[1, 0]], [[0, 1]]])).toNested()).toEqual([[[11, 23, 35]], [[12, 24, 36]]]);
    layer
      .forward(tensor([[1, 2]]))
      .sum()
      .backward();
    expect(layer.weight.grad?.toNested()).toEqual(Array(3).fill([1, 2]));
    expect(layer.bias?.grad?.toNested()).toEqual([1, 1, 1]);
  });

  it("does without a bias, and in float64", () => {
    const layer = new nn.Linear(3, 2, { bias: false, dtype: "float64" });
    expect([layer.bias, layer.weight.dtype, layer.weight.shape]).toEqual([null, "float64", [2, 3]]);
    const draw = source(5);
    const x = draw([4, 3]);
    expectClose(layer.forward(x), x.matmul(layer.weight.t()), exact);
    gradcheck((x) => layer.forward(x), [x]);
    expect(layer.weight.grad).toBeInstanceOf(Tensor);
  });

  it("prints as in PyTorch", () => {
    const { linear } = fixture.modules.reprs as Record<string, string>;
    const layers = [
      new nn.Linear(2, 3),
      new nn.Linear(2, 3, { bias: false }),
      new nn.Embedding(4, 3),
      new nn.Embedding(4, 3, { paddingIdx: -1 }),
      new nn.Dropout(0.5),
      new nn.Dropout(1),
    ];
    expect(`[${layers.join(", ")}]`).toBe(linear);
  });

  it("refuses what does not fit", () => {
    for (const wrong of nonsense) {
      if (wrong === 5) continue;
      refusesSomehow(() => new nn.Linear(wrong, 2));
      refusesSomehow(() => new nn.Linear(2, wrong));
      refusesSomehow(() => new nn.Linear(2, 2).forward(wrong));
      if (wrong !== undefined && wrong !== null) refusesSomehow(() => new nn.Linear(2, 2, { dtype: wrong }));
    }
    expect(raised(() => new nn.Linear(2.5, 2)).message).toBe("in_features should be of type int, got: number");
    expect(raised(() => new nn.Linear(2, 2, { device: "cpu" } as never)).message).toBe(
      "Linear.__init__() got an unexpected keyword argument 'device'",
    );
    for (const dtype of ["int32", "bool"]) {
      expect(raised(() => new nn.Linear(2, 2, { dtype: dtype as never })).kind).toBe("RuntimeError");
    }
    expect(raised(() => new nn.Linear(2, 2).forward(ones([1, 2], { dtype: "float64" }))).message).toBe(
      "mat1 and mat2 must have the same dtype, but got Double and Float",
    );
  });
});
