/** The simple recurrent network. Source: Elman, "Finding structure in time" (1990). */

import type { Cell } from "../cell.js";

/** h' = tanh(x + r)      da = dh'·(1 − h'²) */
export const rnnTanh: Cell<1> = {
  name: "RNN_TANH",
  gates: 1,
  states: 1,
  recurrent: "dense",
  keep: 0,
  sharedGates: true,

  forward({ n, H, x, r, next: [h] }) {
    for (let j = 0; j < n * H; j++) h[j] = Math.tanh(x[j] + r[j]);
  },

  backward({ n, H, next: [h], d: [dh], dx: da }) {
    for (let j = 0; j < n * H; j++) {
      da[j] = dh[j] * (1 - h[j] * h[j]);
      dh[j] = 0;
    }
  },
};

/** h' = max(x + r, 0)      da = 0 where h' ≤ 0, else dh' (for NaN, too, as in PyTorch) */
export const rnnRelu: Cell<1> = {
  name: "RNN_RELU",
  gates: 1,
  states: 1,
  recurrent: "dense",
  keep: 0,
  sharedGates: true,

  forward({ n, H, x, r, next: [h] }) {
    for (let j = 0; j < n * H; j++) h[j] = Math.max(x[j] + r[j], 0);
  },

  backward({ n, H, next: [h], d: [dh], dx: da }) {
    for (let j = 0; j < n * H; j++) {
      da[j] = h[j] <= 0 ? 0 : dh[j];
      dh[j] = 0;
    }
  },
};
