/** The minimal GRU, whose gates do not look at h. Source: Feng et al., "Were RNNs all we needed?" (2024). */

import { type Cell, sigmoid } from "../cell.js";

/** z n.   h' = h + z·(x_n − h)   with z = σ(x) */
export const minGRU: Cell<1> = {
  name: "MIN_GRU",
  gates: 2,
  states: 1,
  recurrent: "none",
  keep: 2, // z n
  sharedGates: true,

  forward({ n, H, x, r, prev: [h], next: [hNext], keep }) {
    for (let row = 0; row < n; row++) {
      for (let j = 0, s = row * H, z = row * 2 * H; j < H; j++, s++, z++) {
        const Z = (keep[z] = sigmoid(x[z] + r[z]));
        const N = (keep[z + H] = x[z + H] + r[z + H]);
        hNext[s] = h[s] + Z * (N - h[s]);
      }
    }
  },

  backward({ n, H, keep, prev: [h], d: [dh], dx }) {
    for (let row = 0; row < n; row++) {
      for (let j = 0, s = row * H, z = row * 2 * H; j < H; j++, s++, z++) {
        const Z = keep[z];
        dx[z] = dh[s] * (keep[z + H] - h[s]) * Z * (1 - Z);
        dx[z + H] = dh[s] * Z;
        dh[s] *= 1 - Z;
      }
    }
  },
};
