/** torch.nn */

export * as functional from "./functional/index.js";
export * as init from "./init.js";
export { type Layer, ModuleList, Sequential } from "./layers/containers.js";
export { CRF, type CRFForwardOptions, type CRFMaskOptions, type CRFOptions } from "./layers/crf.js";
export { Dropout } from "./layers/dropout.js";
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
