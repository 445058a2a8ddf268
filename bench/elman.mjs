/** elman, as the package that was built, on the device that ELMAN_DEVICE names. */

import { nn, noGrad, tensor } from "elman-nn";
import { serve } from "./peers/serve.mjs";

serve(({ mode, T, N, C, H, L, D, lengths }, pass, { input, layers }) => {
  const layer = new nn[mode](C, H, { numLayers: L, bidirectional: D === 2 });
  noGrad(() => {
    layer.allWeights.forEach((list, s) => {
      list.forEach((weight, i) => {
        weight.copy_(tensor(layers[s].weights[i], weight.shape));
      });
    });
  });
  if (pass === "step") {
    const stream = layer.stream({ batch: 1 });
    const [x, output] = [Float32Array.from(input), new Float32Array(H)];
    const run = () => {
      stream.step(x, output);
      return output;
    };
    return { run, answer: (steps) => Array.from({ length: steps }, () => run().slice()) };
  }
  const padded = tensor(input, [T, N, C]);
  const x = lengths === null ? padded : nn.utils.rnn.packPaddedSequence(padded, lengths);
  const forward = () => layer.forward(x)[0];
  if (pass === "forward") {
    const run = () => noGrad(forward);
    const dense = (output) => (lengths === null ? output : nn.utils.rnn.padPackedSequence(output)[0]);
    return { run, answer: () => [dense(run()).toArray()] };
  }
  const run = () => {
    layer.zeroGrad();
    const output = forward();
    (lengths === null ? output : output.data).sum().backward();
    return layer.allWeights.flat();
  };
  return { run, answer: () => run().map((weight) => weight.grad.toArray()) };
});
