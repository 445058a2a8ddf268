/** The public names of nn.utils.rnn: adding one is deliberate. */

import { expect, it } from "vitest";
import { nn } from "../../../src/index.js";

it("has these names and no others", () => {
  expect(Object.keys(nn.utils.rnn).sort()).toEqual([
    "PackedSequence",
    "invertPermutation",
    "packPaddedSequence",
    "packSequence",
    "padPackedSequence",
    "padSequence",
    "splitDirections",
    "splitStates",
    "unpackSequence",
    "unpadSequence",
  ]);
});
