/**
 * The gated recurrent unit with both projections normalised.
 * Source: Ba et al., "Layer normalization" (2016), equations 26 to 29: the gates r and z of a projection are normalised
 * together, n by itself. The biases are the shifts. As in PyTorch's GRU z keeps h, and r scales the recurrent half of n.
 */

import { type Cell, sigmoid } from "../cell.js";
import { normalise, normaliseBackward } from "./layer_norm.js";

/** r z n.   n = tanh(LN(x_n) + r·LN(r_n))   h' = n + z·(h − n)   with r z = σ(LN(x) + LN(r)) */
export const layerNormGRU: Cell<1> = {
  name: "LAYER_NORM_GRU",
  gates: 3,
  states: 1,
  recurrent: "dense",
  sharedGates: false,
  keep: 13, // x and r normalised, three each; r z n; what x and r were scaled by, r and z, and n
  own: (H) => ({ gamma_ih: [3 * H], gamma_hh: [3 * H], bias_ih: [3 * H], bias_hh: [3 * H] }),
  begin: { gamma_ih: 1, gamma_hh: 1, bias_ih: 0, bias_hh: 0 },

  forward({ n: rows, H, x, r, prev: [h], next: [hNext], keep, own: { gamma_ih, gamma_hh, bias_ih, bias_hh } }) {
    for (let row = 0; row < rows; row++) {
      const [k, a] = [row * 13 * H, row * 3 * H];
      keep[k + 9 * H] = normalise(x, a, 2 * H, keep, k);
      keep[k + 10 * H] = normalise(x, a + 2 * H, H, keep, k + 2 * H);
      keep[k + 11 * H] = normalise(r, a, 2 * H, keep, k + 3 * H);
      keep[k + 12 * H] = normalise(r, a + 2 * H, H, keep, k + 5 * H);
      const ofX = (q: number) => keep[k + q] * gamma_ih[q] + bias_ih[q];
      const ofR = (q: number) => keep[k + 3 * H + q] * gamma_hh[q] + bias_hh[q];
      for (let j = 0, s = row * H, g = k + 6 * H; j < H; j++, s++, g++) {
        const R = (keep[g] = sigmoid(ofX(j) + ofR(j)));
        const Z = (keep[g + H] = sigmoid(ofX(j + H) + ofR(j + H)));
        const N = (keep[g + 2 * H] = Math.tanh(ofX(j + 2 * H) + R * ofR(j + 2 * H)));
        hNext[s] = N + Z * (h[s] - N);
      }
    }
  },

  backward({ n: rows, H, keep, prev: [h], d: [dh], dx, dr, own: { gamma_ih, gamma_hh, bias_hh }, dOwn }) {
    const ofX = [gamma_ih, dOwn.gamma_ih, dOwn.bias_ih] as const;
    const ofR = [gamma_hh, dOwn.gamma_hh, dOwn.bias_hh] as const;
    for (let row = 0; row < rows; row++) {
      const [k, a] = [row * 13 * H, row * 3 * H];
      for (let j = 0, s = row * H, g = a, at = k + 6 * H; j < H; j++, s++, g++, at++) {
        const z = g + H;
        const n = z + H;
        const R = keep[at];
        const Z = keep[at + H];
        const N = keep[at + 2 * H];
        const recurrent = keep[at - H] * gamma_hh[j + 2 * H] + bias_hh[j + 2 * H];
        dx[n] = dh[s] * (1 - Z) * (1 - N * N);
        dr[n] = dx[n] * R;
        dr[g] = dx[g] = dx[n] * recurrent * R * (1 - R);
        dr[z] = dx[z] = dh[s] * (h[s] - N) * Z * (1 - Z);
        dh[s] *= Z;
      }
      normaliseBackward(dx, a, 2 * H, keep, k, keep[k + 9 * H], ofX, 0);
      normaliseBackward(dx, a + 2 * H, H, keep, k + 2 * H, keep[k + 10 * H], ofX, 2 * H);
      normaliseBackward(dr, a, 2 * H, keep, k + 3 * H, keep[k + 11 * H], ofR, 0);
      normaliseBackward(dr, a + 2 * H, H, keep, k + 5 * H, keep[k + 12 * H], ofR, 2 * H);
    }
  },
};
