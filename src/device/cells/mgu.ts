/** The minimal gated unit. Source: Zhou et al., "Minimal gated unit for recurrent neural networks" (2016). */

import { type Cell, sigmoid } from "../cell.js";

/** f n.   n = tanh(x_n + W_hn·(f·h) + b_hn)   h' = h + f·(n − h)   with f = σ(x + W_h·h + b_h) */
export const mgu: Cell<1> = {
  name: "MGU",
  gates: 2,
  states: 1,
  recurrent: "dense",
  keep: 2, // f n
  sharedGates: true,

  second: {
    gates: 1,

    forward({ n: rows, H, x, r, prev: [h], keep }, m) {
      for (let row = 0; row < rows; row++) {
        for (let j = 0, s = row * H, f = row * 2 * H; j < H; j++, s++, f++) {
          keep[f] = sigmoid(x[f] + r[f]);
          m[s] = keep[f] * h[s];
        }
      }
    },

    // f is in h' as well: cell.backward has left that part of its gradient in dx.
    backward({ n: rows, H, keep, prev: [h], d: [dh], dx }, dm) {
      for (let row = 0; row < rows; row++) {
        for (let j = 0, s = row * H, f = row * 2 * H; j < H; j++, s++, f++) {
          const F = keep[f];
          dx[f] += dm[s] * h[s] * F * (1 - F);
          dh[s] += dm[s] * F;
        }
      }
    },
  },

  forward({ n: rows, H, x, r, prev: [h], next: [hNext], keep }) {
    for (let row = 0; row < rows; row++) {
      for (let j = 0, s = row * H, f = row * 2 * H; j < H; j++, s++, f++) {
        const N = (keep[f + H] = Math.tanh(x[f + H] + r[f + H]));
        hNext[s] = h[s] + keep[f] * (N - h[s]);
      }
    }
  },

  backward({ n: rows, H, keep, prev: [h], d: [dh], dx }) {
    for (let row = 0; row < rows; row++) {
      for (let j = 0, s = row * H, f = row * 2 * H; j < H; j++, s++, f++) {
        const F = keep[f];
        const N = keep[f + H];
        dx[f] = dh[s] * (N - h[s]) * F * (1 - F);
        dx[f + H] = dh[s] * F * (1 - N * N);
        dh[s] *= 1 - F;
      }
    }
  },
};
