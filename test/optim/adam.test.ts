/** Adam, step by step beside PyTorch's. */

import { describe, expect, it } from "vitest";
import { optim } from "../../src/index.js";
import { type Float, fixture, numbers } from "../support/nn_fixture.js";
import { expectClose, tolerances } from "../support/tolerance.js";

interface Case {
  optimizer: string;
  options: Record<string, unknown>;
  dtype: Float;
  path: number[][];
}

const cases = (fixture.optimizers.steps as Case[]).filter(({ optimizer }) => optimizer === "Adam");

describe("Adam", () => {
  it("counts every case", () => {
    expect(cases.length).toBe(14);
  });

  for (const { options, dtype, path } of cases) {
    it(`${JSON.stringify(options)} ${dtype}`, () => {
      const { weight_decay: weightDecay = 0, ...rest } = options as { weight_decay?: number };
      const parameters = [[2, 2], [1]].map((shape, i) => numbers(shape, i, dtype).requiresGrad_());
      const optimizer = new optim.Adam(parameters, { ...rest, weightDecay });
      expect(path.length).toBe(20);
      path.forEach((row, step) => {
        parameters.forEach((parameter, i) => {
          parameter.grad = numbers(parameter.shape, 3 * step + i, dtype);
        });
        optimizer.step();
        const now = parameters.flatMap((parameter) => Array.from(parameter.toArray()));
        expectClose(now, row, tolerances[dtype], `step ${step}`);
      });
    });
  }
});
