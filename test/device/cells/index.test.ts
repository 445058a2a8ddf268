import { expect, it } from "vitest";
import { cells } from "../../../src/device/cells/index.js";

it("has PyTorch's gates and states under PyTorch's modes", () => {
  const facts = Object.entries(cells).map(([mode, { name, gates, states }]) => [mode, name, gates, states]);
  expect(facts).toEqual([
    ["RNN_TANH", "RNN_TANH", 1, 1],
    ["RNN_RELU", "RNN_RELU", 1, 1],
    ["LSTM", "LSTM", 4, 2],
    ["GRU", "GRU", 3, 1],
  ]);
});
