/** The public names of nn: adding one is deliberate. */

import { expect, it } from "vitest";
import * as nn from "../../src/nn/index.js";

it("has these names and no others", () => {
  expect(Object.keys(nn).sort()).toEqual([
    "Dropout",
    "Embedding",
    "GRU",
    "GRUCell",
    "LSTM",
    "LSTMCell",
    "LayerNorm",
    "Linear",
    "Module",
    "ModuleList",
    "Parameter",
    "RNN",
    "RNNBase",
    "RNNCell",
    "RNNCellBase",
    "Sequential",
    "functional",
    "init",
    "utils",
  ]);
  expect(Object.keys(nn.functional).sort()).toEqual([
    "binaryCrossEntropyWithLogits",
    "crossEntropy",
    "dropout",
    "embedding",
    "layerNorm",
    "linear",
    "mseLoss",
    "nllLoss",
  ]);
  expect(Object.keys(nn.init).sort()).toEqual([
    "calculateGain",
    "constant_",
    "kaimingNormal_",
    "kaimingUniform_",
    "normal_",
    "ones_",
    "orthogonal_",
    "uniform_",
    "xavierNormal_",
    "xavierUniform_",
    "zeros_",
  ]);
});

it("has layers that are modules", () => {
  const classes = Object.values(nn).filter((value) => typeof value === "function" && value !== nn.Parameter);
  expect(classes.length).toBe(15);
  for (const Class of classes as (typeof nn.Module)[]) {
    expect(Class === nn.Module || Class.prototype instanceof nn.Module, Class.name).toBe(true);
  }
});
