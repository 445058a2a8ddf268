/** The public names of optim: adding one is deliberate. */

import { expect, it } from "vitest";
import * as optim from "../../src/optim/index.js";

it("has these names and no others", () => {
  expect(Object.keys(optim).sort()).toEqual(["Adam", "AdamW", "Optimizer", "RMSprop", "SGD", "lrScheduler"]);
});

it("has optimisers that are one", () => {
  for (const Class of [optim.Adam, optim.AdamW, optim.RMSprop, optim.SGD])
    expect(Class.prototype).toBeInstanceOf(optim.Optimizer);
});

it("has these schedulers and no others", () => {
  expect(Object.keys(optim.lrScheduler).sort()).toEqual([
    "ChainableLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "OneCycleLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
  ]);
});
