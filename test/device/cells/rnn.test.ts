import { describe, expect, it } from "vitest";
import { rnnRelu, rnnTanh } from "../../../src/device/cells/rnn.js";
import { expectGradients, gatesAtZero } from "./step.js";

describe.each([rnnTanh, rnnRelu])("$name", (cell) => {
  it("gives 0 for gates of 0, whatever h was", () => {
    expect(gatesAtZero(cell, 0.7)).toEqual([0]);
  });
  it("has the gradient of its equation", () => expectGradients(cell));
});
