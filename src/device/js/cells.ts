/**
 * The recurrent cells: each equation beside its gradient, and nothing of time.
 *
 * Sources: Elman, "Finding structure in time" (1990); Hochreiter & Schmidhuber, "Long short-term memory" (1997), with
 * the forget gate of Gers et al. (1999); Cho et al., "Learning phrase representations using RNN encoder-decoder"
 * (2014), in the form of PyTorch and cuDNN, whose reset gate scales the recurrent product after its bias.
 * x are the input gates W_ih·x + b_ih, r the recurrent gates W_hh·h + b_hh; σ is the logistic function.
 */

import type { Mode } from "../device.js";
import type { Cell } from "../recurrence.js";

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** h' = tanh(x + r)      da = dh'·(1 − h'²) */
const rnnTanh: Cell = {
  keep: 0,
  sharedGates: true,

  forward(n, H, x, r, _prev, [h]) {
    for (let j = 0; j < n * H; j++) h[j] = Math.tanh(x[j] + r[j]);
  },

  backward(n, H, _keep, _prev, [h], [dh], da) {
    for (let j = 0; j < n * H; j++) {
      da[j] = dh[j] * (1 - h[j] * h[j]);
      dh[j] = 0;
    }
  },
};

/** h' = max(x + r, 0)      da = 0 where h' ≤ 0, else dh' (for NaN, too, as in PyTorch) */
const rnnRelu: Cell = {
  keep: 0,
  sharedGates: true,

  forward(n, H, x, r, _prev, [h]) {
    for (let j = 0; j < n * H; j++) h[j] = Math.max(x[j] + r[j], 0);
  },

  backward(n, H, _keep, _prev, [h], [dh], da) {
    for (let j = 0; j < n * H; j++) {
      da[j] = h[j] <= 0 ? 0 : dh[j];
      dh[j] = 0;
    }
  },
};

/** i f g o.   c' = f·c + i·g   h' = o·tanh(c')   with i f o = σ(x + r), g = tanh(x + r) */
const lstm: Cell = {
  keep: 5, // i f g o, and tanh c'
  sharedGates: true,

  forward(n, H, x, r, [, c], [hNext, cNext], keep) {
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

  backward(n, H, keep, [, c], _next, [dh, dc], da) {
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

/** r z n.   n = tanh(x_n + r·(W_hn·h + b_hn))   h' = n + z·(h − n)   with r z = σ(x + r) */
const gru: Cell = {
  keep: 4, // r z n, and the recurrent half of n before r scales it
  sharedGates: false,

  forward(rows, H, x, r, [h], [hNext], keep) {
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

  backward(rows, H, keep, [h], _next, [dh], dx, dr) {
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

export const jsCells: Record<Mode, Cell> = { RNN_TANH: rnnTanh, RNN_RELU: rnnRelu, LSTM: lstm, GRU: gru };
