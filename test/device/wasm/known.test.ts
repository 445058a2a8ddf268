import { expect, it } from "vitest";
import { cells } from "../../../src/device/cells/index.js";
import { mgu } from "../../../src/device/cells/mgu.js";
import { elements } from "../../../src/device/value.js";
import { layerNormGRU, layerNormLSTM } from "../../../src/device/wasm/beyond.js";
import { createWasm } from "../../../src/device/wasm/index.js";
import { numberOf, withKernels } from "../../../src/device/wasm/known.js";
import { instantiate, type Kernels } from "../../../src/device/wasm/module.js";
import { expectClose, float32 } from "../../support/tolerance.js";
import { forward } from "../one.js";
import { sequence } from "./sequence.js";

const kernels = instantiate("plain") as Kernels;

it("numbers PyTorch's cells, and puts the steps of others into the kernels' table once", () => {
  const { LSTM, GRU, RNN_TANH, RNN_RELU } = cells;
  expect([RNN_TANH, RNN_RELU, LSTM, GRU].map((cell) => numberOf(kernels, cell))).toEqual([0, 1, 2, 3]);
  const places = [layerNormGRU, layerNormLSTM].map((cell) => numberOf(kernels, cell) as number);
  expect(places[0]).toBeLessThan(0);
  expect(places[1]).toBe(places[0] - 2);
  expect([layerNormGRU, layerNormLSTM].map((cell) => numberOf(kernels, cell))).toEqual(places);
  expect(numberOf(instantiate("plain") as Kernels, layerNormLSTM)).toBe(places[0]);
});

it("knows neither what is spread from a record nor one whose module the engine refuses: they run all the same", () => {
  const spread = { ...layerNormGRU };
  expect([mgu, spread].map((cell) => numberOf(kernels, cell))).toEqual([null, null]);
  const refused = withKernels(Uint8Array.of(0), "layerNormGRU", spread);
  expect(refused).toBe(spread);
  expect(numberOf(kernels, refused)).toBeNull();
  const device = createWasm("plain");
  const s = sequence(layerNormGRU, "float32", { T: 3, N: 2, C: 3, H: 5 });
  const [mine, plain] = [layerNormGRU, refused].map((cell) => device && forward(device, { ...s, cell }, false).output);
  if (!mine || !plain) throw new Error("the plain build was there a moment ago");
  expectClose(elements(mine), elements(plain), float32);
});
