import { expect, it } from "vitest";
import * as library from "../../src/index.js";
import * as stream from "../../src/stream/index.js";

it("the entry has these names, and the error class of the whole library", () => {
  expect(Object.keys(stream).sort()).toEqual(
    [
      ...["ElmanError", "Stream", "StreamLayer", "Sequential", "GRU", "LSTM", "RNN", "Linear", "Conv1d", "BatchNorm1d"],
      ...["LayerNorm", "ELU", "GELU", "Hardtanh", "LeakyReLU", "PReLU", "ReLU", "Sigmoid", "SiLU", "Softplus", "Tanh"],
    ].sort(),
  );
  expect(stream.ElmanError).toBe(library.ElmanError);
});
