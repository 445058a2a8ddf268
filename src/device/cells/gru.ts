/**
 * The gated recurrent unit. Source: Cho et al., "Learning phrase representations using RNN encoder-decoder" (2014), in
 * the form of PyTorch and cuDNN, whose reset gate scales the recurrent product after its bias.
 */

import { type Cell, sigmoid } from "../cell.js";

/** r z n.   n = tanh(x_n + r·(W_hn·h + b_hn))   h' = n + z·(h − n)   with r z = σ(x + r) */
export const gru: Cell<1> = {
  name: "GRU",
  gates: 3,
  states: 1,
  recurrent: "dense",
  sharedGates: false,
  keep: 4, // r z n, and the recurrent half of n before r scales it

  forward({ n: rows, H, x, r, prev: [h], next: [hNext], keep }) {
    for (let row = 0; row < rows; row++) {
      for (let j = 0, s = row * H, g = row * 3 * H, k = row * 4 * H; j < H; j++, s++, g++, k++) {
        const z = g + H;
        const n = z + H;
        const R = (keep[k] = sigmoid(x[g] + r[g]));
        const Z = (keep[k + H] = sigmoid(x[z] + r[z]));
        const N = (keep[k + 2 * H] = Math.tanh(x[n] + R * r[n]));
        keep[k + 3 * H] = r[n];
        hNext[s] = N + Z * (h[s] - N);
      }
    }
  },

  backward({ n: rows, H, keep, prev: [h], d: [dh], dx, dr }) {
    for (let row = 0; row < rows; row++) {
      for (let j = 0, s = row * H, g = row * 3 * H, k = row * 4 * H; j < H; j++, s++, g++, k++) {
        const z = g + H;
        const n = z + H;
        const R = keep[k];
        const Z = keep[k + H];
        const N = keep[k + 2 * H];
        const dn = dh[s] * (1 - Z) * (1 - N * N);
        dr[g] = dx[g] = dn * keep[k + 3 * H] * R * (1 - R);
        dr[z] = dx[z] = dh[s] * (h[s] - N) * Z * (1 - Z);
        dx[n] = dn;
        dr[n] = dn * R;
        dh[s] *= Z;
      }
    }
  },
};
