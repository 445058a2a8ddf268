/** Embedding as a module; its gradients are tested with the function, its first numbers with init. */

import { describe, expect, it } from "vitest";
import { nn, tensor } from "../../../src/index.js";
import { nonsense, raised, refuses, refusesSomehow } from "../../support/nn_fixture.js";

const ints = (data: number[] | number[][]) => tensor(data, { dtype: "int32" });
const table = tensor([
  [1, 2],
  [3, 4],
  [5, 6],
]);

describe("Embedding", () => {
  it("looks rows up", () => {
    const layer = new nn.Embedding(3, 2);
    layer.loadStateDict({ weight: table });
    expect(
      layer
        .forward(
          ints([
            [2, 0],
            [1, 1],
          ]),
        )
        .toNested(),
    ).toEqual([
      [
        [5, 6],
        [1, 2],
      ],
      [
        [3, 4],
        [3, 4],
      ],
    ]);
    expect(layer.forward(ints([[2, 0]]).t()).toNested()).toEqual([[[5, 6]], [[1, 2]]]);
    expect(layer.forward(ints([])).shape).toEqual([0, 2]);
  });

  it("gives the padding row no gradient, but reads it", () => {
    for (const paddingIdx of [1, -2]) {
      const layer = new nn.Embedding(3, 2, { paddingIdx, dtype: "float64" });
      expect(layer.paddingIdx).toBe(1);
      expect(layer.weight.at(1).toNested()).toEqual([0, 0]);
      layer.loadStateDict({ weight: table });
      const y = layer.forward(ints([0, 1, 0, 2]));
      expect(y.at(1).toNested()).toEqual([3, 4]);
      y.mul(y).sum().backward();
      expect(layer.weight.grad?.toNested()).toEqual([
        [4, 8],
        [0, 0],
        [10, 12],
      ]);
    }
  });

  it("starts over", () => {
    const layer = new nn.Embedding(3, 2, { paddingIdx: 0 });
    layer.loadStateDict({ weight: table });
    layer.resetParameters();
    expect(layer.weight.at(0).toNested()).toEqual([0, 0]);
    expect(layer.weight.at(1).toNested()).not.toEqual([3, 4]);
    expect([layer.weight.isLeaf, layer.weight.requiresGrad]).toEqual([true, true]);
  });

  it("refuses what does not fit", () => {
    const padding = { kind: "ValueError", message: "Padding_idx must be within num_embeddings" };
    for (const paddingIdx of [4, -5, 0.5, Number.NaN]) refuses(() => new nn.Embedding(4, 3, { paddingIdx }), padding);
    refuses(() => new nn.Embedding(3, 2).forward(ints([0, 3])), {
      kind: "IndexError",
      message: "index out of range in self",
    });
    for (const wrong of nonsense) {
      if (wrong === 5) continue;
      refusesSomehow(() => new nn.Embedding(wrong, 2));
      refusesSomehow(() => new nn.Embedding(2, wrong));
      refusesSomehow(() => new nn.Embedding(2, 2).forward(wrong));
      if (wrong !== undefined && wrong !== null) refusesSomehow(() => new nn.Embedding(2, 2, { paddingIdx: wrong }));
    }
    expect(raised(() => new nn.Embedding(2, 2.5)).message).toBe("embedding_dim should be of type int, got: number");
    expect(raised(() => new nn.Embedding(2, 2, { maxNorm: 1 } as never)).message).toContain("'maxNorm'");
  });
});
