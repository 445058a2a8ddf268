/** The public names: adding one is deliberate. Those of nn and optim stand in tests of their own. */

import { expect, it } from "vitest";
import * as elman from "../src/index.js";
import * as nn from "../src/nn/index.js";
import * as optim from "../src/optim/index.js";

it("has these names and no others", () => {
  expect(Object.keys(elman).sort()).toEqual([
    "ElmanError",
    "Generator",
    "Stream",
    "Tensor",
    "arange",
    "cat",
    "defaultDevice",
    "einsum",
    "eye",
    "full",
    "fullLike",
    "isGradEnabled",
    "manualSeed",
    "multinomial",
    "nn",
    "noGrad",
    "ones",
    "onesLike",
    "optim",
    "rand",
    "randLike",
    "randint",
    "randn",
    "randnLike",
    "randperm",
    "setDefaultDevice",
    "setWarningHandler",
    "stack",
    "tensor",
    "where",
    "zeros",
    "zerosLike",
  ]);
});

it("nests nn and optim", () => {
  expect([elman.nn, elman.optim]).toEqual([nn, optim]);
});
