/** `bench`: how long a layer of a file takes here, each pass in turn with the others. */

import type { LayerKind } from "../convert/index.js";
import { defaultDevice, Generator, noGrad, randn } from "../index.js";
import { nameOf, type ReadOptions, readCheckpoint } from "./files.js";
import type { Job } from "./job.js";
import { builtLayer, chooseLayer, placeText, type Recurrent, runsOverTime } from "./layers.js";
import { CommandError, type Terminal, table, timeText } from "./terminal.js";

/** As on the command line. */
export interface BenchOptions extends ReadOptions {
  key?: string;
  layer?: string;
  kind?: LayerKind;
  nonlinearity?: "tanh" | "relu";
  batch: number;
  length: number;
  seconds: number;
}

/** `step`: one step of a stream. `train`: forward and the gradients of all weights. */
type Pass = "step" | "forward" | "train";

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

/** Times of each pass, ms, round after round until the time is over. */
async function measure(calls: ReadonlyMap<Pass, () => void>, seconds: number, job: Job) {
  const passes: { pass: Pass; once(): number; taken: number[] }[] = [];
  for (const [pass, call] of calls) {
    // The engine puts its fast code in place while the first calls run.
    const start = performance.now();
    let shortest = measured(call, 1);
    while (performance.now() - start < 300) shortest = Math.min(shortest, measured(call, 1));
    const times = Math.max(1, Math.ceil(least / shortest));
    passes.push({ pass, once: () => measured(call, times), taken: [] });
    await job.at("warming up", passes.length / calls.size);
  }
  const start = performance.now();
  for (let share = 0; share < 1; share = (performance.now() - start) / (1000 * seconds)) {
    for (const { once, taken } of passes) {
      taken.push(once());
      await job.at("measuring", share);
    }
  }
  return passes;
}

/** Measures a layer of a file, and prints the median time of each pass. */
export async function bench(path: string, options: BenchOptions, terminal: Terminal, job: Job): Promise<void> {
  const { batch, length, seconds } = options;
  const chosen = chooseLayer(nameOf(path), await readCheckpoint(path, options, job), options);
  const layer = builtLayer(chosen, options, terminal);
  const { dtype } = layer.parameters()[0];
  if (!runsOverTime(layer) || dtype !== "float32") {
    throw new CommandError(`bench measures an RNN, LSTM or GRU in float32, got: ${layer.constructor.name} in ${dtype}`);
  }
  const passes = await measure(callsOf(layer, options), seconds, job);
  const results = passes.map(({ pass, taken }) => {
    return { pass, microseconds: 1000 * taken.toSorted((a, b) => a - b)[taken.length >> 1], rounds: taken.length };
  });
  job.clear();
  const rows = results.map(({ pass, microseconds }) => [pass, timeText(microseconds / 1000)]);
  const [head, ...lines] = table([["", "time"], ...rows], [1]);
  terminal.result(
    [
      `${placeText(chosen.prefix)}: ${layer}, batch ${batch}, length ${length}, ${defaultDevice()}`,
      "",
      terminal.heading(head),
      ...lines,
    ],
    {
      ...{ file: path, layer: chosen.prefix, repr: String(layer), device: defaultDevice(), batch, length },
      results,
    },
  );
}
