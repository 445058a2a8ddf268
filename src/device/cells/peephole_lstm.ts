/**
 * Long short-term memory whose gates see the cell state through weights of their own, one a unit.
 * Source: Gers & Schmidhuber, "Recurrent nets that time and count" (2000), as in ONNX's input P.
 */

import { type Cell, sigmoid } from "../cell.js";

/** i f g o.   c' = f·c + i·g   h' = o·tanh(c')   with i f = σ(x + r + w·c), g = tanh(x + r), o = σ(x + r + w_co·c') */
export const peepholeLSTM: Cell<2> = {
  name: "PEEPHOLE_LSTM",
  gates: 4,
  states: 2,
  recurrent: "dense",
  sharedGates: true,
  forget: 1,
  keep: 5, // i f g o, and tanh c'
  own: (H) => ({ weight_ci: [H], weight_cf: [H], weight_co: [H] }),

  forward({ n, H, x, r, prev: [, c], next: [hNext, cNext], keep, own: { weight_ci, weight_cf, weight_co } }) {
    for (let row = 0; row < n; row++) {
      for (let j = 0, s = row * H, i = row * 4 * H, k = row * 5 * H; j < H; j++, s++, i++, k++) {
        const f = i + H;
        const g = f + H;
        const o = g + H;
        const I = (keep[k] = sigmoid(x[i] + r[i] + weight_ci[j] * c[s]));
        const F = (keep[k + H] = sigmoid(x[f] + r[f] + weight_cf[j] * c[s]));
        const G = (keep[k + 2 * H] = Math.tanh(x[g] + r[g]));
        cNext[s] = F * c[s] + I * G;
        const O = (keep[k + 3 * H] = sigmoid(x[o] + r[o] + weight_co[j] * cNext[s]));
        const tanhC = (keep[k + 4 * H] = Math.tanh(cNext[s]));
        hNext[s] = O * tanhC;
      }
    }
  },

  backward({ n, H, keep, prev: [, c], next: [, cNext], d: [dh, dc], dx: da, own, dOwn }) {
    const { weight_ci, weight_cf, weight_co } = own;
    for (let row = 0; row < n; row++) {
      for (let j = 0, s = row * H, i = row * 4 * H, k = row * 5 * H; j < H; j++, s++, i++, k++) {
        const f = i + H;
        const g = f + H;
        const o = g + H;
        const I = keep[k];
        const F = keep[k + H];
        const G = keep[k + 2 * H];
        const O = keep[k + 3 * H];
        const tanhC = keep[k + 4 * H];
        da[o] = dh[s] * tanhC * O * (1 - O);
        const d = dc[s] + dh[s] * O * (1 - tanhC * tanhC) + da[o] * weight_co[j];
        da[i] = d * G * I * (1 - I);
        da[f] = d * c[s] * F * (1 - F);
        da[g] = d * I * (1 - G * G);
        dOwn.weight_ci[j] += da[i] * c[s];
        dOwn.weight_cf[j] += da[f] * c[s];
        dOwn.weight_co[j] += da[o] * cNext[s];
        dc[s] = d * F + da[i] * weight_ci[j] + da[f] * weight_cf[j];
        dh[s] = 0;
      }
    }
  },
};
