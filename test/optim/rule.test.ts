/** A rule is its formula: what a device fuses computes the same, and a device that fuses nothing needs nothing more. */

import { afterEach, describe, expect, it, vi } from "vitest";
import { nn, optim, type Tensor, tensor } from "../../src/index.js";
import { device } from "../../src/tensor/kernels.js";
import { numbers } from "../support/nn_fixture.js";
import { expectClose, tolerances } from "../support/tolerance.js";

afterEach(() => vi.restoreAllMocks());

/** Where three parameters are after five steps. */
function walk(make: (parameters: Tensor[]) => optim.Optimizer, dtype: "float32" | "float64"): Tensor[] {
  const parameters = [[3, 2], [1], [65]].map((shape, k) => new nn.Parameter(numbers(shape, k, dtype)));
  const optimizer = make(parameters);
  for (let step = 0; step < 5; step++) {
    parameters.forEach((parameter, k) => {
      parameter.grad = numbers(parameter.shape, 3 * step + k, dtype);
    });
    optimizer.step();
  }
  return parameters;
}

describe("the formula and the fused update", () => {
  const table: [string, (parameters: Tensor[]) => optim.Optimizer][] = [
    ["SGD", (p) => new optim.SGD(p, { lr: 0.1, weightDecay: 0.2 })],
    ["SGD momentum", (p) => new optim.SGD(p, { lr: 0.1, momentum: 0.9, dampening: 0.3 })],
    ["SGD nesterov", (p) => new optim.SGD(p, { lr: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.1 })],
    ["Adam", (p) => new optim.Adam(p, { lr: 0.1, weightDecay: 0.2 })],
    ["AdamW", (p) => new optim.AdamW(p, { lr: 0.1, weightDecay: 0.2, maximize: true })],
    ["RMSprop", (p) => new optim.RMSprop(p, { lr: 0.1, weightDecay: 0.2 })],
    ["RMSprop momentum", (p) => new optim.RMSprop(p, { lr: 0.1, momentum: 0.9 })],
    ["RMSprop centered", (p) => new optim.RMSprop(p, { lr: 0.1, alpha: 0.8, centered: true })],
    ["RMSprop both", (p) => new optim.RMSprop(p, { lr: 0.1, alpha: 0.8, centered: true, momentum: 0.5 })],
    ["Adam amsgrad", (p) => new optim.Adam(p, { lr: 0.1, amsgrad: true, betas: [0.5, 0.6] })],
  ];
  for (const dtype of ["float32", "float64"] as const) {
    it.each(table)(`%s ${dtype}`, (_, make) => {
      const fused = walk(make, dtype);
      vi.spyOn(device(), "updates", "get").mockReturnValue({});
      expect(device().updates).toEqual({});
      walk(make, dtype).forEach((parameter, i) => {
        expectClose(fused[i], parameter, tolerances[dtype]);
      });
    });
  }
});

it("a rule of one's own is a formula", () => {
  const rule: optim.Rule<{ lr: number }> = {
    name: "square descent with a count",
    counts: true,
    running: () => ["count"],
    numbers: ({ lr }, { step }) => ({ pace: lr / (step + 1) }),
    formula: (p, gradient, [count], { pace }) => [p.sub(gradient.mul(gradient).mul(pace)), count.add(1)],
  };
  class Square extends optim.Optimizer<{ lr: number }> {
    protected override readonly rule = rule;
    protected override check(): void {}
  }
  const p = new nn.Parameter(tensor([[1, 2]], { dtype: "float64" }));
  const optimizer = new Square("Square", [p], { lr: 1 }, {});
  p.mul(tensor([3, -3], { dtype: "float64" }))
    .sum()
    .backward();
  optimizer.step();
  optimizer.step();
  expect(p.toNested()).toEqual([[-12.5, -11.5]]);
  expect(p.requiresGrad && p.isLeaf).toBe(true);
});
