/**
 * The gated recurrent unit that resets h before the product. Source: Cho et al., "Learning phrase representations using
 * RNN encoder-decoder" (2014), as in Keras 1 and in ONNX without `linear_before_reset`; gates as in PyTorch's GRU.
 */

import { type Cell, sigmoid } from "../cell.js";

/** r z n.   n = tanh(x_n + W_hn·(r·h) + b_hn)   h' = n + z·(h − n)   with r z = σ(x + W_h·h + b_h) */
export const gruResetBefore: Cell<1> = {
  name: "GRU_RESET_BEFORE",
  gates: 3,
  states: 1,
  recurrent: "dense",
  keep: 3, // r z n
  sharedGates: true,

  second: {
    gates: 1,

    forward({ n: rows, H, x, r, prev: [h], keep }, m) {
      for (let row = 0; row < rows; row++) {
        for (let j = 0, s = row * H, g = row * 3 * H; j < H; j++, s++, g++) {
          keep[g] = sigmoid(x[g] + r[g]);
          m[s] = keep[g] * h[s];
        }
      }
    },

    backward({ n: rows, H, keep, prev: [h], d: [dh], dx }, dm) {
      for (let row = 0; row < rows; row++) {
        for (let j = 0, s = row * H, g = row * 3 * H; j < H; j++, s++, g++) {
          dx[g] = dm[s] * h[s] * keep[g] * (1 - keep[g]);
          dh[s] += dm[s] * keep[g];
        }
      }
    },
  },

  forward({ n: rows, H, x, r, prev: [h], next: [hNext], keep }) {
    for (let row = 0; row < rows; row++) {
      for (let j = 0, s = row * H, z = row * 3 * H + H; j < H; j++, s++, z++) {
        const Z = (keep[z] = sigmoid(x[z] + r[z]));
        const N = (keep[z + H] = Math.tanh(x[z + H] + r[z + H]));
        hNext[s] = N + Z * (h[s] - N);
      }
    }
  },

  backward({ n: rows, H, keep, prev: [h], d: [dh], dx }) {
    for (let row = 0; row < rows; row++) {
      for (let j = 0, s = row * H, z = row * 3 * H + H; j < H; j++, s++, z++) {
        const Z = keep[z];
        const N = keep[z + H];
        dx[z] = dh[s] * (h[s] - N) * Z * (1 - Z);
        dx[z + H] = dh[s] * (1 - Z) * (1 - N * N);
        dh[s] *= Z;
      }
    }
  },
};
