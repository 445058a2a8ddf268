/** Each record proved; their equations in plain words stand in reference.ts, beside which every device is held. */

import { expect, it } from "vitest";
import { defaultDevice, Generator, manualSeed, nn, randn, type Tensor } from "../../src/index.js";
import { echo, indRNN } from "./other_cells.js";

const { recurrentCells: records } = nn;

it.each([...Object.values(records), indRNN, echo])("$name is proved", (cell) => {
  const before = manualSeed(7).getState();
  const chosen = defaultDevice();
  nn.checkCell(cell);
  expect(manualSeed(7).getState()).toEqual(before);
  expect(defaultDevice()).toBe(chosen);
});

it("draws nothing from the default generator", () => {
  manualSeed(3);
  nn.checkCell(records.minGRU);
  expect(randn([2]).tolist()).toEqual(randn([2], { generator: new Generator(3) }).tolist());
});

const { lstm, gru, layerNormGRU } = records;

it.each([
  [{ ...lstm, gates: 3 }, "LSTM reads x[18], but its 3 gates of 3 units in 2 rows are 18 numbers"],
  [{ ...lstm, gates: 5 }, "LSTM leaves dx[24] of 30 unwritten, or makes it NaN"],
  [{ ...layerNormGRU, gates: 2 }, "LAYER_NORM_GRU reads x[12], but its 2 gates of 3 units in 2 rows are 12 numbers"],
  [{ ...lstm, states: 1 }, "LSTM uses prev[1], but states is 1"],
  [{ ...gru, states: 2 }, "GRU leaves next[1][0] of 6 unwritten, or makes it NaN"],
  [{ ...lstm, keep: 4 }, "LSTM writes keep[24], but keep=4 of 3 units in 2 rows are 24 numbers"],
  [{ ...lstm, sharedGates: false }, "LSTM leaves dr[0] of 24 unwritten, or makes it NaN"],
  [{ ...lstm, gates: 0 }, "LSTM expected gates as a whole number, at least 1, got: 0"],
  [{ ...lstm, recurrent: "sparse" }, "LSTM expected recurrent as dense, vector or none, got: sparse"],
  [{ ...lstm, forget: 4 }, "LSTM expected forget as the number of one of its 4 gates, got: 4"],
  [{ ...lstm, begin: { p: 1 } }, "LSTM expected begin as numbers for none, got: p"],
])("a record that is wrong is told so, and no layer takes it: %#", (cell, message) => {
  expect(() => nn.checkCell(cell as never)).toThrow(`the cell ${message}`);
  expect(() => new nn.Recurrent(cell as never, 2, 3)).toThrow(`the cell ${message}`);
});

it("a wrong gradient is told so", () => {
  const wrong = {
    ...gru,
    name: "wrong",
    backward(step: Parameters<typeof gru.backward>[0]) {
      gru.backward(step);
      for (let i = 0; i < step.dx.length; i++) step.dx[i] *= 1.01;
    },
  };
  expect(() => nn.checkCell(wrong)).toThrow(/^the cell wrong has a wrong gradient of the input, element 0: /);
  expect(() => nn.checkCell({ ...gru, sharedGates: true })).toThrow(/^the cell GRU has a wrong gradient of/);
});

it("a module that draws is proved as it is in evaluation", () => {
  class Dropped extends nn.Module {
    readonly cell: nn.GRUCell;
    readonly dropout = new nn.Dropout(0.5);
    constructor(inputSize: number, hiddenSize: number) {
      super();
      this.cell = new nn.GRUCell(inputSize, hiddenSize);
    }
    override forward(x: Tensor, h: Tensor): Tensor {
      return this.cell.forward(this.dropout.forward(x), h);
    }
  }
  nn.checkCell(Dropped);
  const given = new Dropped(3, 3);
  nn.checkCell(given);
  expect(given.training).toBe(true);
});

it("a module that is given stays as it is", () => {
  const cell = new nn.GRUCell(3, 3);
  const before = [...cell.parameters()].map((one) => [one.dtype, one.tolist()]);
  nn.checkCell(cell);
  expect([...cell.parameters()].map((one) => [one.dtype, one.tolist()])).toEqual(before);
});

it("a module that mixes sequences is told so", () => {
  class Mean extends nn.Module {
    readonly linear = new nn.Linear(3, 3);
    override forward(x: Tensor, h: Tensor): Tensor {
      return this.linear.forward(x).add(h.mean(0));
    }
  }
  expect(() => nn.checkCell(() => new Mean())).toThrow(
    /^the cell Mean gives element \d+ of the output of sequence 0 among others as/,
  );
});
