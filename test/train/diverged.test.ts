import { expect, it } from "vitest";
import { nn, tensor } from "../../src/index.js";
import { diverged } from "../../src/train/diverged.js";
import { raised } from "../support/nn_fixture.js";

it("names a parameter before a gradient, and neither where both are finite", () => {
  const model = new nn.Sequential(new nn.Linear(1, 1), new nn.Linear(1, 1, { bias: false }));
  const [first, bias, second] = model.parameters();
  const message = () => raised(() => diverged(model, Number.NaN, "step 3")).message;
  expect(message()).toBe("fit() stopped at step 3: the loss is NaN; all parameters and gradients are finite");
  bias.grad = tensor([Infinity]);
  expect(message()).toMatch(/the gradient of '0\.bias' is not finite, while all parameters are$/);
  second.detach().copy_(tensor([[Number.NaN]]));
  expect(message()).toMatch(/parameter '1\.weight' is not finite$/);
  expect(Number.isFinite(first.item())).toBe(true);
});
