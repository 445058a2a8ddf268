/** Adam and AdamW, step by step beside PyTorch's. */

import { expect, it } from "vitest";
import { optim, tensor } from "../../src/index.js";
import { raised } from "../support/nn_fixture.js";
import { followsTorch } from "../support/optimizer_path.js";

followsTorch("Adam", 18, (parameters, options) => new optim.Adam(parameters, options));
followsTorch("AdamW", 8, (parameters, options) => new optim.AdamW(parameters, options));

it("AdamW is Adam with decoupled weight decay, and nothing else", () => {
  const p = tensor([1], { requiresGrad: true });
  expect(new optim.AdamW([p]).paramGroups[0]).toMatchObject({ weightDecay: 0.01, decoupledWeightDecay: true });
  const coupled = { decoupledWeightDecay: false } as optim.AdamWOptions;
  expect(raised(() => new optim.AdamW([p], coupled)).message).toBe("AdamW expected decoupled_weight_decay to be true");
});
