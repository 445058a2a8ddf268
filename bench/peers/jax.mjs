/**
 * jax-js on its wasm backend. It has no scan, so a sequence is unrolled, under `jit`, which compiles each length anew.
 * An array is used up by whoever takes it: `.ref` keeps it.
 */

import { blockUntilReady, defaultDevice, grad, init, jit, nn, numpy as np } from "@jax-js/jax";
import { serve, transposed } from "./serve.mjs";

/** One step from the input's share of the gates [n, G·H]; the new states. Takes the share, not the states. */
const cells = {
  RNN: (x, [h], hh, bias) => [np.tanh(x.add(np.matmul(h.ref, hh.ref)).add(bias.ref))],
  GRU: (x, [h], hh, bias) => {
    const [xr, xz, xn] = np.split(x, 3, -1);
    const [hr, hz, hn] = np.split(np.matmul(h.ref, hh.ref).add(bias.ref), 3, -1);
    const z = nn.sigmoid(xz.add(hz));
    const n = np.tanh(xn.add(nn.sigmoid(xr.add(hr)).mul(hn)));
    return [n.ref.add(z.mul(h.ref.sub(n)))];
  },
  LSTM: (x, [h, c], hh, bias) => {
    const [i, f, g, o] = np.split(x.add(np.matmul(h.ref, hh.ref)).add(bias.ref), 4, -1);
    const next = nn
      .sigmoid(f)
      .mul(c.ref)
      .add(nn.sigmoid(i).mul(np.tanh(g)));
    return [nn.sigmoid(o).mul(np.tanh(next.ref)), next];
  },
};

serve(async ({ mode, T, N, C, H, L, D, lengths, dying }, pass, { GH, input, layers }) => {
  if (dying) throw new Error("not measured");
  await init("wasm");
  defaultDevice("wasm");
  const step = cells[mode];
  const states = mode === "LSTM" ? 2 : 1;
  const zeros = () => Array.from({ length: states }, () => np.zeros([N, H]));
  const weights = layers.map(({ width, weights: [ih, hh, bias, other] }) => [
    np.array(transposed(ih, GH, width)).reshape([width, GH]),
    np.array(transposed(hh, GH, H)).reshape([H, GH]),
    np.array(bias),
    np.array(other),
  ]);
  const kept = () => weights.map((list) => list.map((weight) => weight.ref));
  if (pass === "step") {
    const x = np.array(input).reshape([1, C]);
    const compiled = jit((x, state, [ih, hh, bias, other]) => step(np.matmul(x, ih).add(bias), state, hh, other));
    let state = zeros();
    const run = () => {
      state = compiled(x.ref, state, kept()[0]);
      return blockUntilReady(state);
    };
    const answer = async (steps) => {
      const outputs = [];
      for (let i = 0; i < steps; i++) {
        await run();
        outputs.push(await state[0].ref.data());
      }
      return outputs;
    };
    return { run, answer };
  }
  /** How many sequences are alive at time t; the longest stand first. */
  const alive = (t) => lengths?.filter((length) => length > t).length ?? N;
  const direction = (x, [ih, hh, bias, other], reverse) => {
    const shares = np.split(np.matmul(x, ih).add(bias), T, 0);
    const outputs = [];
    let state = zeros();
    for (let i = 0; i < T; i++) {
      const t = reverse ? T - 1 - i : i;
      const n = alive(t);
      const share = shares[t].reshape([N, GH]);
      if (lengths === null) state = step(share, state, hh, other);
      else
        state = step(
          share.slice([0, n]),
          state.map((s) => s.slice([0, n])),
          hh,
          other,
        );
      outputs[t] =
        n === N
          ? state[0].ref
          : np.pad(state[0].ref, [
              [0, N - n],
              [0, 0],
            ]);
    }
    return np.stack(outputs);
  };
  const forward = (x, all) => {
    let sequence = x;
    for (let k = 0; k < L; k++) {
      const outputs = Array.from({ length: D }, (_, d) => direction(sequence.ref, all[k * D + d], d === 1));
      sequence = D === 1 ? outputs[0] : np.concatenate(outputs, -1);
    }
    return sequence;
  };
  const x = np.array(input).reshape([T, N, C]);
  if (pass === "forward") {
    const compiled = jit(forward);
    const run = async () => {
      const output = compiled(x.ref, kept());
      await blockUntilReady(output);
      output.dispose();
    };
    return { run, answer: async () => [await compiled(x.ref, kept()).data()] };
  }
  const compiled = jit(grad((all, x) => forward(x, all).sum()));
  const run = async () => {
    const gradients = compiled(kept(), x.ref);
    await blockUntilReady(gradients);
    for (const gradient of gradients.flat()) gradient.dispose();
  };
  const answer = async () => {
    const arrays = [];
    for (const [s, list] of compiled(kept(), x.ref).entries()) {
      const [ih, hh, bias, other] = await Promise.all(list.map((gradient) => gradient.data()));
      arrays.push(transposed(ih, layers[s].width, GH), transposed(hh, H, GH), bias, other);
    }
    return arrays;
  };
  return { run, answer };
});
