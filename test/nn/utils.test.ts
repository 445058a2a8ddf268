/** The public names of nn.utils: adding one is deliberate. */

import { expect, it } from "vitest";
import * as clip from "../../src/nn/clip.js";
import * as packed from "../../src/nn/recurrent/packed.js";
import * as skip from "../../src/nn/skip.js";
import * as utils from "../../src/nn/utils.js";

it("has these names and no others", () => {
  expect(Object.keys(utils).sort()).toEqual([
    "clipGradNorm_",
    "clipGradValue_",
    "parametrizations",
    "parametrize",
    "rnn",
    "skipInit",
  ]);
  expect(Object.keys(utils.parametrizations)).toEqual(["weightNorm"]);
  expect(Object.keys(utils.parametrize)).toEqual(["removeParametrizations"]);
});

it("has them from where they are written", () => {
  expect(utils.clipGradNorm_).toBe(clip.clipGradNorm_);
  expect(utils.clipGradValue_).toBe(clip.clipGradValue_);
  expect(utils.skipInit).toBe(skip.skipInit);
  expect(utils.rnn.PackedSequence).toBe(packed.PackedSequence);
});
