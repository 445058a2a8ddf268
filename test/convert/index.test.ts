/** The public names of elman-nn/convert: adding one is deliberate. */

import { expect, it } from "vitest";
import * as convert from "../../src/convert/index.js";

it("has these names and no others", () => {
  expect(Object.keys(convert).sort()).toEqual([
    "exportOnnx",
    "fromKerasGRU",
    "fromKerasLSTM",
    "fromOnnx",
    "fromStateDict",
    "inferLayers",
  ]);
});
