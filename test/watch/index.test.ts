/** The public names of elman-nn/watch: adding one is deliberate. */

import { expect, it } from "vitest";
import * as watch from "../../src/watch/index.js";

it("has these names and no others", () => {
  expect(Object.keys(watch).sort()).toEqual([
    "SummaryWriter",
    "activity",
    "activitySvg",
    "curves",
    "progress",
    "summary",
    "svg",
  ]);
});
