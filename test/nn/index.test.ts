/** The public names of nn: adding one is deliberate. */

import { expect, it } from "vitest";
import * as nn from "../../src/nn/index.js";
import { ones } from "../../src/tensor/create.js";
import { refuses } from "../support/nn_fixture.js";

it("has these names and no others", () => {
  expect(Object.keys(nn).sort()).toEqual(
    [
      ...[
        "Buffer",
        "Recurrent",
        "checkCell",
        "recurrentCells",
        "Module",
        "ModuleDict",
        "ModuleList",
        "Parameter",
        "Sequential",
        "functional",
        "init",
        "utils",
      ],
      ...["GRU", "GRUCell", "LSTM", "LSTMCell", "RNN", "RNNBase", "RNNCell", "RNNCellBase"],
      ...["BatchNorm1d", "BatchNorm2d", "Embedding", "Flatten", "Identity", "LayerNorm", "Linear", "Unflatten"],
      ...["ELU", "GELU", "Hardtanh", "LeakyReLU", "LogSoftmax", "PReLU", "ReLU", "SiLU", "Sigmoid", "Softmax"],
      ...["AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveMaxPool1d", "AdaptiveMaxPool2d", "AvgPool1d", "AvgPool2d"],
      ...["Conv1d", "Conv2d", "ConvTranspose1d", "ConvTranspose2d", "MaxPool1d", "MaxPool2d"],
      ...["BCELoss", "BCEWithLogitsLoss", "CRF", "CTCLoss", "CrossEntropyLoss", "HuberLoss", "L1Loss", "MSELoss"],
      ...["NLLLoss", "SmoothL1Loss", "Softplus", "Tanh", "Dropout", "Dropout1d", "Dropout2d", "MultiheadAttention"],
    ].sort(),
  );
  expect(Object.keys(nn.functional).sort()).toEqual(
    [
      ...["batchNorm", "dropout", "dropout1d", "dropout2d", "embedding", "layerNorm", "linear", "oneHot"],
      ...["scaledDotProductAttention"],
      ...["binaryCrossEntropyWithLogits", "binaryCrossEntropy", "crossEntropy", "ctcLoss", "huberLoss"],
      ...["l1Loss", "mseLoss", "nllLoss", "smoothL1Loss"],
      ...["elu", "gelu", "hardtanh", "leakyRelu", "logSoftmax", "prelu", "relu", "sigmoid", "silu", "softmax"],
      ...["adaptiveAvgPool1d", "adaptiveAvgPool2d", "adaptiveMaxPool1d", "adaptiveMaxPool2d", "avgPool1d", "avgPool2d"],
      ...["conv1d", "conv2d", "convTranspose1d", "convTranspose2d", "interpolate", "maxPool1d", "maxPool2d", "pad"],
      ...["softplus", "tanh", "unfold"],
    ].sort(),
  );
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
  const classes = Object.values(nn).filter(
    (value) => typeof value === "function" && value !== nn.Parameter && value !== nn.Buffer && value !== nn.checkCell,
  );
  expect(classes.length).toBe(59);
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
  ["Conv1d", (o) => new nn.Conv1d(2, 4, 1, o), "groups", "groups", "int"],
  ["Conv1d", (o) => new nn.Conv1d(2, 4, 1, o), "bias", "bias", "bool"],
  ["ConvTranspose2d", (o) => new nn.ConvTranspose2d(2, 4, 1, o), "bias", "bias", "bool"],
  ["maxPool1d", (o) => nn.functional.maxPool1d(ones([1, 4]), 2, o), "ceilMode", "ceil_mode", "bool"],
  ["maxPool2d", (o) => nn.functional.maxPool2d(ones([1, 4, 4]), 2, o), "returnIndices", "return_indices", "bool"],
  ["avgPool1d", (o) => nn.functional.avgPool1d(ones([1, 4]), 2, o), "countIncludePad", "count_include_pad", "bool"],
  ["avgPool2d", (o) => nn.functional.avgPool2d(ones([1, 4, 4]), 2, o), "divisorOverride", "divisor_override", "int"],
  ["Embedding", (o) => new nn.Embedding(2, 3, o), "paddingIdx", "padding_idx", "int"],
  ["Dropout", ({ p }) => new nn.Dropout(p), "p", "p", "float"],
  ["BatchNorm1d", (o) => new nn.BatchNorm1d(2, o), "affine", "affine", "bool"],
  ["BatchNorm1d", (o) => new nn.BatchNorm1d(2, o), "trackRunningStats", "track_running_stats", "bool"],
  ["BatchNorm1d", (o) => new nn.BatchNorm1d(2, o), "bias", "bias", "bool"],
  ["BatchNorm1d", (o) => new nn.BatchNorm1d(2, o), "eps", "eps", "float"],
  ["BatchNorm1d", (o) => new nn.BatchNorm1d(2, o), "momentum", "momentum", "float"],
  ["Flatten", (o) => new nn.Flatten(o), "startDim", "start_dim", "int"],
  ["Flatten", (o) => new nn.Flatten(o), "endDim", "end_dim", "int"],
  ["Softplus", (o) => new nn.Softplus(o), "beta", "beta", "float"],
  ["Softplus", (o) => new nn.Softplus(o), "threshold", "threshold", "float"],
  ["Hardtanh", (o) => new nn.Hardtanh(o), "minVal", "min_val", "float"],
  ["Hardtanh", (o) => new nn.Hardtanh(o), "maxVal", "max_val", "float"],
  ["PReLU", (o) => new nn.PReLU(1, o), "init", "init", "float"],
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
