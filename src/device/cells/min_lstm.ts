/**
 * The minimal LSTM, whose gates do not look at h and share h' between what was and what comes.
 * Source: Feng et al., "Were RNNs all we needed?" (2024).
 */

import { type Cell, sigmoid } from "../cell.js";

/** −log σ(x), of any x. */
const softplusOfMinus = (x: number): number => Math.max(-x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** f i n.   h' = n + s·(h − n)   with s = f / (f + i), f i = σ(x), n = x_n */
export const minLSTM: Cell<1> = {
  name: "MIN_LSTM",
  gates: 3,
  states: 1,
  recurrent: "none",
  forget: 0,
  keep: 4, // s, 1 − f, 1 − i, n
  sharedGates: true,

  forward({ n: rows, H, x, r, prev: [h], next: [hNext], keep }) {
    for (let row = 0; row < rows; row++) {
      for (let j = 0, s = row * H, f = row * 3 * H, k = row * 4 * H; j < H; j++, s++, f++, k++) {
        const F = x[f] + r[f];
        const I = x[f + H] + r[f + H];
        // By logarithms: both may be nearly 0.
        const share = (keep[k] = 1 / (1 + Math.exp(softplusOfMinus(F) - softplusOfMinus(I))));
        keep[k + H] = sigmoid(-F);
        keep[k + 2 * H] = sigmoid(-I);
        const N = (keep[k + 3 * H] = x[f + 2 * H] + r[f + 2 * H]);
        hNext[s] = N + share * (h[s] - N);
      }
    }
  },

  backward({ n: rows, H, keep, prev: [h], d: [dh], dx }) {
    for (let row = 0; row < rows; row++) {
      for (let j = 0, s = row * H, f = row * 3 * H, k = row * 4 * H; j < H; j++, s++, f++, k++) {
        const share = keep[k];
        const d = dh[s] * (h[s] - keep[k + 3 * H]) * share * (1 - share);
        dx[f] = d * keep[k + H];
        dx[f + H] = -d * keep[k + 2 * H];
        dx[f + 2 * H] = dh[s] * (1 - share);
        dh[s] *= share;
      }
    }
  },
};
