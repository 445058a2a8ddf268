/**
 * Long short-term memory that forgets as much as it takes in: one gate instead of two.
 * Source: Greff et al., "LSTM: a search space odyssey" (2017), the variant CIFG, as in ONNX's `input_forget`.
 */

import { type Cell, sigmoid } from "../cell.js";

/** i g o.   c' = (1 − i)·c + i·g   h' = o·tanh(c')   with i o = σ(x + r), g = tanh(x + r) */
export const cifgLSTM: Cell<2> = {
  name: "CIFG_LSTM",
  gates: 3,
  states: 2,
  recurrent: "dense",
  sharedGates: true,
  keep: 4, // i g o, and tanh c'

  forward({ n, H, x, r, prev: [, c], next: [hNext, cNext], keep }) {
    for (let row = 0; row < n; row++) {
      for (let j = 0, s = row * H, i = row * 3 * H, k = row * 4 * H; j < H; j++, s++, i++, k++) {
        const g = i + H;
        const o = g + H;
        const I = (keep[k] = sigmoid(x[i] + r[i]));
        const G = (keep[k + H] = Math.tanh(x[g] + r[g]));
        const O = (keep[k + 2 * H] = sigmoid(x[o] + r[o]));
        cNext[s] = c[s] + I * (G - c[s]);
        const tanhC = (keep[k + 3 * H] = Math.tanh(cNext[s]));
        hNext[s] = O * tanhC;
      }
    }
  },

  backward({ n, H, keep, prev: [, c], d: [dh, dc], dx: da }) {
    for (let row = 0; row < n; row++) {
      for (let j = 0, s = row * H, i = row * 3 * H, k = row * 4 * H; j < H; j++, s++, i++, k++) {
        const g = i + H;
        const o = g + H;
        const I = keep[k];
        const G = keep[k + H];
        const O = keep[k + 2 * H];
        const tanhC = keep[k + 3 * H];
        const d = dc[s] + dh[s] * O * (1 - tanhC * tanhC);
        da[i] = d * (G - c[s]) * I * (1 - I);
        da[g] = d * I * (1 - G * G);
        da[o] = dh[s] * tanhC * O * (1 - O);
        dc[s] = d * (1 - I);
        dh[s] = 0;
      }
    }
  },
};
