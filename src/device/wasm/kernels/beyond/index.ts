/**
 * The cells beyond PyTorch's, a module of its own that whoever uses none of them leaves out. Each is one step of n rows,
 * forward and backward, which the loop of the first module calls: `at` is the row at which what is kept begins, `x` the
 * rows of gates, with both halves in them unless the cell has `run.r`, and `hNext` or `dh` those of h before a projection.
 */

export { gruResetBefore, gruResetBeforeBackward } from "./gru_reset_before";
export { layerNormGRU, layerNormGRUBackward, layerNormLSTM, layerNormLSTMBackward } from "./layer_norm";
export { peepholeLSTM, peepholeLSTMBackward } from "./peephole_lstm";
