/**
 * Long short-term memory. Sources: Hochreiter & Schmidhuber, "Long short-term memory" (1997), with the forget gate of
 * Gers et al., "Learning to forget" (1999).
 */

import { type Cell, sigmoid } from "../cell.js";

/** i f g o.   c' = f·c + i·g   h' = o·tanh(c')   with i f o = σ(x + r), g = tanh(x + r) */
export const lstm: Cell<2> = {
  name: "LSTM",
  gates: 4,
  states: 2,
  recurrent: "dense",
  sharedGates: true,
  forget: 1,
  keep: 5, // i f g o, and tanh c'

  forward({ n, H, x, r, prev: [, c], next: [hNext, cNext], keep }) {
    for (let row = 0; row < n; row++) {
      for (let j = 0, s = row * H, i = row * 4 * H, k = row * 5 * H; j < H; j++, s++, i++, k++) {
        const f = i + H;
        const g = f + H;
        const o = g + H;
        const I = (keep[k] = sigmoid(x[i] + r[i]));
        const F = (keep[k + H] = sigmoid(x[f] + r[f]));
        const G = (keep[k + 2 * H] = Math.tanh(x[g] + r[g]));
        const O = (keep[k + 3 * H] = sigmoid(x[o] + r[o]));
        cNext[s] = F * c[s] + I * G;
        const tanhC = (keep[k + 4 * H] = Math.tanh(cNext[s]));
        hNext[s] = O * tanhC;
      }
    }
  },

  backward({ n, H, keep, prev: [, c], d: [dh, dc], dx: da }) {
    for (let row = 0; row < n; row++) {
      for (let j = 0, s = row * H, i = row * 4 * H, k = row * 5 * H; j < H; j++, s++, i++, k++) {
        const I = keep[k];
        const F = keep[k + H];
        const G = keep[k + 2 * H];
        const O = keep[k + 3 * H];
        const tanhC = keep[k + 4 * H];
        const d = dc[s] + dh[s] * O * (1 - tanhC * tanhC);
        da[i] = d * G * I * (1 - I);
        da[i + H] = d * c[s] * F * (1 - F);
        da[i + 2 * H] = d * I * (1 - G * G);
        da[i + 3 * H] = dh[s] * tanhC * O * (1 - O);
        dc[s] = d * F;
        dh[s] = 0;
      }
    }
  },
};
