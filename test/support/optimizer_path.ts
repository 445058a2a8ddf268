/** An optimiser beside PyTorch's: the same parameters and gradients, compared after each of twenty steps. */

import { describe, expect, it } from "vitest";
import type { Tensor } from "../../src/index.js";
import { type Float, fixture, numbers } from "./nn_fixture.js";
import { expectClose, tolerances } from "./tolerance.js";

interface Case {
  optimizer: string;
  options: { weight_decay?: number };
  dtype: Float;
  path: number[][];
}

/** Replays every recorded case of the optimiser called `name`, of which there must be `count`. */
export function followsTorch(
  name: string,
  count: number,
  make: (parameters: Tensor[], options: object) => { step(): void },
): void {
  const cases = (fixture.optimizers.steps as Case[]).filter(({ optimizer }) => optimizer === name);

  describe(name, () => {
    it("counts every case", () => {
      expect(cases.length).toBe(count);
    });

    for (const { options, dtype, path } of cases) {
      it(`${JSON.stringify(options)} ${dtype}`, () => {
        const { weight_decay: weightDecay = 0, ...rest } = options;
        const parameters = [[2, 2], [1]].map((shape, i) => numbers(shape, i, dtype).requiresGrad_());
        const optimizer = make(parameters, { ...rest, weightDecay });
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
}
