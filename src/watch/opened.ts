/** The gates of recurrent layers by name, and what they let through. Knows nothing of time. */

import type { nn, Tensor } from "../index.js";

/** Gates in the order of the weights' blocks, with what they go through. */
export const gates: Readonly<Record<nn.RNNBase["mode"], Readonly<Record<string, "sigmoid" | "tanh" | "relu">>>> = {
  LSTM: { i: "sigmoid", f: "sigmoid", g: "tanh", o: "sigmoid" },
  GRU: { r: "sigmoid", z: "sigmoid", n: "tanh" },
  RNN_TANH: { h: "tanh" },
  RNN_RELU: { h: "relu" },
};

/** Each gate `[R, H]`, out of x = W_ih·x + b_ih and r = W_hh·h + b_hh, both `[R, G·H]`. */
export function opened(mode: nn.RNNBase["mode"], x: Tensor, r: Tensor): Record<string, Tensor> {
  const kinds = Object.entries(gates[mode]);
  const [input, recurrent] = [x.chunk(kinds.length, 1), r.chunk(kinds.length, 1)];
  const open: Record<string, Tensor> = {};
  kinds.forEach(([name, kind], i) => {
    open[name] = input[i].add(name === "n" ? recurrent[i].mul(open.r) : recurrent[i])[kind]();
  });
  return open;
}
