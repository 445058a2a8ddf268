/** Buffers and parameters by themselves; what modules do with them is tested with modules. */

import { expect, it } from "vitest";
import { nn, ones, tensor } from "../../src/index.js";
import { nonsense, refusesSomehow } from "../support/nn_fixture.js";

it("buffers and parameters take tensors only", () => {
  for (const wrong of nonsense) {
    refusesSomehow(() => new nn.Buffer(wrong));
    refusesSomehow(() => new nn.Parameter(wrong));
    if (typeof wrong !== "boolean" && wrong !== undefined) {
      refusesSomehow(() => new nn.Buffer(ones([1]), { persistent: wrong }));
    }
  }
  const whole = tensor([1, 2], { dtype: "int32" });
  expect([new nn.Buffer(whole).dtype, new nn.Buffer(whole).requiresGrad]).toEqual(["int32", false]);
  refusesSomehow(() => new nn.Parameter(whole));
});
