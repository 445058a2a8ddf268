/** The public names of nn: adding one is deliberate. */

import { expect, it } from "vitest";
import * as nn from "../../src/nn/index.js";
import { ones } from "../../src/tensor/create.js";
import { refuses } from "../support/nn_fixture.js";

it("has these names and no others", () => {
  expect(Object.keys(nn).sort()).toEqual([
    "BCELoss",
    "BCEWithLogitsLoss",
    "CRF",
    "CTCLoss",
    "CrossEntropyLoss",
    "Dropout",
    "Embedding",
    "GRU",
    "GRUCell",
    "HuberLoss",
    "L1Loss",
    "LSTM",
    "LSTMCell",
    "LayerNorm",
    "Linear",
    "MSELoss",
    "Module",
    "ModuleList",
    "NLLLoss",
    "Parameter",
    "RNN",
    "RNNBase",
    "RNNCell",
    "RNNCellBase",
    "Sequential",
    "SmoothL1Loss",
    "functional",
    "init",
    "utils",
  ]);
  expect(Object.keys(nn.functional).sort()).toEqual([
    "binaryCrossEntropy",
    "binaryCrossEntropyWithLogits",
    "crossEntropy",
    "ctcLoss",
    "dropout",
    "embedding",
    "huberLoss",
    "l1Loss",
    "layerNorm",
    "linear",
    "mseLoss",
    "nllLoss",
    "smoothL1Loss",
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
  expect(classes.length).toBe(25);
  for (const Class of classes as (typeof nn.Module)[]) {
    expect(Class === nn.Module || Class.prototype instanceof nn.Module, Class.name).toBe(true);
  }
});

const { rnn, clipGradNorm_ } = nn.utils;
/** Every option that is a bool or a number: what takes it, its name here and in Python, and its type. */
const options: [string, (given: never) => unknown, string, string, "bool" | "int" | "float"][] = [
  ["Linear", (o) => new nn.Linear(2, 3, o), "bias", "bias", "bool"],
  ["LayerNorm", (o) => new nn.LayerNorm(2, o), "elementwiseAffine", "elementwise_affine", "bool"],
  ["LayerNorm", (o) => new nn.LayerNorm(2, o), "bias", "bias", "bool"],
  ["LayerNorm", (o) => new nn.LayerNorm(2, o), "eps", "eps", "float"],
  ["Embedding", (o) => new nn.Embedding(2, 3, o), "paddingIdx", "padding_idx", "int"],
  ["Dropout", ({ p }) => new nn.Dropout(p), "p", "p", "float"],
  ["RNN", (o) => new nn.RNN(2, 3, o), "bias", "bias", "bool"],
  ["RNN", (o) => new nn.RNN(2, 3, o), "batchFirst", "batch_first", "bool"],
  ["RNN", (o) => new nn.RNN(2, 3, o), "bidirectional", "bidirectional", "bool"],
  ["LSTM", (o) => new nn.LSTM(2, 3, o), "bias", "bias", "bool"],
  ["LSTM", (o) => new nn.LSTM(2, 3, o), "batchFirst", "batch_first", "bool"],
  ["LSTM", (o) => new nn.LSTM(2, 3, o), "bidirectional", "bidirectional", "bool"],
  ["GRU", (o) => new nn.GRU(2, 3, o), "bias", "bias", "bool"],
  ["GRU", (o) => new nn.GRU(2, 3, o), "batchFirst", "batch_first", "bool"],
  ["GRU", (o) => new nn.GRU(2, 3, o), "bidirectional", "bidirectional", "bool"],
  ["LSTM", (o) => new nn.LSTM(2, 3, o), "projSize", "proj_size", "int"],
  ["RNNCell", (o) => new nn.RNNCell(2, 3, o), "bias", "bias", "bool"],
  ["LSTMCell", (o) => new nn.LSTMCell(2, 3, o), "bias", "bias", "bool"],
  ["GRUCell", (o) => new nn.GRUCell(2, 3, o), "bias", "bias", "bool"],
  ["loadStateDict", (o) => new nn.Linear(2, 3).loadStateDict({}, o), "strict", "strict", "bool"],
  ["clipGradNorm_", (o) => clipGradNorm_([], 1, o), "errorIfNonfinite", "error_if_nonfinite", "bool"],
  ["packPaddedSequence", (o) => rnn.packPaddedSequence(ones([2, 1]), [2], o), "batchFirst", "batch_first", "bool"],
  [
    "packPaddedSequence",
    (o) => rnn.packPaddedSequence(ones([2, 1]), [2], o),
    "enforceSorted",
    "enforce_sorted",
    "bool",
  ],
  ["packSequence", (o) => rnn.packSequence([ones([2])], o), "enforceSorted", "enforce_sorted", "bool"],
  ["padSequence", (o) => rnn.padSequence([ones([2])], o), "batchFirst", "batch_first", "bool"],
  ["padSequence", (o) => rnn.padSequence([ones([2])], o), "paddingValue", "padding_value", "float"],
  [
    "padPackedSequence",
    (o) => rnn.padPackedSequence(rnn.packSequence([ones([2])]), o),
    "batchFirst",
    "batch_first",
    "bool",
  ],
  [
    "padPackedSequence",
    (o) => rnn.padPackedSequence(rnn.packSequence([ones([2])]), o),
    "paddingValue",
    "padding_value",
    "float",
  ],
  ["unpadSequence", (o) => rnn.unpadSequence(ones([2, 1]), [2], o), "batchFirst", "batch_first", "bool"],
  ["splitDirections", (o) => rnn.splitDirections(ones([2, 1, 2]), o), "batchFirst", "batch_first", "bool"],
  [
    "embedding",
    (o) => nn.functional.embedding(ones([1]).to("int32"), ones([2, 1]), o),
    "paddingIdx",
    "padding_idx",
    "int",
  ],
  ["dropout", ({ p }) => nn.functional.dropout(ones([1]), p), "p", "p", "float"],
];

it.each(options)("%s refuses what is of another type than its option: %#", (_, call, name, python, type) => {
  const wrong: [unknown, string][] = [
    ["false", "string"],
    ["0", "string"],
    [type === "bool" ? 1 : true, type === "bool" ? "number" : "boolean"],
    [{}, "Object"],
  ];
  for (const [value, came] of wrong) {
    const message = `${python} should be of type ${type}, got: ${came}`;
    refuses(() => call({ [name]: value } as never), { kind: "TypeError", message });
  }
});
