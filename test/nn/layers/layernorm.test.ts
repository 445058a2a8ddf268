/** LayerNorm as a module; its arithmetic is tested with the function. */

import { describe, expect, it } from "vitest";
import { nn, tensor } from "../../../src/index.js";
import { fixture, nonsense, numbers, raised, refusesSomehow } from "../../support/nn_fixture.js";
import { exact, expectClose, float64 } from "../../support/tolerance.js";

describe("LayerNorm", () => {
  it("brings mean and variance to 0 and 1, then scales and shifts", () => {
    const layer = new nn.LayerNorm(4, { dtype: "float64", eps: 0 });
    const x = numbers([3, 4], 1);
    const y = layer.forward(x);
    expectClose(y.mean(-1), [0, 0, 0], float64);
    expectClose(y.var(-1, { correction: 0 }), [1, 1, 1], float64);
    layer.loadStateDict({ weight: tensor([1, 2, 3, 4]), bias: tensor([5, 6, 7, 8]) });
    const scaled = y.mul(tensor([1, 2, 3, 4])).add(tensor([5, 6, 7, 8]));
    expectClose(layer.forward(x), scaled, exact);
    layer.forward(x).sum().backward();
    expectClose(layer.bias?.grad ?? [], [3, 3, 3, 3], exact);
    expectClose(layer.weight?.grad ?? [], y.sum(0), float64);
  });

  it("has the parameters that are asked for", () => {
    expect([...new nn.LayerNorm([2, 3]).stateDict()].map(([name, x]) => [name, x.toNested()])).toEqual([
      ["weight", Array(2).fill([1, 1, 1])],
      ["bias", Array(2).fill([0, 0, 0])],
    ]);
    expect([...new nn.LayerNorm(3, { bias: false }).stateDict().keys()]).toEqual(["weight"]);
    const plain = new nn.LayerNorm(3, { elementwiseAffine: false, eps: 0.5 });
    expect([plain.weight, plain.bias, plain.stateDict().size]).toEqual([null, null, 0]);
    expectClose(plain.forward(numbers([3], 1)), nn.functional.layerNorm(numbers([3], 1), [3], { eps: 0.5 }), exact);
  });

  it("prints as in PyTorch", () => {
    const layers = [
      new nn.LayerNorm(3),
      new nn.LayerNorm([2, 3], { eps: 0.001, elementwiseAffine: false }),
      new nn.LayerNorm(3, { bias: false }),
      new nn.LayerNorm(3, { eps: 0 }),
      new nn.LayerNorm(3, { eps: 1e-12 }),
    ];
    expect(`[${layers.join(", ")}]`).toBe(fixture.modules.reprs.norm);
  });

  it("keeps its shape to itself", () => {
    const shape = [3];
    const layer = new nn.LayerNorm(shape);
    shape[0] = 4;
    expect(layer.normalizedShape).toEqual([3]);
  });

  it("refuses what does not fit", () => {
    for (const wrong of nonsense) {
      if (wrong === 5 || Array.isArray(wrong)) continue;
      refusesSomehow(() => new nn.LayerNorm(wrong));
      refusesSomehow(() => new nn.LayerNorm([wrong]));
      refusesSomehow(() => new nn.LayerNorm(1).forward(wrong));
      if (wrong !== undefined && typeof wrong !== "number") refusesSomehow(() => new nn.LayerNorm(1, { eps: wrong }));
      if (wrong !== undefined && wrong !== null) refusesSomehow(() => new nn.LayerNorm(1, { dtype: wrong }));
    }
    expect(raised(() => new nn.LayerNorm(-1)).message).toContain("negative dimension -1");
    expect(raised(() => new nn.LayerNorm(2, { affine: true } as never)).message).toContain("'affine'");
    expect(raised(() => new nn.LayerNorm([]).forward(tensor([1]))).message).toContain("at least 1-dimensional");
  });
});
