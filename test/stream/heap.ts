/**
 * How many bytes of the heap a step takes, printed as JSON. Runs in a process of its own, with so large a young
 * generation that nothing is collected meanwhile: whatever was allocated is still there to be counted.
 */

import { nn, randn, setDefaultDevice } from "../../src/index.js";

const steps = 1_000_000;

function bytesPerStep(step: (i: number) => void): number {
  for (let i = 0; i < 100_000; i++) step(i);
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < steps; i++) step(i);
  return (process.memoryUsage().heapUsed - before) / steps;
}

const found: Record<string, number> = {};
for (const name of ["js", "wasm"] as const) {
  setDefaultDevice(name);
  const size = name === "js" ? 2 : 8;
  for (const layer of [
    new nn.RNN(3, size, { numLayers: 2 }),
    new nn.GRU(3, size),
    new nn.LSTM(3, size, { numLayers: 2, projSize: 1 }),
  ]) {
    const stream = layer.stream({ batch: 2 });
    const input = randn([2, 3]).toArray() as Float32Array;
    const output = new Float32Array(2 * stream.outputSize);
    const step = layer.mode === "GRU" ? () => stream.run(input, output, 1) : () => stream.step(input, output);
    found[`${name} ${layer.mode}`] = bytesPerStep(step);
  }
}
for (const name of ["js", "wasm"] as const) {
  setDefaultDevice(name);
  const { ReLU, Tanh, Sigmoid, SiLU, GELU, ELU, LeakyReLU, PReLU, Softplus, Hardtanh } = nn;
  const bent = [new ReLU(), new Tanh(), new Sigmoid(), new SiLU(), new GELU(), new GELU("tanh"), new ELU()];
  const more = [new LeakyReLU(), new PReLU(4), new Softplus(), new Hardtanh(), new nn.LayerNorm(4)];
  const convolution = new nn.Conv1d(3, 4, 2, { dilation: 3 });
  const net = new nn.Sequential(
    convolution,
    ...bent,
    new nn.BatchNorm1d(4),
    ...more,
    new nn.GRU(4, 3),
    new nn.Linear(3, 2),
  );
  const stream = net.stream({ batch: 2 });
  const [input, output] = [randn([2, 3]).toArray() as Float32Array, new Float32Array(4)];
  found[`${name} net`] = bytesPerStep(() => stream.step(input, output));
}
/** What is measured if a step makes one object, kept where the compiler cannot do without it. */
export let object: object = {};
found["one object"] = bytesPerStep((i) => {
  object = { i };
});
console.log(JSON.stringify(found));
