/** jax-js on its wasm backend, on the operations around the layers, each under `jit`. `.ref` keeps what would be used up. */

import { blockUntilReady, defaultDevice, grad, init, jit, lax, nn, numpy as np, valueAndGrad } from "@jax-js/jax";
import { arrays, serve } from "./serve.mjs";

function layerNorm([x, weight, bias], d) {
  const centred = x.ref.sub(np.mean(x, 1, { keepdims: true }));
  const variance = np.mean(np.square(centred.ref), 1, { keepdims: true });
  const y = centred
    .div(np.sqrt(variance.add(1e-5)))
    .mul(weight)
    .add(bias);
  return [y.ref.mul(d).sum(), y];
}

function convolution([x, w, b]) {
  return lax.convGeneralDilated(x, w, [1], "SAME").add(b.reshape([1, -1, 1]));
}

/** It has no scan: the loop is unrolled. */
function embeddingLoop(weight, words) {
  let loss = np.array(0);
  for (const step of np.split(words, words.shape[0], 0)) {
    loss = loss.add(np.square(np.take(weight.ref, step.reshape([-1]), 0)).sum());
  }
  weight.dispose();
  return loss;
}

/** Of arrays, which they use up, a list of arrays. */
const ops = {
  tanh: (x) => [np.tanh(x)],
  exp: (x) => [np.exp(x)],
  sigmoid: (x) => [nn.sigmoid(x)],
  softmax: (x) => [nn.softmax(x, 1)],
  logSoftmax: (x) => [nn.logSoftmax(x, 1)],
  logsumexp: (x) => [nn.logsumexp(x, 1)],
  sumOfRows: (x) => [np.sum(x, 1)],
  sumOfColumns: (x) => [np.sum(x, 0)],
  mulByNumber: (x) => [x.mul(0.7)],
  add: (a, b) => [a.add(b)],
  relu: (x) => [nn.relu(x)],
  where: (mask, a, b) => [np.where(mask, a, b)],
  layerNorm: (x, weight, bias, d) => {
    const [[, y], gradients] = valueAndGrad(layerNorm, { hasAux: true })([x, weight, bias], d);
    return [y, ...gradients];
  },
  crossEntropy: (x, targets) =>
    valueAndGrad((logits, targets) => nn.logSoftmax(logits, 1).mul(targets).sum(1).mean().neg())(x, targets),
  conv1d: (x, w, b) => [convolution([x, w, b])],
  conv1dTrain: (x, w, b, d) => {
    const loss = (all, d) => {
      const y = convolution(all);
      return [y.ref.mul(d).sum(), y];
    };
    const [[, y], gradients] = valueAndGrad(loss, { hasAux: true })([x, w, b], d);
    return [y, ...gradients];
  },
  embeddingLoop: (weight, words) => [grad(embeddingLoop)(weight, words)],
};

/** Parameters, the state's two arrays, the gradient and the number of the step, to parameters and state. */
const rules = {
  adam: (p, m, v, g, t) => {
    const mean = m.mul(0.9).add(g.ref.mul(0.1));
    const square = v.mul(0.999).add(np.square(g).mul(0.001));
    const spread = np.sqrt(square.ref.div(np.power(0.999, t.ref).neg().add(1))).add(1e-8);
    const pace = mean.ref.div(np.power(0.9, t).neg().add(1));
    return [p.sub(pace.div(spread).mul(0.01)), mean, square];
  },
  sgd: (p, m, v, g) => {
    const mean = m.mul(0.9).add(g);
    return [p.sub(mean.ref.mul(0.01)), mean, v];
  },
};

serve(async ({ op, inputs }, _, data) => {
  if (!(op in ops || op in rules)) throw new Error("measured against PyTorch alone");
  await init("wasm");
  defaultDevice("wasm");
  const given = inputs.map(({ shape, below }, i) => {
    const x = np.array(data[i]).reshape(shape);
    if (below === undefined) return x;
    if (below === 2) return x.notEqual(0);
    return op === "crossEntropy" ? nn.oneHot(x.astype(np.int32), below) : x.astype(np.int32);
  });
  if (op in rules) {
    const [start, gradient] = given;
    const compiled = jit(rules[op]);
    let state = [start, np.zeros(inputs[0].shape), np.zeros(op === "sgd" ? [1] : inputs[0].shape)];
    let t = 0;
    const run = () => {
      state = compiled(...state, gradient.ref, np.array([++t]));
      return blockUntilReady(state);
    };
    const answer = async (steps) => {
      for (let i = 0; i < steps; i++) await run();
      return [await state[0].ref.data()];
    };
    return { run, answer };
  }
  const compiled = jit(ops[op]);
  const compute = () => compiled(...given.map((x) => x.ref));
  const run = async () => {
    const found = compute();
    await blockUntilReady(found);
    for (const x of found) x.dispose();
  };
  return { run, answer: () => Promise.all(compute().map((x) => x.data())) };
}, arrays);
