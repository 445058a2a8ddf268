/** The public names of elman-nn/train: adding one is deliberate. */

import { expect, it } from "vitest";
import * as train from "../../src/train/index.js";

it("has these names and no others", () => {
  expect(Object.keys(train).sort()).toEqual([
    "Fit",
    "accuracy",
    "editDistance",
    "errorRate",
    "evaluate",
    "f1",
    "fit",
    "loadRun",
    "perplexity",
    "saveRun",
  ]);
});
