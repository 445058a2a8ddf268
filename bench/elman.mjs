/** elman, as the package that was built, on the device that ELMAN_DEVICE names. */

import { nn, noGrad, tensor } from "elman-nn";
import { native } from "./native.mjs";
import { serve } from "./peers/serve.mjs";

serve(({ mode, T, N, C, H, L, D, lengths, dying }, pass, { input, layers }, threads) => {
  if (native !== null) native.threads = threads;
  const silent = dying === "silence";
  const layer = new nn[mode](C, H, { numLayers: L, bidirectional: D === 2, bias: !silent });
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
    const begin = stream.getState().fill(1);
    let steps = 0;
    const run = () => {
      // Long enough for a state to die away, and a while beyond.
      if (silent && steps++ % 300 === 0) stream.setState(begin);
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
    const read = lengths === null ? output : output.data;
    (dying === "last" ? read.select(0, T - 1) : read).sum().backward();
    return layer.allWeights.flat();
  };
  return { run, answer: () => run().map((weight) => weight.grad.toArray()) };
});
