/** The cells that PyTorch has, by its `mode`. */

import { gru } from "./gru.js";
import { lstm } from "./lstm.js";
import { rnnRelu, rnnTanh } from "./rnn.js";

/** The cells that PyTorch has, by its names of modes. */
export const cells = { RNN_TANH: rnnTanh, RNN_RELU: rnnRelu, LSTM: lstm, GRU: gru };

/** PyTorch's `mode`. */
export type Mode = keyof typeof cells;
