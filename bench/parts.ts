/**
 * `npm run bench:parts`: where the time of a forward pass goes, on this machine and this Node. The products and the
 * activations of a case are timed alone, at its sizes; the rest is what the whole takes beyond them: copying in and
 * out, adding up, and everything above the device.
 */

import { Memory } from "../src/device/wasm/memory.js";
import { instantiate, type Kernels } from "../src/device/wasm/module.js";
import { nn, noGrad, randn, type Tensor } from "../src/index.js";
import { type Case, gates, grid } from "./cases.js";
import { median } from "./statistics.js";

const build = instantiate("relaxed") === null ? "plain" : "relaxed";
const kernels = instantiate(build) as Kernels;
const memory = new Memory(kernels);

/** Microseconds of a call: the median of 21 samples of at least 2 ms each. */
function timed(call: () => unknown): number {
  const sample = (count: number): number => {
    const start = performance.now();
    for (let i = 0; i < count; i++) call();
    return ((performance.now() - start) * 1000) / count;
  };
  const until = performance.now() + 200;
  while (performance.now() < until) call();
  const count = Math.max(1, Math.ceil(2000 / sample(1)));
  return median(Array.from({ length: 21 }, () => sample(count)));
}

/** A product of [M, K] and [K, N], onto what is there. */
function product(M: number, N: number, K: number): number {
  memory.reset();
  const [a, b, c] = [M * K, K * N, M * N].map((count) => memory.zeros(count));
  const panels = memory.take(K * N);
  kernels.pack(b, N * 4, 4, K, N, panels);
  return timed(() => kernels.gemm(a, K * 4, 4, panels, c, N * 4, M, N, K, c, N * 4));
}

/** sigmoid (0) or tanh (1) of so many numbers. */
function activation(which: number, count: number): number {
  memory.reset();
  const at = memory.zeros(count);
  return timed(() => kernels.activate(which, at, count));
}

function parts({ mode, T, N, C, H }: Case): number[] {
  const GH = gates[mode] * H;
  const [sigmoids, tanhs] = { LSTM: [3, 2], GRU: [2, 1], RNN: [0, 1] }[mode];
  const layer = new nn[mode](C, H) as { forward(input: Tensor): unknown };
  const x = randn([T, N, C]);
  const whole = timed(() => noGrad(() => layer.forward(x)));
  const activations = sigmoids * activation(0, N * H) + tanhs * activation(1, N * H);
  return [whole, product(T * N, GH, C), T * product(N, GH, H), T * activations];
}

const columns = ["whole, µs", "W·x", "GFLOP/s", "W·h", "GFLOP/s", "activations", "rest"];
process.stdout.write(`Node ${process.versions.node}, wasm-${build}\n\n| forward | ${columns.join(" | ")} |\n`);
process.stdout.write(`| --- |${columns.map(() => " --: |").join("")}\n`);
for (const one of grid().filter(({ name, L, lengths }) => !name.endsWith("step") && L === 1 && lengths === null)) {
  const [whole, input, recurrent, activations] = parts(one);
  const { mode, T, N, C, H } = one;
  const percent = (us: number) => `${Math.round((100 * us) / whole)} %`;
  const rate = (width: number, us: number) => ((2 * T * N * gates[mode] * H * width) / us / 1000).toFixed(1);
  const rest = percent(whole - input - recurrent - activations);
  const cells = [Math.round(whole), percent(input), rate(C, input), percent(recurrent), rate(H, recurrent)];
  process.stdout.write(`| ${one.name} | ${[...cells, percent(activations), rest].join(" | ")} |\n`);
}
