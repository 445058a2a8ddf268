/**
 * TensorFlow.js on its wasm backend, one thread, on the language model's step, in ops and in PyTorch's layout: Keras has
 * one bias for PyTorch's two, no AdamW and no clipping of all gradients together.
 */

import { createRequire } from "node:module";
import { dirname } from "node:path";
import { load } from "../../dist/checkpoint/index.js";
import { serve } from "./serve.mjs";

const require = createRequire(import.meta.url);
const tf = require("@tensorflow/tfjs");
const wasm = require("@tensorflow/tfjs-backend-wasm");
wasm.setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
wasm.setThreadsCount(1);

/** AdamW as OneCycleLR begins: a 25th of the greatest rate, and its greatest momentum. */
const [beta1, beta2, decay, epsilon] = [0.95, 0.999, 0.01, 1e-8];

/** A list of steps [N, C] through a layer: the outputs, and the states behind the last. */
function lstm(steps, [ih, hh, bih, bhh], [h, c]) {
  const outputs = steps.map((x) => {
    const gates = tf
      .matMul(x, ih, false, true)
      .add(bih)
      .add(tf.matMul(h, hh, false, true))
      .add(bhh);
    const [i, f, g, o] = tf.split(gates, 4, 1);
    c = f.sigmoid().mul(c).add(i.sigmoid().mul(g.tanh()));
    h = o.sigmoid().mul(c.tanh());
    return h;
  });
  return [outputs, [h, c]];
}

serve(
  async ({ op, file }) => {
    if (op !== "text") throw new Error("measured against PyTorch alone");
    await tf.setBackend("wasm");
    const begun = await load(file);
    const lr = begun.get("lr") / 25;
    const weights = [...begun.get("model")].map(([name, x]) =>
      tf.variable(tf.tensor(x.toArray(), x.shape), true, name),
    );
    const [table, ...rest] = weights;
    const layers = [rest.slice(0, 4), rest.slice(4, 8)];
    const [to, bias] = rest.slice(8);
    const [letters, hidden] = to.shape;
    // Its wasm backend has no gradient of a lookup: an embedding is a product with 0 and 1, step by step.
    const oneHot = (x) => tf.oneHot(tf.tensor(x.t().contiguous().toArray(), [x.numel()], "int32"), letters).toFloat();
    const given = begun.get("batches");
    const [N, T] = given[0][0].shape;
    const batches = given.map(([input, target]) => ({ input: oneHot(input), target: oneHot(target) }));
    let states = layers.map(() => [tf.zeros([N, hidden]), tf.zeros([N, hidden])]);
    const moments = weights.map((x) => [tf.zerosLike(x), tf.zerosLike(x)].map((zeros) => tf.variable(zeros, false)));
    let t = 0;

    function step({ input, target }) {
      const old = states;
      const { value, grads } = tf.variableGrads(() => {
        let steps = tf.split(tf.matMul(input, table), T);
        states = layers.map((layer, k) => {
          const [outputs, state] = lstm(steps, layer, old[k]);
          steps = outputs;
          return state.map((x) => tf.keep(x.clone()));
        });
        return tf.losses.softmaxCrossEntropy(target, tf.matMul(tf.concat(steps), to, false, true).add(bias));
      }, weights);
      t++;
      const loss = value.dataSync()[0];
      const clipped = tf.tidy(() => {
        const norm = tf.addN(weights.map(({ name }) => grads[name].square().sum())).sqrt();
        const scale = tf.minimum(1, tf.div(5, norm.add(1e-6)));
        return weights.map((x, i) => {
          const [m, v] = moments[i];
          const g = grads[x.name].mul(scale);
          m.assign(m.mul(beta1).add(g.mul(1 - beta1)));
          v.assign(v.mul(beta2).add(g.square().mul(1 - beta2)));
          const spread = v
            .div(1 - beta2 ** t)
            .sqrt()
            .add(epsilon);
          x.assign(x.mul(1 - lr * decay).sub(m.div(spread).mul(lr / (1 - beta1 ** t))));
          return g;
        });
      });
      tf.dispose([value, grads, old]);
      return { loss, clipped };
    }

    const run = () => tf.dispose(step(batches[0]).clipped);
    const answer = () => {
      const first = step(batches[0]);
      const losses = [first.loss];
      const gradients = first.clipped.map((g) => g.dataSync().slice());
      for (const batch of batches.slice(1)) {
        const { loss, clipped } = step(batch);
        losses.push(loss);
        tf.dispose(clipped);
      }
      return [Float32Array.from(losses), ...gradients];
    };
    return { run, answer };
  },
  () => [],
);
