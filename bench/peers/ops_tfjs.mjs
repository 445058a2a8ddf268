/** TensorFlow.js on its wasm backend, one thread, on the operations around the layers. */

import { createRequire } from "node:module";
import { dirname } from "node:path";
import { arrays, serve } from "./serve.mjs";

const require = createRequire(import.meta.url);
const tf = require("@tensorflow/tfjs");
const wasm = require("@tensorflow/tfjs-backend-wasm");
wasm.setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
wasm.setThreadsCount(1);

function layerNorm(x, weight, bias) {
  const { mean, variance } = tf.moments(x, 1, true);
  return x.sub(mean).mul(variance.add(1e-5).rsqrt()).mul(weight).add(bias);
}

function embeddingLoop(words) {
  const steps = tf.unstack(words);
  return (weight) => tf.addN(steps.map((step) => tf.gather(weight, step).square().sum()));
}

/** Channels last, as it has them: what comes in so is turned before it is timed, what goes out with it. */
const turned = (x) => tf.transpose(x, [0, 2, 1]);
const convolution = (x, w, b) => tf.conv1d(x, w, 1, "same").add(b);
const kernels = (w) => tf.transpose(w, [2, 1, 0]);

/** Of the inputs, what is computed and handed back as a list of tensors. */
const ops = {
  tanh: (x) => () => [tf.tanh(x)],
  exp: (x) => () => [tf.exp(x)],
  sigmoid: (x) => () => [tf.sigmoid(x)],
  softmax: (x) => () => [tf.softmax(x)],
  logSoftmax: (x) => () => [tf.logSoftmax(x)],
  logsumexp: (x) => () => [tf.logSumExp(x, 1)],
  sumOfRows: (x) => () => [tf.sum(x, 1)],
  sumOfColumns: (x) => () => [tf.sum(x, 0)],
  mulByNumber: (x) => () => [tf.mul(x, 0.7)],
  add: (a, b) => () => [tf.add(a, b)],
  relu: (x) => () => [tf.relu(x)],
  where: (mask, a, b) => () => [tf.where(mask, a, b)],
  conv1d: (x, w, b) => {
    const [rows, kernel] = [turned(x), kernels(w)];
    return Object.assign(() => [convolution(rows, kernel, b)], { back: ([y]) => [turned(y)] });
  },
  conv1dTrain: (x, w, b, d) => {
    const [rows, kernel, arriving] = [turned(x), kernels(w), turned(d)];
    const both = tf.valueAndGrads(convolution);
    const compute = () => {
      const { value, grads } = both([rows, kernel, b], arriving);
      return [value, ...grads];
    };
    return Object.assign(compute, { back: ([y, dx, dw, db]) => [turned(y), turned(dx), kernels(dw), db] });
  },
  layerNorm: (x, weight, bias, d) => {
    const both = tf.valueAndGrads(layerNorm);
    return () => {
      const { value, grads } = both([x, weight, bias], d);
      return [value, ...grads];
    };
  },
  crossEntropy: (x, classes) => {
    // Asked for as float32, they come out as the bits of whole numbers.
    const targets = tf.oneHot(classes, x.shape[1]).toFloat();
    const both = tf.valueAndGrad((logits) => tf.losses.softmaxCrossEntropy(targets, logits));
    return () => {
      const { value, grad } = both(x);
      return [value, grad];
    };
  },
  embeddingLoop: (weight, words) => {
    const gradient = tf.grad(embeddingLoop(words));
    return () => [gradient(weight)];
  },
};

const optimisers = {
  adam: () => tf.train.adam(0.01, 0.9, 0.999, 1e-8),
  sgd: () => tf.train.momentum(0.01, 0.9),
};

serve(async ({ op, inputs }, _, data) => {
  if (!(op in ops || op in optimisers)) throw new Error("measured against PyTorch alone");
  await tf.setBackend("wasm");
  const given = inputs.map(({ shape, below }, i) =>
    tf.tensor(data[i], shape, below === undefined ? "float32" : below === 2 ? "bool" : "int32"),
  );
  if (op in optimisers) {
    const [start, gradient] = given;
    const parameter = tf.variable(start, true, "parameter");
    const optimiser = optimisers[op]();
    const run = () => optimiser.applyGradients({ parameter: gradient });
    const answer = (steps) => {
      for (let i = 0; i < steps; i++) run();
      return [parameter.dataSync().slice()];
    };
    return { run, answer };
  }
  const compute = ops[op](...given);
  const run = () => tf.dispose(tf.tidy(compute));
  const back = compute.back ?? ((found) => found);
  return { run, answer: () => tf.tidy(() => back(compute()).map((x) => x.dataSync().slice())) };
}, arrays);
