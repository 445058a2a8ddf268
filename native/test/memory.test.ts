/** What the device takes it gives back: ten thousand calls of all kinds, of many sizes, leave memory as it was. */

import { cells, fresh, type Net, type Sequence, type Value, type Weights } from "elman-nn/device";
import { expect, it } from "vitest";
import { device, floats, numbers } from "./device.js";

let state = 1;
function draw(most: number): number {
  state = (state * 48_271) % 2_147_483_647;
  return 1 + (state % most);
}

const all = Object.values(cells);

function sequence(): Sequence {
  const dtype = floats[draw(2) - 1];
  const [cell, T, N, C, H] = [all[draw(all.length) - 1], draw(5), draw(5), draw(9), draw(40)];
  const make = (...shape: number[]) => numbers(dtype, shape, draw(1000), true);
  const rows = cell.gates * H;
  const weights = { ih: make(rows, C), hh: make(rows, H), biasIh: make(rows), biasHh: make(rows), hr: null };
  const initial = Array.from({ length: cell.states }, () => make(N, H));
  return { cell, steps: Array<number>(T).fill(N), reverse: draw(2) === 1, input: make(T * N, C), initial, weights };
}

function runs(): void {
  const s = sequence();
  const [run] = device.forward([s], true);
  const d = { output: run.output, final: run.final };
  device.backward([{ sequence: s, run, d, needs: { input: true, weights: true } }]);
}

function stream(): void {
  const [inputSize, hiddenSize] = [draw(9), draw(40)];
  const make = (...shape: number[]) => numbers("float32", shape, draw(1000), true).storage.data as Float32Array;
  const rows = 4 * hiddenSize;
  const weights: Weights<Float32Array> = {
    ih: make(rows, inputSize),
    hh: make(rows, hiddenSize),
    biasIh: make(rows),
    biasHh: make(rows),
    hr: null,
  };
  const net: Net = {
    batch: 1,
    inputSize,
    outputSize: hiddenSize,
    stages: [
      {
        kind: "stack",
        cell: cells.LSTM,
        numLayers: 1,
        inputSize,
        hiddenSize,
        outputSize: hiddenSize,
        take: () => [weights],
      },
    ],
  };
  const stepper = device.stepper(net);
  stepper.load();
  for (let i = 0; i < 3; i++) stepper.step(make(inputSize), 0, new Float32Array(hiddenSize), 0);
  stepper.close();
}

function products(): void {
  const dtype = floats[draw(2) - 1];
  const [M, K, N] = [draw(90), draw(90), draw(90)];
  device.gemm(numbers(dtype, [M, K], 1, true), numbers(dtype, [K, N], 2, true), fresh(dtype, [M, N]), false);
}

function ops(): void {
  const dtype = floats[draw(2) - 1];
  const x: Value = numbers(dtype, [draw(60), draw(200)], draw(1000), true);
  const y = device.softmax(device.binary("add", device.unary("tanh", x), x, dtype), 1, draw(2) === 1);
  device.softmaxBackward(x, y, 1, false);
  device.reduce("sum", y, [0]);
  device.layerNorm(x, null, null, 1e-5);
  device.updates.adam(x, y, [fresh(dtype, x.shape), fresh(dtype, x.shape)], {
    shrink: 1,
    pace: 0.1,
    spread: 1,
    eps: 1,
    weightDecay: 0,
    beta1: 0.9,
    beta2: 0.9,
  });
}

it("memory is flat over ten thousand calls", async () => {
  const kinds = [runs, stream, products, ops];
  const some = async (count: number) => {
    for (let i = 0; i < count; i++) kinds[draw(kinds.length) - 1]();
    // What is dropped in one collection frees in the next what only it held.
    for (let i = 0; i < 3; i++) {
      globalThis.gc?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { rss, arrayBuffers } = process.memoryUsage();
    return { rss, arrayBuffers };
  };
  const before = await some(2000);
  const after = await some(10_000);
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(2 ** 24);
  // What the kernels take themselves is seen here alone; the engine's own heap goes up and down by some.
  expect(after.rss - before.rss).toBeLessThan(48 * 2 ** 20);
});
