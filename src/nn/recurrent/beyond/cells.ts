/**
 * The cells that come along, as records for `Recurrent`: those of PyTorch, and those that it does not have. The equation
 * and the source of each stand in its file in src/device/cells.
 * @packageDocumentation
 */

export { cifgLSTM } from "../../../device/cells/cifg_lstm.js";
export { gru } from "../../../device/cells/gru.js";
export { gruResetBefore } from "../../../device/cells/gru_reset_before.js";
export { layerNormGRU } from "../../../device/cells/layer_norm_gru.js";
export { layerNormLSTM } from "../../../device/cells/layer_norm_lstm.js";
export { lstm } from "../../../device/cells/lstm.js";
export { mgu } from "../../../device/cells/mgu.js";
export { minGRU } from "../../../device/cells/min_gru.js";
export { minLSTM } from "../../../device/cells/min_lstm.js";
export { peepholeLSTM } from "../../../device/cells/peephole_lstm.js";
export { rnnRelu, rnnTanh } from "../../../device/cells/rnn.js";
