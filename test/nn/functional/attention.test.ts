/** scaledDotProductAttention, beside PyTorch's. */

import { describe, expect, it } from "vitest";
import { manualSeed, nn, ones, type Tensor } from "../../../src/index.js";
import { fixture, maskOf, weighted } from "../../support/modules_fixture.js";
import { expected, nonsense, numbers, refuses, refusesSomehow } from "../../support/nn_fixture.js";
import { expectClose, tolerances } from "../../support/tolerance.js";

const attend = nn.functional.scaledDotProductAttention;

describe("scaledDotProductAttention", () => {
  expect(fixture.scaledAttentions.length).toBe(42);

  for (const { shapes, options, dtype, output, gradients } of fixture.scaledAttentions) {
    it(`${JSON.stringify(options)} ${JSON.stringify(shapes)} ${dtype}`, () => {
      const [q, k, v] = shapes.map((shape, i) => numbers(shape, i, dtype, 3).requiresGrad_());
      const mask = maskOf(options.attnMask, dtype);
      const attnMask = mask?.dtype === "bool" ? mask.logicalNot() : mask;
      manualSeed(4);
      const y = attend(q, k, v, { ...options, attnMask });
      expectClose(y, expected(output, dtype), tolerances[dtype], "output");
      weighted([y], dtype).backward();
      [q, k, v].forEach((x, i) => {
        expectClose(x.grad as Tensor, expected(gradients[i], dtype), tolerances[dtype], `gradient ${i}`);
      });
    });
  }

  it("refuses in PyTorch's words", () => {
    const { attentionErrors: errors } = fixture;
    const q = ones(2, 3, 4);
    const hide = ones(3, 3).gt(0);
    refuses(() => attend(ones(4), ones(4), ones(4)), errors.vector);
    refuses(() => attend(q, q, q.to("float64")), errors.dtypes);
    refuses(() => attend(q, q, q, { attnMask: hide, isCausal: true }), errors.both);
    refuses(() => attend(q, q, q, { attnMask: hide.to("int32") }), errors["mask int"]);
    refuses(() => attend(q, q, q, { attnMask: hide.to("float64") }), errors["mask double"]);
    refuses(() => attend(q, q, q, { attnMask: ones(4, 4) }), errors["mask size"]);
    for (const attnMask of [ones(4, 2, 3, 3), ones(1, 2, 3, 3).gt(0)]) {
      refuses(() => attend(q, q, q, { attnMask }), {
        kind: "RuntimeError",
        message: `output with shape [2, 3, 3] doesn't match the broadcast shape [${attnMask.shape.join(", ")}]`,
      });
    }
    refuses(() => attend(q, q, q, { dropoutP: 1.5 }), errors.dropout);
    refuses(() => attend(q, ones(2, 5, 3), q), errors.features);
    for (const wrong of nonsense) {
      refusesSomehow(() => attend(wrong, q, q));
      refusesSomehow(() => attend(q, q, wrong));
      if (wrong === undefined) continue;
      if (wrong !== null) refusesSomehow(() => attend(q, q, q, { attnMask: wrong }));
      if (wrong !== true) refusesSomehow(() => attend(q, q, q, { isCausal: wrong }));
    }
  });
});
