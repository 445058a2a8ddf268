/** The cells beyond PyTorch's with the module of their kernels, which whoever uses none of them leaves out. */

import * as resetBefore from "../cells/gru_reset_before.js";
import * as normalisedGRU from "../cells/layer_norm_gru.js";
import * as normalisedLSTM from "../cells/layer_norm_lstm.js";
import * as peephole from "../cells/peephole_lstm.js";
import { beyond } from "./bytes.js";
import { withKernels } from "./known.js";

/** A GRU that resets h before the product: n = tanh(x_n + W_hn·(r·h) + b_hn). Source: Cho et al., 2014. */
export const gruResetBefore = /* @__PURE__ */ withKernels(beyond, "gruResetBefore", resetBefore.gruResetBefore);
/** A GRU whose projections are normalised: n = tanh(LN(x_n) + r·LN(r_n)). Source: Ba et al., 2016. */
export const layerNormGRU = /* @__PURE__ */ withKernels(beyond, "layerNormGRU", normalisedGRU.layerNormGRU);
/** An LSTM whose projections and cell state are normalised: h' = o·tanh(LN(c')). Source: Ba et al., 2016. */
export const layerNormLSTM = /* @__PURE__ */ withKernels(beyond, "layerNormLSTM", normalisedLSTM.layerNormLSTM);
/** An LSTM whose gates see the cell state: o = σ(x + r + w_co·c'). Source: Gers & Schmidhuber, 2000. */
export const peepholeLSTM = /* @__PURE__ */ withKernels(beyond, "peepholeLSTM", peephole.peepholeLSTM);
