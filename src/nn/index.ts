/** torch.nn @packageDocumentation */

export * as functional from "./functional/index.js";
export * as init from "./init.js";
export {
  ELU,
  GELU,
  Hardtanh,
  LeakyReLU,
  LogSoftmax,
  PReLU,
  type PReLUOptions,
  ReLU,
  Sigmoid,
  SiLU,
  Softmax,
  Softplus,
  Tanh,
} from "./layers/activation.js";
export {
  MultiheadAttention,
  type MultiheadAttentionForwardOptions,
  type MultiheadAttentionOptions,
} from "./layers/attention.js";
export { BatchNorm1d, BatchNorm2d, type BatchNormModuleOptions } from "./layers/batchnorm.js";
export { type Layer, ModuleDict, ModuleList, type RecurrentStep, Sequential, type Step } from "./layers/containers.js";
export {
  Conv1d,
  Conv2d,
  type ConvOptions,
  ConvTranspose1d,
  ConvTranspose2d,
  type ConvTransposeOptions,
  type PaddingMode,
} from "./layers/conv.js";
export { CRF, type CRFForwardOptions, type CRFMaskOptions, type CRFOptions } from "./layers/crf.js";
export { Dropout, Dropout1d, Dropout2d } from "./layers/dropout.js";
export { Embedding, type EmbeddingModuleOptions } from "./layers/embedding.js";
export { LayerNorm, type LayerNormModuleOptions } from "./layers/layernorm.js";
export { Linear, type LinearOptions } from "./layers/linear.js";
export {
  BCELoss,
  BCEWithLogitsLoss,
  CrossEntropyLoss,
  CTCLoss,
  HuberLoss,
  L1Loss,
  MSELoss,
  NLLLoss,
  SmoothL1Loss,
} from "./layers/loss.js";
export {
  AdaptiveAvgPool1d,
  AdaptiveAvgPool2d,
  AdaptiveMaxPool1d,
  AdaptiveMaxPool2d,
  AvgPool1d,
  AvgPool2d,
  MaxPool1d,
  MaxPool2d,
} from "./layers/pooling.js";
export { Flatten, type FlattenOptions, Identity, Unflatten } from "./layers/shape.js";
export { Buffer, type LoadResult, Module, Parameter, type StateDict } from "./module.js";
export { type CellOptions, GRUCell, LSTMCell, RNNCell, RNNCellBase, type RNNCellOptions } from "./recurrent/cells.js";
export {
  GRU,
  LSTM,
  type LSTMOptions,
  type LSTMState,
  RNN,
  type RNNOptions,
} from "./recurrent/rnn.js";
export { type ForwardOptions, type ProjectionOptions, RNNBase, type RNNBaseOptions } from "./recurrent/rnnbase.js";
export * as utils from "./utils.js";
