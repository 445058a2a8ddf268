/** Dropout as a module; its masks are tested with the function. */

import { describe, expect, it } from "vitest";
import { manualSeed, nn, ones, tensor } from "../../../src/index.js";
import { nonsense, refuses, refusesSomehow } from "../../support/nn_fixture.js";
import { exact, expectClose } from "../../support/tolerance.js";

describe("Dropout", () => {
  it("drops in training only", () => {
    const layer = new nn.Dropout(0.25);
    const x = ones([200]);
    manualSeed(2);
    const dropped = layer.forward(x);
    manualSeed(2);
    expectClose(dropped, nn.functional.dropout(x, 0.25), exact);
    expect(new Set(dropped.toArray())).toEqual(new Set([0, Math.fround(4 / 3)]));
    expect(layer.eval().forward(x)).toBe(x);
    expect(layer.train().forward(x)).not.toBe(x);
  });

  it("reads p at every call", () => {
    const layer = new nn.Dropout();
    expect(layer.p).toBe(0.5);
    layer.p = 1;
    expect(layer.forward(ones([2])).toNested()).toEqual([0, 0]);
    layer.p = 2;
    refuses(() => layer.forward(ones([2])), {
      kind: "ValueError",
      message: "dropout probability has to be between 0 and 1, but got 2",
    });
  });

  it("prints as in PyTorch", () => {
    expect([0.5, 1e-5, 1].map((p) => String(new nn.Dropout(p)))).toEqual([
      "Dropout(p=0.5, inplace=False)",
      "Dropout(p=1e-05, inplace=False)",
      "Dropout(p=1.0, inplace=False)",
    ]);
  });

  it("refuses what is no probability, and no tensor", () => {
    for (const wrong of [-0.1, 1.1, "0.5", ...nonsense]) {
      if (wrong !== undefined) refusesSomehow(() => new nn.Dropout(wrong));
      refusesSomehow(() => new nn.Dropout().forward(wrong));
    }
    refusesSomehow(() => new nn.Dropout().forward(tensor([true])));
  });
});
