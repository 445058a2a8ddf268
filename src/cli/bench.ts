/**
 * `bench`: how fast a layer of a file runs here, beside the floor: what the machine could not do faster, measured in the
 * same run and in turn with the layer.
 */

import { defaultDevice, Generator, nn, noGrad, randn } from "../index.js";
import { Calibration, median } from "./calibration.js";
import { readCheckpoint } from "./files.js";
import { floor, flops, type Pass, type Work, weightBytes } from "./floor.js";
import type { Job } from "./job.js";
import { builtLayer, chooseLayer, placeText, type Recurrent, runsOverTime } from "./layers.js";
import { CommandError, type Terminal, table, timeText } from "./terminal.js";

/** As on the command line. */
export interface BenchOptions {
  key?: string;
  layer?: string;
  nonlinearity?: "tanh" | "relu";
  batch: number;
  length: number;
  seconds: number;
}

function workOf(layer: Recurrent, { batch, length }: BenchOptions): Work {
  const { inputSize: C, hiddenSize: H, projSize, numLayers: L, bidirectional } = layer;
  const kind = layer instanceof nn.LSTM ? "LSTM" : layer instanceof nn.GRU ? "GRU" : "RNN";
  return { kind, C, H, P: projSize || H, L, D: bidirectional ? 2 : 1, alive: Array<number>(length).fill(batch) };
}

/** What is measured, each as a call that does it once. */
function callsOf(layer: Recurrent, { batch, length }: BenchOptions): Map<Pass, () => void> {
  const input = randn([length, batch, layer.inputSize], { generator: new Generator(1) });
  const calls = new Map<Pass, () => void>();
  if (!layer.bidirectional) {
    const stream = layer.stream({ batch });
    const step = input.select(0, 0).toArray() as Float32Array;
    const output = new Float32Array(batch * stream.outputSize);
    calls.set("step", () => stream.step(step, output));
  }
  calls.set("forward", () => noGrad(() => void layer.forward(input)));
  calls.set("train", () => {
    layer.zeroGrad();
    const [output] = layer.forward(input);
    output.sum().backward();
  });
  return calls;
}

/** Milliseconds that one measurement takes at least. */
const least = 10;

/** Milliseconds of a call, repeated `times`. */
function measured(call: () => void, times: number): number {
  const start = performance.now();
  for (let i = 0; i < times; i++) call();
  return (performance.now() - start) / times;
}

/** Times of each pass, ms, and of the machine, round after round until the time is over. */
async function measure(calls: ReadonlyMap<Pass, () => void>, calibration: Calibration, seconds: number, job: Job) {
  const passes: { pass: Pass; call: () => void; times: number; taken: number[] }[] = [];
  for (const [pass, call] of calls) {
    // The engine puts its fast code in place while the first calls run.
    const start = performance.now();
    let once = measured(call, 1);
    for (let i = 0; i < 1000 && performance.now() - start < 300; i++) once = Math.min(once, measured(call, 1));
    passes.push({ pass, call, times: Math.max(1, Math.ceil(least / once)), taken: [] });
    await job.at("warming up", passes.length / calls.size);
  }
  const start = performance.now();
  let share = 0;
  do {
    calibration.round();
    for (const { call, times, taken } of passes) {
      taken.push(measured(call, times));
      await job.at("measuring", share);
    }
    share = (performance.now() - start) / (1000 * seconds);
  } while (share < 1);
  return passes;
}

/** Measures a layer of a file, and prints it beside the floor. */
export async function bench(path: string, options: BenchOptions, terminal: Terminal, job: Job): Promise<void> {
  const { batch, length, seconds } = options;
  const chosen = chooseLayer(path, await readCheckpoint(path, job), options);
  const layer = builtLayer(chosen, options, terminal);
  const { dtype } = layer.parameters()[0];
  if (!runsOverTime(layer) || dtype !== "float32") {
    throw new CommandError(`bench measures an RNN, LSTM or GRU in float32, got: ${layer.constructor.name} in ${dtype}`);
  }
  const work = workOf(layer, options);
  const calibration = new Calibration(weightBytes(work));
  const passes = await measure(callsOf(layer, options), calibration, seconds, job);
  const machine = calibration.machine();
  const results = passes.map(({ pass, taken }) => {
    const microseconds = 1000 * median(taken);
    const least = floor(work, pass, machine);
    const gflops = flops(work, pass) / (microseconds * 1e3);
    return { pass, microseconds, floor: least, ratio: microseconds / least, gflops, rounds: taken.length };
  });
  job.clear();
  const rows = results.map(({ pass, microseconds, floor, ratio, gflops }) => [
    ...[pass, timeText(microseconds / 1000), timeText(floor / 1000)],
    ...[ratio.toFixed(2), gflops.toFixed(1)],
  ]);
  const [head, ...lines] = table([["", "time", "floor", "times the floor", "GFLOP/s"], ...rows], [1, 2, 3, 4]);
  const [bytes] = weightBytes(work);
  const [peak, speed] = [machine.peak.toFixed(0), machine.bandwidth(bytes).toFixed(0)];
  terminal.result(
    [
      `${placeText(chosen.prefix)}: ${layer}, batch ${batch}, length ${length}, ${defaultDevice()}`,
      "",
      terminal.heading(head),
      ...lines,
      "",
      terminal.aside(
        `floor: one core's 128-bit SIMD at the ${peak} GFLOP/s, and its weights at the ${speed} GB/s, of this run`,
      ),
    ],
    {
      ...{ file: path, layer: chosen.prefix, repr: String(layer), device: defaultDevice(), batch, length },
      ...{ machine: { gflops: machine.peak, gigabytesPerSecond: machine.bandwidth(bytes) }, results },
    },
  );
}
