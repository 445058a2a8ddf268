/** The public names of elman-nn/data: adding one is deliberate. */

import { expect, it } from "vitest";
import * as data from "../../src/data/index.js";

it("has these names and no others", () => {
  expect(Object.keys(data).sort()).toEqual([
    "DataLoader",
    "Subset",
    "TensorDataset",
    "defaultCollate",
    "padCollate",
    "randomSplit",
    "truncatedBPTT",
  ]);
});
