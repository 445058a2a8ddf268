/** `elman-nn/stream`: layers that stream, without tensors and gradients. Every public name, by name; nothing else. @packageDocumentation */

export { ElmanError, type ErrorKind } from "../base/errors.js";
export {
  ELU,
  GELU,
  Hardtanh,
  LeakyReLU,
  PReLU,
  ReLU,
  Sigmoid,
  SiLU,
  Softplus,
  Tanh,
} from "./activations.js";
export {
  BatchNorm1d,
  Conv1d,
  type Conv1dLayerOptions,
  LayerNorm,
  Linear,
  type NormLayerOptions,
  Sequential,
} from "./layers.js";
export { type LayerOptions, type NamedTensor, type NamedWeight, type NamedWeights, StreamLayer } from "./named.js";
export { GRU, LSTM, RNN, type RNNLayerOptions } from "./recurrent.js";
export { Stream, type StreamOptions } from "./stream.js";
