/**
 * `run`: one layer of a file over an input, time in portions, so that long input shows how far it is and can be stopped.
 * Cells and streams go step by step. Inference only.
 *
 * T steps, N sequences, C input features. Inside, sequences are always [T, N, C].
 */

import type { LayerKind } from "../convert/index.js";
import { cat, nn, noGrad, stack, type Tensor, tensor } from "../index.js";
import { readCheckpoint, refuseSame } from "./files.js";
import type { Job } from "./job.js";
import {
  builtLayer,
  type Cell,
  chooseLayer,
  isCell,
  type Layer,
  placeText,
  type Recurrent,
  runsOverTime,
} from "./layers.js";
import { numbersFormat, readNumbers, writeNumbers } from "./numbers.js";
import { CommandError, printable, shapeText, type Terminal, timeText } from "./terminal.js";

/** As on the command line. */
export interface RunOptions {
  input: string;
  output: string;
  key?: string;
  layer?: string;
  kind?: LayerKind;
  nonlinearity?: "tanh" | "relu";
  batchFirst?: boolean;
  stream?: boolean;
}

/** Multiplications between two looks at what the user wants: some 30 ms of them. */
const work = 2 ** 28;

/** Calls `step`, without gradients, with one portion of `length` after the other. */
async function inPortions(job: Job, length: number, portion: number, step: (begin: number, count: number) => void) {
  for (let begin = 0; begin < length; begin += portion) {
    noGrad(() => step(begin, Math.min(portion, length - begin)));
    await job.at("running", Math.min(1, (begin + portion) / length));
  }
}

/** [T, N, C] → [T, N, …], the state carried from portion to portion. */
async function overTime(layer: Recurrent | Cell, x: Tensor, job: Job, portion: number): Promise<Tensor> {
  const [T] = x.shape;
  const outputs: Tensor[] = [];
  if (isCell(layer)) {
    let state: unknown = null;
    await inPortions(job, T, 1, (t) => {
      const next = layer.forward(x.select(0, t), state);
      state = next;
      outputs.push(Array.isArray(next) ? next[0] : next);
    });
    return stack(outputs);
  }
  let state: unknown = null;
  // The second direction begins at the end.
  await inPortions(job, T, layer.bidirectional ? T : portion, (begin, count) => {
    const [output, next] = layer.forward(x.narrow(0, begin, count), state);
    state = next;
    outputs.push(output);
  });
  return cat(outputs, 0);
}

/** The same, one step after the other, in memory that is taken once. */
async function streamed(layer: Recurrent | Cell, x: Tensor, job: Job, portion: number): Promise<Tensor> {
  const [T, N, C] = x.shape;
  const stream = layer.stream({ batch: N });
  try {
    if (C !== stream.inputSize) throw new CommandError(`the layer takes ${stream.inputSize} features, got: ${C}`);
    const [read, written] = [N * C, N * stream.outputSize];
    const input = x.toArray() as Float32Array;
    const output = new Float32Array(T * written);
    await inPortions(job, T, portion, (begin, count) => {
      for (let t = begin; t < begin + count; t++) {
        stream.step(input.subarray(t * read, (t + 1) * read), output.subarray(t * written, (t + 1) * written));
      }
    });
    return tensor(output, [T, N, stream.outputSize]);
  } finally {
    stream.close();
  }
}

/** What a layer of no time makes of each row of the first dimension. */
async function rowByRow(layer: nn.Linear | nn.Embedding | nn.LayerNorm, x: Tensor, job: Job, portion: number) {
  const outputs: Tensor[] = [];
  await inPortions(job, x.size(0), portion, (begin, count) => {
    outputs.push(layer.forward(x.narrow(0, begin, count)));
  });
  return cat(outputs, 0);
}

/** The input in the dtype that the layer reads. */
function fitted(layer: Layer, input: Tensor): Tensor {
  if (!(layer instanceof nn.Embedding)) return input.to(layer.parameters()[0].dtype);
  if (!input.toArray().every(Number.isInteger)) {
    throw new CommandError("an Embedding looks up whole numbers, but the input has others");
  }
  return input.to("int32");
}

/**
 * A layer's output for an input.
 * @param input for recurrent layers and cells [T, N, C], with batchFirst [N, T, C], or [T, C]; for others any shape that
 *   they take, of one dimension at least
 */
export async function runLayer(
  layer: Layer,
  input: Tensor,
  { batchFirst = false, stream = false }: { batchFirst?: boolean; stream?: boolean },
  job: Job,
): Promise<Tensor> {
  const size = layer.parameters().reduce((sum, parameter) => sum + parameter.numel(), 0);
  const portionOf = (rows: number) => Math.ceil(work / Math.max(1, size * rows));
  if (input.ndim === 0 || input.numel() === 0) {
    throw new CommandError(`expected numbers to run over, got an input of shape ${shapeText(input.shape)}`);
  }
  const x = fitted(layer, input);
  if (!runsOverTime(layer) && !isCell(layer)) {
    if (stream || batchFirst) {
      const flag = stream ? "--stream" : "--batch-first";
      throw new CommandError(`${flag} is for recurrent layers, got: ${layer.constructor.name}`);
    }
    return rowByRow(layer, x, job, portionOf(x.numel() / x.size(0)));
  }
  if (x.ndim !== 2 && x.ndim !== 3) {
    const expected = batchFirst ? "[N, T, C]" : "[T, N, C]";
    throw new CommandError(`expected an input of shape ${expected} or [T, C], got: ${shapeText(x.shape)}`);
  }
  const isSwapped = batchFirst && x.ndim === 3;
  const sequences = x.ndim === 2 ? x.unsqueeze(1) : isSwapped ? x.transpose(0, 1) : x;
  const portion = portionOf(sequences.size(1));
  const output = await (stream ? streamed : overTime)(layer, sequences, job, portion);
  return x.ndim === 2 ? output.squeeze(1) : isSwapped ? output.transpose(0, 1) : output;
}

/** Runs a layer of a file over the numbers in another, and writes what it gives into a third. */
export async function run(path: string, options: RunOptions, terminal: Terminal, job: Job): Promise<void> {
  const { input, output, nonlinearity } = options;
  numbersFormat(input);
  numbersFormat(output);
  await refuseSame(input, output);
  await refuseSame(path, output);
  const chosen = chooseLayer(path, await readCheckpoint(path, job), options);
  const layer = builtLayer(chosen, { nonlinearity }, terminal);
  const x = await readNumbers(input, job);
  const start = performance.now();
  const y = await runLayer(layer, x, options, job);
  const milliseconds = performance.now() - start;
  await writeNumbers(output, y, job);
  job.clear();
  const shapes = { input: x.shape, output: y.shape };
  terminal.result(
    [
      `${placeText(chosen.prefix)}: ${layer}`,
      `${shapeText(x.shape)} → ${shapeText(y.shape)} in ${timeText(milliseconds)}, written to ${printable(output)}`,
    ],
    { file: path, layer: chosen.prefix, repr: String(layer), ...shapes, path: output, milliseconds },
  );
}
