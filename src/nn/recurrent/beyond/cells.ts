/**
 * The cells that come along, as records for `Recurrent`: those of PyTorch, and those that it does not have. The equation
 * and the source of each stand in its file in src/device/cells.
 * @packageDocumentation
 */

export { gru } from "../../../device/cells/gru.js";
export { lstm } from "../../../device/cells/lstm.js";
export { mgu } from "../../../device/cells/mgu.js";
export { minGRU } from "../../../device/cells/min_gru.js";
export { minLSTM } from "../../../device/cells/min_lstm.js";
export { rnnRelu, rnnTanh } from "../../../device/cells/rnn.js";
export { gruResetBefore, layerNormGRU, layerNormLSTM, peepholeLSTM } from "../../../device/wasm/beyond.js";
