/** The function is tested with the modules, which call it. Here: what a tensor's functions do with its statistics. */

import { expect, it } from "vitest";
import { nn, ones, randn, zeros } from "../../../src/index.js";
import { expectClose, tolerances } from "../../support/tolerance.js";

it("leads running statistics by its momentum, and leaves them alone in evaluation", () => {
  const [mean, variance] = [zeros([2]), ones([2])];
  const x = randn([50, 2]).mul(3).add(1);
  nn.functional.batchNorm(x, mean, variance, { training: true, momentum: 0.25 });
  expectClose(mean, x.mean(0).mul(0.25), tolerances.float32);
  expectClose(variance, x.var(0).mul(0.25).add(0.75), tolerances.float32);
  const before = [mean, variance].map((one) => one.toNested());
  const y = nn.functional.batchNorm(x, mean, variance);
  expect([mean, variance].map((one) => one.toNested())).toEqual(before);
  expectClose(y, x.sub(mean).div(variance.add(1e-5).sqrt()), tolerances.float32);
});
