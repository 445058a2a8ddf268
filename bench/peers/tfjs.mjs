/**
 * TensorFlow.js on its wasm backend, one thread: Keras layers. Its GRU has no reset_after, so it cannot be PyTorch's.
 * Keras keeps weights transposed, gates as PyTorch orders them, and one bias for the two.
 */

import { createRequire } from "node:module";
import { dirname } from "node:path";
import { serve, transposed } from "./serve.mjs";

const require = createRequire(import.meta.url);
const tf = require("@tensorflow/tfjs");
const wasm = require("@tensorflow/tfjs-backend-wasm");
wasm.setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
wasm.setThreadsCount(1);

const options = (mode, H) => ({
  units: H,
  ...(mode === "LSTM" ? { recurrentActivation: "sigmoid", unitForgetBias: false } : {}),
});

serve(async ({ mode, T, N, C, H, L, D, lengths, dying }, pass, { GH, input, layers }) => {
  if (dying) throw new Error("not measured");
  if (mode === "GRU") throw new Error("its GRU has no reset_after");
  await tf.setBackend("wasm");
  const weights = layers.map(({ width, weights: [ih, hh, bias, other] }) => [
    tf.tensor2d(transposed(ih, GH, width), [width, GH]),
    tf.tensor2d(transposed(hh, GH, H), [H, GH]),
    tf.tensor1d(bias.map((b, i) => b + other[i])),
  ]);
  if (pass === "step") {
    const cell = (mode === "LSTM" ? tf.layers.lstmCell : tf.layers.simpleRNNCell)(options(mode, H));
    cell.build([null, C]);
    cell.setWeights(weights[0]);
    const x = tf.tensor2d(input, [1, C]);
    let states = Array.from({ length: mode === "LSTM" ? 2 : 1 }, () => tf.zeros([1, H]));
    const run = () => {
      const old = states;
      states = tf.tidy(() => cell.call([x, ...old], {}).slice(1));
      for (const state of old) state.dispose();
      return states[0];
    };
    return { run, answer: (steps) => Array.from({ length: steps }, () => run().dataSync().slice()) };
  }
  const make = mode === "LSTM" ? tf.layers.lstm : tf.layers.simpleRNN;
  const stacked = Array.from({ length: L }, (_, k) => {
    const one = make({ ...options(mode, H), returnSequences: true });
    const layer = D === 1 ? one : tf.layers.bidirectional({ layer: one, mergeMode: "concat" });
    tf.tidy(() => layer.apply(tf.zeros([1, 1, layers[k * D].width])));
    layer.setWeights(weights.slice(k * D, (k + 1) * D).flat());
    return layer;
  });
  const x = tf.tidy(() => tf.tensor3d(input, [T, N, C]).transpose([1, 0, 2]));
  /** 1 where a sequence is, 0 behind its end; there Keras repeats the last output, which has to be wiped out. */
  const mask =
    lengths &&
    tf.tensor2d(
      lengths.flatMap((n) => Array.from({ length: T }, (_, t) => (t < n ? 1 : 0))),
      [N, T],
    );
  const forward = () => {
    if (mask === null) return stacked.reduce((sequence, layer) => layer.apply(sequence), x);
    return stacked.reduce((sequence, layer) => layer.apply(sequence, { mask }), x).mul(mask.expandDims(2));
  };
  if (pass === "forward") {
    const run = () => {
      const output = tf.tidy(forward);
      output.dispose();
    };
    const answer = () => [tf.tidy(() => forward().transpose([1, 0, 2]).dataSync())];
    return { run, answer };
  }
  const variables = stacked.flatMap((layer) => layer.trainableWeights.map((weight) => weight.read()));
  const gradients = () => tf.variableGrads(() => forward().sum(), variables);
  const run = () => {
    const { value, grads } = gradients();
    tf.dispose([value, grads]);
  };
  const answer = () => {
    const { grads } = gradients();
    return layers.flatMap(({ width }, s) => {
      const [ih, hh, bias] = variables.slice(3 * s, 3 * s + 3).map(({ name }) => grads[name].dataSync());
      return [transposed(ih, width, GH), transposed(hh, H, GH), bias, bias];
    });
  };
  return { run, answer };
});
