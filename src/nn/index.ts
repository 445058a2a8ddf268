/** torch.nn */

export * as functional from "./functional/index.js";
export * as init from "./init.js";
export { type Layer, ModuleList, Sequential } from "./layers/containers.js";
export {
  Conv1d,
  Conv2d,
  type ConvOptions,
  ConvTranspose1d,
  ConvTranspose2d,
  type ConvTransposeOptions,
  type PaddingMode,
} from "./layers/conv.js";
export { Dropout } from "./layers/dropout.js";
export { Embedding, type EmbeddingModuleOptions } from "./layers/embedding.js";
export { LayerNorm, type LayerNormModuleOptions } from "./layers/layernorm.js";
export { Linear, type LinearOptions } from "./layers/linear.js";
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
export { type LoadResult, Module, Parameter, type StateDict } from "./module.js";
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
