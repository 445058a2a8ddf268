/** An optimiser beside PyTorch's: the same parameters and gradients, compared after each of twenty steps. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Tensor } from "../../src/index.js";
import { camel } from "../../src/optim/state.js";
import { type Float, fixture, numbers } from "./nn_fixture.js";
import { expectClose, tolerances } from "./tolerance.js";

interface Case {
  optimizer: string;
  options: Record<string, unknown>;
  dtype: Float;
  path: number[][];
}

/** What test/fixtures/make_optim.py wrote. */
export const recorded = JSON.parse(readFileSync(new URL("../fixtures/optim.json", import.meta.url), "utf8"));

/** PyTorch's options under the names they have here. */
export function camelOptions(options: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [camel(name), value]));
}

/** Replays every recorded case of the optimiser called `name`, of which there must be `count`. */
export function followsTorch(
  name: string,
  count: number,
  make: (parameters: Tensor[], options: object) => { step(): void },
): void {
  const cases = ([...fixture.optimizers.steps, ...recorded.steps] as Case[]).filter(
    ({ optimizer }) => optimizer === name,
  );

  describe(name, () => {
    it("counts every case", () => {
      expect(cases.length).toBe(count);
    });

    for (const { options, dtype, path } of cases) {
      it(`${JSON.stringify(options)} ${dtype}`, () => {
        const parameters = [[2, 2], [1]].map((shape, i) => numbers(shape, i, dtype).requiresGrad_());
        const optimizer = make(parameters, camelOptions(options));
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
