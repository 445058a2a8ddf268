import { it } from "vitest";
import { gru } from "../../../src/device/cells/gru.js";
import { expectClose, float64 } from "../../support/tolerance.js";
import { expectGradients, gatesAtZero } from "./step.js";

it("for gates of 0 half of h stays", () => {
  expectClose(gatesAtZero(gru, 0.7), [0.35], float64);
});

it("has the gradient of its equation", () => expectGradients(gru));
