/** ONNX Runtime: `onnxruntime-web` on WebAssembly or `onnxruntime-node`, named as the argument. It does not train. */

import { model } from "./onnx.mjs";
import { serve } from "./serve.mjs";

const name = process.argv[2];
const ort = await import(name);

serve(async (one, pass, numbers, threads) => {
  if (pass === "train") throw new Error("does not train");
  if (one.dying) throw new Error("not measured");
  if (name === "onnxruntime-web") ort.env.wasm.numThreads = threads;
  const { T, N, C, H, lengths } = one;
  const session = await ort.InferenceSession.create(model(one, pass, numbers), {
    executionProviders: [name === "onnxruntime-web" ? "wasm" : "cpu"],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
  });
  const feeds = { x: new ort.Tensor("float32", numbers.input, [T, N, C]) };
  if (lengths !== null) feeds.lengths = new ort.Tensor("int32", Int32Array.from(lengths), [N]);
  if (pass === "forward") {
    const run = () => session.run(feeds);
    return { run, answer: async () => [(await run()).y.data] };
  }
  for (const state of one.mode === "LSTM" ? ["h", "c"] : ["h"]) {
    feeds[state] = new ort.Tensor("float32", new Float32Array(H), [1, 1, H]);
  }
  const run = async () => {
    const { y, hn, cn } = await session.run(feeds);
    feeds.h = hn;
    if (cn) feeds.c = cn;
    return y;
  };
  const answer = async (steps) => {
    const outputs = [];
    for (let i = 0; i < steps; i++) outputs.push((await run()).data.slice());
    return outputs;
  };
  return { run, answer };
});
