/**
 * Cells that the library does not have: between them they use every fact of a record, so that any device can be shown
 * to run a cell that it has never heard of.
 */

import { type Cell, sigmoid } from "../../src/device/cell.js";

/**
 * The minimal GRU, z ĥ: h' = h + z·(x_ĥ + r_ĥ − h) with z = σ(x + r), whose gates do not depend on h.
 * Source: Feng et al., "Were RNNs all we needed?" (2024).
 */
export const minGRU: Cell = {
  name: "minGRU",
  gates: 2,
  states: 1,
  recurrent: "none",
  keep: 2, // z, ĥ
  sharedGates: true,

  forward({ n, H, x, r, prev: [h], next: [hNext], keep }) {
    for (let s = 0; s < n * H; s++) {
      const z = 2 * s - (s % H);
      const Z = (keep[z] = sigmoid(x[z] + r[z]));
      const candidate = (keep[z + H] = x[z + H] + r[z + H]);
      hNext[s] = h[s] + Z * (candidate - h[s]);
    }
  },

  backward({ n, H, keep, prev: [h], d: [dh], dx }) {
    for (let s = 0; s < n * H; s++) {
      const z = 2 * s - (s % H);
      const Z = keep[z];
      dx[z] = dh[s] * (keep[z + H] - h[s]) * Z * (1 - Z);
      dx[z + H] = dh[s] * Z;
      dh[s] *= 1 - Z;
    }
  },
};

/**
 * A GRU that resets before the product, r z n: n = tanh(x_n + W_hn·(r·h) + b_hn), h' = n + z·(h − n), r z = σ(x + r).
 * Source: Cho et al., "Learning phrase representations using RNN encoder-decoder" (2014), as Keras 1 has it.
 */
export const resetFirstGRU: Cell = {
  name: "GRU that resets first",
  gates: 3,
  states: 1,
  recurrent: "dense",
  keep: 3, // r z n
  sharedGates: true,

  second: {
    gates: 1,
    forward({ n: rows, H, x, r, prev: [h], keep }, m) {
      for (let s = 0; s < rows * H; s++) {
        const g = 3 * s - 2 * (s % H);
        keep[g] = sigmoid(x[g] + r[g]);
        m[s] = keep[g] * h[s];
      }
    },
    backward({ n: rows, H, keep, prev: [h], d: [dh], dx }, dm) {
      for (let s = 0; s < rows * H; s++) {
        const g = 3 * s - 2 * (s % H);
        dx[g] = dm[s] * h[s] * keep[g] * (1 - keep[g]);
        dh[s] += dm[s] * keep[g];
      }
    },
  },

  forward({ n: rows, H, x, r, prev: [h], next: [hNext], keep }) {
    for (let s = 0; s < rows * H; s++) {
      const z = 3 * s - 2 * (s % H) + H;
      const Z = (keep[z] = sigmoid(x[z] + r[z]));
      const N = (keep[z + H] = Math.tanh(x[z + H] + r[z + H]));
      hNext[s] = N + Z * (h[s] - N);
    }
  },

  backward({ n: rows, H, keep, prev: [h], d: [dh], dx }) {
    for (let s = 0; s < rows * H; s++) {
      const z = 3 * s - 2 * (s % H) + H;
      const [Z, N] = [keep[z], keep[z + H]];
      dx[z] = dh[s] * (h[s] - N) * Z * (1 - Z);
      dx[z + H] = dh[s] * (1 - Z) * (1 - N * N);
      dh[s] *= Z;
    }
  },
};

/**
 * The independently recurrent network: h' = tanh(x + u·h + b_hh), one weight u a unit.
 * Source: Li et al., "Independently recurrent neural network" (2018).
 */
export const indRNN: Cell = {
  name: "IndRNN",
  gates: 1,
  states: 1,
  recurrent: "vector",
  keep: 0,
  sharedGates: true,

  forward({ n, H, x, r, next: [h] }) {
    for (let j = 0; j < n * H; j++) h[j] = Math.tanh(x[j] + r[j]);
  },

  backward({ n, H, next: [h], d: [dh], dx }) {
    for (let j = 0; j < n * H; j++) {
      dx[j] = dh[j] * (1 - h[j] * h[j]);
      dh[j] = 0;
    }
  },
};

/**
 * Three states and parameters of its own: h' = tanh(x + r + p·a), a' = a + b, b' = q·h, with p and q [H].
 * No network of the literature: a is what h was, added up, one step late.
 */
export const echo: Cell = {
  name: "echo",
  gates: 1,
  states: 3,
  recurrent: "dense",
  keep: 0,
  sharedGates: true,
  own: (H) => ({ p: [H], q: [H] }),

  forward({ n, H, x, r, prev: [h, a, b], next: [hNext, aNext, bNext], own: { p, q } }) {
    for (let s = 0; s < n * H; s++) {
      hNext[s] = Math.tanh(x[s] + r[s] + p[s % H] * a[s]);
      aNext[s] = a[s] + b[s];
      bNext[s] = q[s % H] * h[s];
    }
  },

  backward({ n, H, prev: [h, a], next: [hNext], d: [dh, da, db], dx, own: { p, q }, dOwn }) {
    for (let s = 0; s < n * H; s++) {
      const [j, dA, dB] = [s % H, da[s], db[s]];
      dx[s] = dh[s] * (1 - hNext[s] * hNext[s]);
      dOwn.p[j] += dx[s] * a[s];
      dOwn.q[j] += dB * h[s];
      dh[s] = dB * q[j];
      da[s] = dA + dx[s] * p[j];
      db[s] = dA;
    }
  },
};

export const otherCells: readonly Cell[] = [minGRU, resetFirstGRU, indRNN, echo];
