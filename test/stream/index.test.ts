import { expect, it } from "vitest";
import * as library from "../../src/index.js";
import * as stream from "../../src/stream/index.js";

it("the entry has these names, and the error class of the whole library", () => {
  expect(Object.keys(stream).sort()).toEqual(["ElmanError", "GRU", "LSTM", "RNN", "Stream"]);
  expect(stream.ElmanError).toBe(library.ElmanError);
});
