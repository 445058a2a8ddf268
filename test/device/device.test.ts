import { expect, it } from "vitest";
import { cells } from "../../src/device/device.js";
import { jsCells } from "../../src/device/js/cells.js";

it("the table of cells has PyTorch's gates and states", () => {
  expect(cells).toEqual({
    RNN_TANH: { gates: 1, states: 1 },
    RNN_RELU: { gates: 1, states: 1 },
    LSTM: { gates: 4, states: 2 },
    GRU: { gates: 3, states: 1 },
  });
});

it("every cell in the table is there", () => {
  expect(Object.keys(jsCells).sort()).toEqual(Object.keys(cells).sort());
});
