/** Flatten, Unflatten and Identity, beside PyTorch's. */

import { describe, expect, it } from "vitest";
import { nn, ones } from "../../../src/index.js";
import { checkLayer, fixture } from "../../support/modules_fixture.js";
import { nonsense, refuses, refusesSomehow } from "../../support/nn_fixture.js";

const cases = fixture.layers.filter(({ name }) => ["Flatten", "Unflatten", "Identity"].includes(name));

describe("modules of shapes", () => {
  expect(cases.length).toBe(10);
  for (const one of cases) {
    it(`${one.name}(${JSON.stringify(one.args).slice(1, -1)}) ${one.dtype}`, () => checkLayer(one));
  }

  it("gives views, and Identity its input", () => {
    const x = ones([2, 6]);
    expect(new nn.Identity().forward(x)).toBe(x);
    expect(new nn.Identity(54, { bias: false }).forward(x)).toBe(x);
    new nn.Unflatten(1, [2, 3]).forward(x).select(1, 0).zero_();
    expect(x.toNested()).toEqual(Array(2).fill([0, 0, 0, 1, 1, 1]));
  });

  it("refuses in PyTorch's words", () => {
    const x = ones([2, 3]);
    const { errors } = fixture;
    refuses(() => new nn.Flatten({ startDim: 5 }).forward(x), errors.flatten);
    refuses(() => new nn.Unflatten(1, [2, 2]).forward(x), errors.unflatten);
    refuses(() => new nn.Unflatten(1, [-1, 2]).forward(x), errors["unflatten -1"]);
    refuses(() => new nn.Unflatten(1, []).forward(x), errors["unflatten none"]);
    refuses(() => new nn.Unflatten(1, [-1, -1]).forward(x), {
      kind: "RuntimeError",
      message: "only one dimension can be inferred",
    });
    refuses(() => new nn.Unflatten(1, 5 as never), {
      kind: "TypeError",
      message: "unflattened_size must be a tuple of ints, but found type number",
    });
    refuses(() => new nn.Unflatten(1, [2, "a"] as never), {
      kind: "TypeError",
      message: "unflattened_size must be tuple of ints, but found element of type string at pos 1",
    });
    for (const wrong of nonsense) {
      refusesSomehow(() => new nn.Flatten().forward(wrong));
      refusesSomehow(() => new nn.Unflatten(1, [3]).forward(wrong));
      if (wrong !== 5) refusesSomehow(() => new nn.Unflatten(wrong, [3]));
      if (wrong !== 5 && wrong !== undefined) refusesSomehow(() => new nn.Flatten({ endDim: wrong }));
    }
  });
});
