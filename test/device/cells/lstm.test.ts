import { it } from "vitest";
import { lstm } from "../../../src/device/cells/lstm.js";
import { expectClose, float64 } from "../../support/tolerance.js";
import { expectGradients, gatesAtZero } from "./step.js";

it("for gates of 0 half of c stays, half of its tanh shows", () => {
  expectClose(gatesAtZero(lstm, 0.7, 0.8), [0.5 * Math.tanh(0.4), 0.4], float64);
});

it("has the gradient of its equation", () => expectGradients(lstm));
