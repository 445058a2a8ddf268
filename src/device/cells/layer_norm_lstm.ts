/**
 * Long short-term memory with both projections and what leaves the cell state normalised.
 * Source: Ba et al., "Layer normalization" (2016), equations 20 to 22: the four gates of a projection are normalised
 * together; the cell state itself goes on as it is. The biases are the shifts of the projections.
 */

import { type Cell, sigmoid } from "../cell.js";
import { normalise, normaliseBackward } from "./layer_norm.js";

/** i f g o.   c' = f·c + i·g   h' = o·tanh(LN(c'))   with i f o = σ(LN(x) + LN(r)), g = tanh(LN(x) + LN(r)) */
export const layerNormLSTM: Cell<2> = {
  name: "LAYER_NORM_LSTM",
  gates: 4,
  states: 2,
  recurrent: "dense",
  sharedGates: false,
  forget: 1,
  keep: 17, // x and r normalised, four each; i f g o; c' normalised, and tanh of it; what x, r and c' were scaled by
  own: (H) => ({
    ...{ gamma_ih: [4 * H], gamma_hh: [4 * H], gamma_c: [H], beta_c: [H] },
    ...{ bias_ih: [4 * H], bias_hh: [4 * H] },
  }),
  begin: { gamma_ih: 1, gamma_hh: 1, gamma_c: 1, beta_c: 0, bias_ih: 0, bias_hh: 0 },

  forward({ n, H, x, r, prev: [, c], next: [hNext, cNext], keep, own }) {
    const { gamma_ih, gamma_hh, gamma_c, beta_c, bias_ih, bias_hh } = own;
    for (let row = 0; row < n; row++) {
      const k = row * 17 * H;
      keep[k + 14 * H] = normalise(x, row * 4 * H, 4 * H, keep, k);
      keep[k + 15 * H] = normalise(r, row * 4 * H, 4 * H, keep, k + 4 * H);
      const sum = (q: number) =>
        keep[k + q] * gamma_ih[q] + bias_ih[q] + keep[k + 4 * H + q] * gamma_hh[q] + bias_hh[q];
      for (let j = 0, s = row * H, g = k + 8 * H; j < H; j++, s++, g++) {
        const I = (keep[g] = sigmoid(sum(j)));
        const F = (keep[g + H] = sigmoid(sum(j + H)));
        const G = (keep[g + 2 * H] = Math.tanh(sum(j + 2 * H)));
        keep[g + 3 * H] = sigmoid(sum(j + 3 * H));
        cNext[s] = F * c[s] + I * G;
      }
      keep[k + 16 * H] = normalise(cNext, row * H, H, keep, k + 12 * H);
      for (let j = 0, s = row * H, y = k + 12 * H; j < H; j++, s++, y++) {
        const tanhC = (keep[y + H] = Math.tanh(keep[y] * gamma_c[j] + beta_c[j]));
        hNext[s] = keep[y - H] * tanhC;
      }
    }
  },

  backward({ n, H, keep, prev: [, c], d: [dh, dc], dx, dr, own: { gamma_ih, gamma_hh, gamma_c }, dOwn }) {
    const ofX = [gamma_ih, dOwn.gamma_ih, dOwn.bias_ih] as const;
    const ofR = [gamma_hh, dOwn.gamma_hh, dOwn.bias_hh] as const;
    const ofC = [gamma_c, dOwn.gamma_c, dOwn.beta_c] as const;
    for (let row = 0; row < n; row++) {
      const [k, a, first] = [row * 17 * H, row * 4 * H, row * H];
      for (let j = 0, s = first, i = a, g = k + 8 * H; j < H; j++, s++, i++, g++) {
        const O = keep[g + 3 * H];
        const tanhC = keep[g + 5 * H];
        dx[i + 3 * H] = dh[s] * tanhC * O * (1 - O);
        dh[s] *= O * (1 - tanhC * tanhC);
      }
      normaliseBackward(dh, first, H, keep, k + 12 * H, keep[k + 16 * H], ofC, 0);
      for (let j = 0, s = first, i = a, g = k + 8 * H; j < H; j++, s++, i++, g++) {
        const I = keep[g];
        const F = keep[g + H];
        const G = keep[g + 2 * H];
        const d = dc[s] + dh[s];
        dx[i] = d * G * I * (1 - I);
        dx[i + H] = d * c[s] * F * (1 - F);
        dx[i + 2 * H] = d * I * (1 - G * G);
        dc[s] = d * F;
        dh[s] = 0;
      }
      for (let q = a; q < a + 4 * H; q++) dr[q] = dx[q];
      normaliseBackward(dx, a, 4 * H, keep, k, keep[k + 14 * H], ofX, 0);
      normaliseBackward(dr, a, 4 * H, keep, k + 4 * H, keep[k + 15 * H], ofR, 0);
    }
  },
};
