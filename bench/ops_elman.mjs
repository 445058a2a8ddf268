/** elman on the operations around the layers, as the package that was built, on the device that ELMAN_DEVICE names. */

import { nn, noGrad, optim, tensor, where } from "elman-nn";
import { native } from "./native.mjs";
import { arrays, serve } from "./peers/serve.mjs";

if (native !== null) native.threads = 1;

const { functional: F } = nn;

/** What is computed without gradients, of tensors. */
const forward = {
  tanh: (x) => x.tanh(),
  exp: (x) => x.exp(),
  sigmoid: (x) => x.sigmoid(),
  softmax: (x) => x.softmax(1),
  logSoftmax: (x) => x.logSoftmax(1),
  logsumexp: (x) => x.logsumexp(1),
  sumOfRows: (x) => x.sum(1),
  sumOfColumns: (x) => x.sum(0),
  mulByNumber: (x) => x.mul(0.7),
  add: (a, b) => a.add(b),
  relu: (x) => x.relu(),
  where: (mask, a, b) => where(mask, a, b),
  conv1d: (x, w, b) => F.conv1d(x, w, b, { padding: "same" }),
};

/** What is trained: run() leaves gradients in the leaves, and gives what else is compared. */
const trained = {
  layerNorm: (x, weight, bias, d) => ({
    leaves: [x, weight, bias],
    run() {
      const y = F.layerNorm(x, [weight.numel()], { weight, bias });
      y.backward(d);
      return [y];
    },
  }),
  conv1dTrain: (x, w, b, d) => ({
    leaves: [x, w, b],
    run() {
      const y = F.conv1d(x, w, b, { padding: "same" });
      y.backward(d);
      return [y];
    },
  }),
  crossEntropy: (x, classes) => ({
    leaves: [x],
    run() {
      const loss = F.crossEntropy(x, classes);
      loss.backward();
      return [loss];
    },
  }),
  embeddingLoop: (weight, words) => ({
    leaves: [weight],
    run() {
      let loss = 0;
      for (let t = 0; t < words.shape[0]; t++) {
        const found = F.embedding(words.at(t), weight);
        loss = found.mul(found).sum().add(loss);
      }
      loss.backward();
      return [];
    },
  }),
  atLoop: (x, ...weights) => {
    const [T, , H] = x.shape;
    const layer = new nn.LSTM(H, H, { dtype: x.dtype });
    noGrad(() => layer.allWeights[0].forEach((weight, i) => void weight.copy_(weights[i])));
    return {
      leaves: layer.allWeights[0],
      run() {
        const [output] = layer.forward(x);
        let loss = 0;
        for (let t = 0; t < T; t++) loss = output.at(t).mul(x.at(t)).sum().add(loss);
        loss.backward();
        return [];
      },
    };
  },
};

/** Sample by sample in float32; for the reference the whole sequence in float64. */
function netStream(x, ...weights) {
  const [C, H] = [weights[0].shape[0], weights[6].shape[1]];
  const { dtype } = x;
  const layers = [new nn.Conv1d(1, C, 3, { dtype }), new nn.GRU(C, H, { dtype }), new nn.Linear(H, 1, { dtype })];
  const net = new nn.Sequential(...layers);
  noGrad(() => net.parameters().forEach((parameter, i) => void parameter.copy_(weights[i])));
  const [T] = x.shape;
  if (dtype === "float64") {
    const [conv, gru, linear] = layers;
    const past = F.pad(x.permute(1, 2, 0), [2, 0]);
    const run = () => noGrad(() => linear.forward(gru.forward(conv.forward(past).permute(2, 0, 1))[0]));
    return { run, answer: () => answer([run()]) };
  }
  const stream = net.stream();
  const [samples, output] = [Float32Array.from(x.toArray()), new Float32Array(T)];
  const run = () => {
    stream.reset();
    stream.run(samples, output, T);
    return output;
  };
  return { run, answer: () => [run().slice()] };
}

const optimisers = {
  adam: (parameter) => new optim.Adam([parameter], { lr: 0.01 }),
  sgd: (parameter) => new optim.SGD([parameter], { lr: 0.01, momentum: 0.9 }),
};

const answer = (tensors) => tensors.map((x) => Float32Array.from(x.toArray()));

serve(({ op, inputs, dtype = "float32" }, _, data) => {
  const given = inputs.map(({ shape, below }, i) => {
    const x = tensor(below === undefined ? data[i] : Int32Array.from(data[i]), shape);
    return below === undefined ? x.to(dtype) : below === 2 ? x.ne(0) : x;
  });
  if (op === "netStream") return netStream(...given);
  if (op in forward) {
    const run = () => noGrad(() => forward[op](...given));
    return { run, answer: () => answer([run()]) };
  }
  if (op in optimisers) {
    const [parameter, gradient] = given;
    parameter.requiresGrad = true;
    parameter.grad = gradient;
    const optimiser = optimisers[op](parameter);
    const run = () => optimiser.step();
    const stepped = (steps) => {
      for (let i = 0; i < steps; i++) run();
      return answer([parameter]);
    };
    return { run, answer: stepped };
  }
  const { leaves, run: once } = trained[op](...given);
  for (const leaf of leaves) leaf.requiresGrad = true;
  const run = () => {
    for (const leaf of leaves) leaf.grad = null;
    return once();
  };
  return { run, answer: () => answer([...run(), ...leaves.map((leaf) => leaf.grad)]) };
}, arrays);
