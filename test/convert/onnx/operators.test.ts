/** The order of gates in ONNX, from the operators' documentation, beside PyTorch's. */

import { expect, it } from "vitest";
import { operators } from "../../../src/convert/onnx/operators.js";
import { cells } from "../../../src/device/cells/index.js";

it.each([
  ["LSTM", "ifgo", "iofg"],
  ["GRU", "rzn", "zrn"],
  ["RNN", "i", "i"],
] as const)("%s: %s becomes %s", (kind, torch, onnx) => {
  expect(operators[kind].order.map((block) => torch[block]).join("")).toBe(onnx);
  expect(operators[kind].gates).toBe(cells[kind === "RNN" ? "RNN_TANH" : kind].gates);
});
