/** The public names of optim: adding one is deliberate. */

import { expect, it } from "vitest";
import * as optim from "../../src/optim/index.js";

it("has these names and no others", () => {
  expect(Object.keys(optim).sort()).toEqual(["Adam", "Optimizer", "SGD"]);
});

it("has optimisers that are one", () => {
  for (const Class of [optim.Adam, optim.SGD]) expect(Class.prototype).toBeInstanceOf(optim.Optimizer);
});
