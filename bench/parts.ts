/**
 * `npm run bench:parts`: where the time of each pass goes, on this machine and this Node. The products and the
 * activations of a case are timed alone, at its sizes, and of a step the kernel's call; the rest is what the whole takes
 * beyond them: copying in and out, adding up, the cells' gradients, and everything above the device. `--tiny` does all
 * of it at sizes and times that say nothing.
 */

import { nn, noGrad, randn, type Tensor } from "elman-nn";
import { cells } from "../src/device/cells/index.js";
import { Memory } from "../src/device/wasm/memory.js";
import { instantiate, type Kernels } from "../src/device/wasm/module.js";
import { stepper } from "../src/device/wasm/stepper.js";
import { type Case, flops, gates, grid, type Pass } from "./cases.js";
import { short, table } from "./report.js";
import { median } from "./statistics.js";

/** A part of a pass: what it takes, µs, and of products the arithmetic. */
type Part = readonly [us: number, flops?: number];

const build = instantiate("relaxed") === null ? "plain" : "relaxed";
const kernels = instantiate(build) as Kernels;
const memory = new Memory(kernels);

const isTiny = process.argv.includes("--tiny");
const [warming, samples, least] = isTiny ? [0, 1, 0] : [200, 21, 2000];

/** Microseconds of a call: the median of 21 samples of at least 2 ms each. */
function timed(call: () => unknown): number {
  const sample = (count: number): number => {
    const start = performance.now();
    for (let i = 0; i < count; i++) call();
    return ((performance.now() - start) * 1000) / count;
  };
  const until = performance.now() + warming;
  while (performance.now() < until) call();
  const count = Math.max(1, Math.ceil(least / sample(1)));
  return median(Array.from({ length: samples }, () => sample(count)));
}

/** So many products of [M, K] and packed [K, N], onto what is there. */
function products(times: number, M: number, N: number, K: number): Part {
  memory.reset();
  const [a, b, c] = [M * K, K * N, M * N].map((count) => memory.zeros(count));
  const panels = memory.take(K * N);
  kernels.pack(b, N * 4, 4, K, N, panels);
  const us = timed(() => kernels.gemm(a, K * 4, 4, panels, c, N * 4, M, N, K, c, N * 4));
  return [times * us, times * 2 * M * N * K];
}

/** The gradient of weights [M, N] from [K, M] and [K, N], packing included. */
function weightGradient(M: number, N: number, K: number): Part {
  memory.reset();
  const [a, b, c] = [K * M, K * N, M * N].map((count) => memory.zeros(count));
  const panels = memory.take(K * N);
  const us = timed(() => {
    kernels.pack(b, N * 4, 4, K, N, panels);
    kernels.gemm(a, 4, M * 4, panels, c, N * 4, M, N, K, 0, 0);
  });
  return [us, 2 * M * N * K];
}

/** The activations of a forward pass: sigmoids (0) and tanhs (1). */
function activations({ mode, T, N, H }: Case): Part {
  memory.reset();
  const at = memory.zeros(N * H);
  const [sigmoids, tanhs] = { LSTM: [3, 2], GRU: [2, 1], RNN: [0, 1] }[mode];
  const [sigmoid, tanh] = [0, 1].map((which) => timed(() => kernels.activate(which, at, N * H)));
  return [T * (sigmoids * sigmoid + tanhs * tanh)];
}

const sum = (...parts: Part[]): Part => [
  parts.reduce((all, [us]) => all + us, 0),
  parts.reduce((all, [, work = 0]) => all + work, 0),
];

/** What a sequence of a case is computed with. */
function setting({ mode, T, N, C, H }: Case) {
  const layer = new nn[mode](C, H);
  const x = randn([T, N, C]);
  const run = layer.forward.bind(layer) as (input: Tensor) => [Tensor, unknown];
  return { layer, forward: () => run(x)[0], GH: gates[mode] * H };
}

/** The products of a forward pass: of the input, and of the state. */
function forwardProducts({ T, N, C, H }: Case, GH: number): [Part, Part] {
  return [products(1, T * N, GH, C), products(T, N, GH, H)];
}

function forward(one: Case): Part[] {
  const { forward, GH } = setting(one);
  const whole = timed(() => noGrad(forward));
  return [[whole], ...forwardProducts(one, GH), activations(one)];
}

function train(one: Case): Part[] {
  const { layer, forward, GH } = setting(one);
  const { T, N, C, H } = one;
  const whole = timed(() => {
    layer.zeroGrad();
    forward().sum().backward();
  });
  const gradients = sum(weightGradient(GH, C, T * N), weightGradient(GH, H, T * N));
  return [[whole], sum(...forwardProducts(one, GH)), products(T, N, H, GH), gradients, activations(one)];
}

function step(one: Case): Part[] {
  const { mode, C, H } = one;
  const stream = new nn[mode](C, H).stream();
  const [input, output] = [new Float32Array(C), new Float32Array(H)];
  const whole = timed(() => stream.step(input, output));
  // A step of a stream of its own tells what the kernel is called with.
  let call = () => {};
  const told = (...which: [number, number]) => {
    call = () => kernels.step(...which);
  };
  const sizes = { inputSize: C, outputSize: H };
  const cell = cells[mode === "RNN" ? "RNN_TANH" : mode];
  const stack = { kind: "stack" as const, cell, numLayers: 1, hiddenSize: H, ...sizes, take: () => [] };
  const made = stepper({ ...kernels, step: told }, memory, { batch: 1, ...sizes, stages: [stack] });
  made.step(input, 0, output, 0);
  const us = timed(call);
  made.close();
  return [[whole], [us, flops(one, "step")]];
}

/** A single small step, which is nothing but overhead. */
function smallest(): Case {
  const [step] = grid();
  return { ...step, name: "lstm-b1-h16-t1", passes: ["forward", "train"], mode: "LSTM", T: 1, N: 1, C: 16, H: 16 };
}

const passes: readonly [pass: Pass, columns: readonly string[], parts: (one: Case) => Part[]][] = [
  ["forward", ["W·x", "GFLOP/s", "W·h", "GFLOP/s", "activations"], forward],
  ["train", ["W·x, W·h", "GFLOP/s", "Wᵀ·dg", "GFLOP/s", "dW", "GFLOP/s", "activations"], train],
  ["step", ["kernel", "GFLOP/s"], step],
];

process.stdout.write(`Node ${process.versions.node}, wasm-${build}\n`);
for (const [pass, columns, parts] of passes) {
  const cases = [smallest(), ...grid(isTiny)].filter(
    ({ passes, L, lengths }) => passes.includes(pass) && L === 1 && lengths === null,
  );
  const body = cases.map((one) => {
    const [[whole], ...found] = parts(one);
    const percent = (us: number) => `${Math.round((100 * us) / whole)} %`;
    const cells = found.flatMap(([us, work]) => [percent(us), ...(work ? [(work / us / 1000).toFixed(1)] : [])]);
    return [one.name, short(whole), ...cells, percent(whole - sum(...found)[0])];
  });
  process.stdout.write(`\n${table([pass, "whole, µs", ...columns, "rest"], body)}\n`);
}
