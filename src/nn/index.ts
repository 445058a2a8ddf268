/** torch.nn */

export { type CellOptions, GRUCell, LSTMCell, RNNCell, RNNCellBase, type RNNCellOptions } from "./cells.js";
export { type Layer, ModuleList, Sequential } from "./containers.js";
export { Dropout } from "./dropout.js";
export { Embedding, type EmbeddingModuleOptions } from "./embedding.js";
export * as functional from "./functional.js";
export * as init from "./init.js";
export { LayerNorm, type LayerNormModuleOptions } from "./layernorm.js";
export { Linear, type LinearOptions } from "./linear.js";
export { type LoadResult, Module, Parameter, type StateDict } from "./module.js";
export {
  type ForwardOptions,
  GRU,
  LSTM,
  type LSTMOptions,
  type LSTMState,
  RNN,
  type RNNOptions,
} from "./rnn.js";
export { type ProjectionOptions, RNNBase, type RNNBaseOptions } from "./rnnbase.js";
export * as utils from "./utils.js";
