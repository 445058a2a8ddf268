import { expect, it } from "vitest";
import { ones } from "../../src/index.js";
import { checkProgress } from "../../src/train/progress.js";
import { refusesSomehow } from "../support/nn_fixture.js";

it("takes what a training keeps, and nothing else", () => {
  const progress = { epochs: 1, steps: 9, best: Infinity, waited: 1, best_state: new Map([["w", ones([1])]]) };
  expect(checkProgress(progress)).toEqual(progress);
  expect(checkProgress(new Map(Object.entries({ ...progress, best_state: null })))).toEqual({
    ...progress,
    best_state: null,
  });
  for (const wrong of [
    undefined,
    {},
    { ...progress, steps: -1 },
    { ...progress, best: null },
    { ...progress, best_state: new Map([["w", 5]]) },
  ]) {
    refusesSomehow(() => checkProgress(wrong as never));
  }
});
