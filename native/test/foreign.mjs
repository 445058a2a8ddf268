/**
 * The native device beside the js device, for a processor that is emulated: too slow for the tests, so a little of everything,
 * from the built packages. Prints the vectors and the greatest difference, and fails above 1e-5.
 */

import { manualSeed, nn, optim, randn, setDefaultDevice } from "elman-nn";
import { native } from "elman-nn-native";

/** Numbers of layers forward, backward and after a step of training, of a stream, and of an argument that is refused. */
function work(device) {
  setDefaultDevice(device);
  manualSeed(1);
  const found = [];
  const give = (tensor) => found.push(...tensor.detach().flatten().tolist());
  for (const Layer of [nn.LSTM, nn.GRU, nn.RNN]) {
    const layer = new Layer(19, 37, { bidirectional: true });
    const norm = new nn.LayerNorm(74);
    const optimizer = new optim.Adam([...layer.parameters(), ...norm.parameters()], { lr: 0.01 });
    const x = randn(23, 5, 19, { requiresGrad: true });
    const [output] = layer.forward(x);
    const y = norm.forward(output).softmax(-1).exp().sum(0).tanh();
    y.pow(2).sum().backward();
    give(y);
    give(x.grad);
    optimizer.step();
    for (const parameter of layer.parameters()) give(parameter);
  }
  const stream = new nn.Sequential(new nn.Linear(19, 31), new nn.GRU(31, 33), new nn.Linear(33, 7)).stream();
  const output = new Float32Array(7);
  for (let t = 0; t < 5; t++) {
    const input = Float32Array.from({ length: 19 }, (_, i) => Math.sin(t + i));
    stream.step(input, output);
    found.push(...output);
  }
  return found;
}

if (native === null) throw new Error("there is no binary");
native.threads = 2;
const [wanted, came] = [work("js"), work(native)];
const apart = wanted.reduce((most, x, i) => Math.max(most, Math.abs(x - came[i])), 0);
console.log(`${process.arch}: ${wanted.length} numbers, ${apart.toExponential(1)} apart at most`);
if (!(wanted.length === came.length && apart < 1e-5)) process.exitCode = 1;
