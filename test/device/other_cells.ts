/**
 * Cells beyond PyTorch's: those that the library has, and some that it does not. Between them they use every fact of a
 * record, so that any device can be shown to run a cell that it has never heard of.
 */

import type { Cell } from "../../src/device/cell.js";
import { cells } from "../../src/device/cells/index.js";
import * as records from "../../src/nn/recurrent/beyond/cells.js";

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

const ofPyTorch: readonly Cell[] = Object.values(cells);

/** Those of the library. */
export const beyond: readonly Cell[] = Object.values(records).filter((cell: Cell) => !ofPyTorch.includes(cell));

export const otherCells: readonly Cell[] = [...beyond, indRNN, echo];
