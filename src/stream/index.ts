/** `elman-nn/stream`: layers that stream, without tensors and gradients. Every public name, by name; nothing else. */

export { ElmanError, type ErrorKind } from "../base/errors.js";
export {
  GRU,
  type LayerOptions,
  LSTM,
  type NamedWeight,
  type NamedWeights,
  RNN,
  type RNNLayerOptions,
} from "./layers.js";
export { Stream, type StreamOptions } from "./stream.js";
