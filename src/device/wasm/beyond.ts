/** The cells beyond PyTorch's with the module of their kernels, which whoever uses none of them leaves out. */

import * as resetBefore from "../cells/gru_reset_before.js";
import * as normalisedGRU from "../cells/layer_norm_gru.js";
import * as normalisedLSTM from "../cells/layer_norm_lstm.js";
import * as peephole from "../cells/peephole_lstm.js";
import { beyond } from "./bytes.js";
import { withKernels } from "./known.js";

export const gruResetBefore = /* @__PURE__ */ withKernels(beyond, "gruResetBefore", resetBefore.gruResetBefore);
export const layerNormGRU = /* @__PURE__ */ withKernels(beyond, "layerNormGRU", normalisedGRU.layerNormGRU);
export const layerNormLSTM = /* @__PURE__ */ withKernels(beyond, "layerNormLSTM", normalisedLSTM.layerNormLSTM);
export const peepholeLSTM = /* @__PURE__ */ withKernels(beyond, "peepholeLSTM", peephole.peepholeLSTM);
