/** RMSprop, step by step beside PyTorch's. */

import { expect, it } from "vitest";
import { optim, tensor } from "../../src/index.js";
import { refuses, refusesSomehow } from "../support/nn_fixture.js";
import { followsTorch, recorded } from "../support/optimizer_path.js";

followsTorch("RMSprop", 12, (parameters, options) => new optim.RMSprop(parameters, options));

it("refuses settings that make no sense", () => {
  const p = tensor([1], { requiresGrad: true });
  refuses(() => new optim.RMSprop([p], { alpha: -0.5 }), recorded.errors.alpha);
  for (const name of ["lr", "alpha", "eps", "momentum", "weightDecay", "centered", "maximize"]) {
    for (const wrong of [Number.NaN, "0.1", null, -1]) {
      refusesSomehow(() => new optim.RMSprop([p], { [name]: wrong }));
    }
  }
  expect(new optim.RMSprop([p]).paramGroups[0]).toMatchObject({ lr: 1e-2, alpha: 0.99, momentum: 0, centered: false });
});
