/** Memory in use stays as it is over ten thousand steps of training. */

import { manualSeed, nn, optim, randint } from "elman-nn";
import { expect, it } from "vitest";
import { LanguageModel } from "../../examples/text/model.js";
import { ALLOWED, growth, memoryOver } from "./memory.js";

it("ten thousand steps leave nothing behind", async () => {
  manualSeed(1);
  const model = new LanguageModel({ letters: 5, embedding: 3, hidden: 4 });
  const batches = Array.from({ length: 50 }, () => {
    const letters = () => randint(0, 5, [2, 4], { dtype: "int32" });
    return [letters(), letters()] as const;
  });
  const optimizer = new optim.AdamW(model.parameters(), { lr: 0.001 });
  const options = { optimizer, loss: nn.functional.crossEntropy, clip: 5 };
  const found = await memoryOver(model, batches, options, 10_000);
  expect(found).toHaveLength(10);
  expect(growth(found)).toBeLessThan(ALLOWED);
});

it("what is kept is seen", () => {
  expect(growth([50, 40, 41, 43.5])).toBeCloseTo(3.5, 12);
});
