/**
 * `run`: layers of a file over an input, one after the other, time in portions, so that long input shows how far it is and
 * can be stopped. Cells and streams go step by step. Inference only.
 *
 * T steps, N sequences, C input features. Inside, sequences are always [T, N, C].
 */

import type { Checkpoint } from "../checkpoint/index.js";
import type { LayerKind } from "../convert/index.js";
import { cat, ElmanError, nn, noGrad, type Tensor, tensor } from "../index.js";
import { checkOutput, nameOf, pipe, type ReadOptions, readCheckpoint } from "./files.js";
import type { Job } from "./job.js";
import {
  builtLayer,
  type Cell,
  chooseLayer,
  isCell,
  isRecurrent,
  type Layer,
  parseChain,
  placeText,
  type Recurrent,
  takes,
} from "./layers.js";
import { encodeNpy } from "./npy.js";
import { jsonText, numbersFormat, readNumbers, writeNumbers } from "./numbers.js";
import { sentence } from "./sentences.js";
import { CommandError, printable, shapeText, type Terminal, timeText } from "./terminal.js";

/** As on the command line. */
export interface RunOptions extends ReadOptions {
  input: string;
  output?: string;
  key?: string;
  layer?: string;
  layers?: string;
  kind?: LayerKind;
  nonlinearity?: "tanh" | "relu";
  batchFirst?: boolean;
  stream?: boolean;
}

/** Multiplications between two looks at what the user wants: some 30 ms of them. */
const work = 2 ** 28;

/** What `step` makes, without gradients, of one portion of the first dimension after the other. */
async function inPortions(job: Job, x: Tensor, portion: number, step: (part: Tensor) => Tensor): Promise<Tensor> {
  const [length] = x.shape;
  const outputs: Tensor[] = [];
  for (let begin = 0; begin < length; begin += portion) {
    const part = x.narrow(0, begin, Math.min(portion, length - begin));
    outputs.push(noGrad(() => step(part)));
    await job.at("running", Math.min(1, (begin + portion) / length));
  }
  return cat(outputs, 0);
}

/** [T, N, C] → [T, N, …], the state carried from portion to portion. */
function overTime(layer: Recurrent | Cell, x: Tensor, job: Job, portion: number): Promise<Tensor> {
  let state: unknown = null;
  if (isCell(layer)) {
    return inPortions(job, x, 1, (part) => {
      const next = layer.forward(part.select(0, 0), state);
      state = next;
      return (Array.isArray(next) ? next[0] : next).unsqueeze(0);
    });
  }
  // The second direction begins at the end.
  return inPortions(job, x, layer.bidirectional ? x.size(0) : portion, (part) => {
    const [output, next] = layer.forward(part, state);
    state = next;
    return output;
  });
}

/** The same, one step after the other, in memory that is taken once a portion. */
async function streamed(layer: Recurrent | Cell, x: Tensor, job: Job, portion: number): Promise<Tensor> {
  const [, N, C] = x.shape;
  const stream = layer.stream({ batch: N });
  try {
    if (C !== stream.inputSize) throw new CommandError(`the layer takes ${stream.inputSize} features, got: ${C}`);
    const [read, written] = [N * C, N * stream.outputSize];
    return await inPortions(job, x, portion, (part) => {
      const T = part.size(0);
      const input = part.toArray() as Float32Array;
      const output = new Float32Array(T * written);
      for (let t = 0; t < T; t++) {
        stream.step(input.subarray(t * read, (t + 1) * read), output.subarray(t * written, (t + 1) * written));
      }
      return tensor(output, [T, N, stream.outputSize]);
    });
  } finally {
    stream.close();
  }
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
  if (!isRecurrent(layer)) {
    if (stream || batchFirst) {
      const flag = stream ? "--stream" : "--batch-first";
      throw new CommandError(`${flag} is for recurrent layers, got: ${layer.constructor.name}`);
    }
    return inPortions(job, x, portionOf(x.numel() / x.size(0)), (part) => layer.forward(part));
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

/** A layer, and where it stands. */
interface Placed {
  readonly prefix: string;
  readonly layer: Layer;
}

/** The layers that are meant, with their weights, in the order in which they run. */
function layersOf(file: string, checkpoint: Checkpoint, options: RunOptions, terminal: Terminal): Placed[] {
  const { key, nonlinearity, layers: chain } = options;
  const isChained = chain !== undefined;
  const asked = isChained ? parseChain(chain) : [options];
  const chosen = asked.map((one) => chooseLayer(file, checkpoint, { ...one, key, isChained }));
  // In a chain it is for those that take it; where none does the first says so.
  const isTaken = chosen.some(({ candidate }) => takes(candidate.kind, "nonlinearity"));
  return chosen.map((one) => {
    const isGiven = !isTaken || takes(one.candidate.kind, "nonlinearity");
    return {
      prefix: one.prefix,
      layer: builtLayer(one, { nonlinearity: isGiven ? nonlinearity : undefined }, terminal),
    };
  });
}

/** What the last of the layers gives, of which each reads what the one before it gave. */
async function runLayers(layers: readonly Placed[], x: Tensor, options: RunOptions, job: Job): Promise<Tensor> {
  const hasTime = layers.some(({ layer }) => isRecurrent(layer));
  let y = x;
  for (const { prefix, layer } of layers) {
    try {
      y = await runLayer(layer, y, hasTime && !isRecurrent(layer) ? {} : options, job);
    } catch (error) {
      const isSentence = error instanceof ElmanError || error instanceof CommandError;
      if (isSentence && layers.length > 1) error.message = `'${placeText(prefix)}': ${sentence(error.message)}`;
      throw error;
    }
  }
  return y;
}

/** Where the output goes: a file, a pipe, or nowhere, so that it is printed. */
async function checkFiles(path: string, { input, output }: RunOptions, terminal: Terminal): Promise<void> {
  if (input !== pipe) numbersFormat(input);
  else if (path === pipe) throw new CommandError("stdin is one pipe: only one of <file> and --input may be -", 2);
  if (output === undefined) return;
  if (output === pipe) return terminal.refuseBytes();
  numbersFormat(output);
  await checkOutput(output, [input, path]);
}

/** Runs layers of a file over the numbers in another, and writes what they give into a third, into a pipe, or out. */
export async function run(path: string, options: RunOptions, terminal: Terminal, job: Job): Promise<void> {
  const { input, output } = options;
  await checkFiles(path, options, terminal);
  const layers = layersOf(nameOf(path), await readCheckpoint(path, options, job), options, terminal);
  const x = await readNumbers(input, job, options);
  const start = performance.now();
  const y = await runLayers(layers, x, options, job);
  const milliseconds = performance.now() - start;
  job.clear();
  const text = output === undefined ? jsonText(y) : "";
  if (output === pipe) for (const part of encodeNpy(y)) terminal.output(part);
  else if (output !== undefined) await writeNumbers(output, y, job);
  else if (!terminal.json) terminal.output(text);
  job.clear();
  const shapes = { input: x.shape, output: y.shape };
  const where = output === undefined ? "" : `, written to ${output === pipe ? "stdout" : printable(output)}`;
  terminal.result(
    [
      ...layers.map(({ prefix, layer }) => `${placeText(prefix)}: ${layer}`),
      `${shapeText(x.shape)} → ${shapeText(y.shape)} in ${timeText(milliseconds)}${where}`,
    ],
    {
      ...{ file: path, layers: layers.map(({ prefix, layer }) => ({ layer: prefix, repr: String(layer) })), ...shapes },
      ...(output === undefined ? { values: JSON.parse(text) } : { path: output }),
      milliseconds,
    },
  );
}
