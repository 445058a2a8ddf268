/** An ONNX model as the command reads it: its layers under PyTorch's names, and what else it stores. */

import { readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { warn } from "../base/errors.js";
import { Checkpoint } from "../checkpoint/index.js";
import { onnxTensors } from "../convert/index.js";
import { findLayers, nothingIn, type OnnxLayer } from "../convert/onnx/import.js";
import { nn, type Tensor } from "../index.js";
import { CommandError } from "./terminal.js";

/** Whether bytes that come through a pipe begin as a model does: with the version of the format, and unlike safetensors. */
export const looksLikeOnnx = (bytes: Uint8Array): boolean => bytes[0] === 8 && bytes[1] < 64 && bytes[8] !== 0x7b;

/** A checkpoint that was an ONNX model. */
export class OnnxCheckpoint extends Checkpoint {
  /** @param nonlinearities of each RNN, by its place: what a state dict does not tell */
  constructor(
    entries: Iterable<readonly [string, Tensor]>,
    readonly nonlinearities: ReadonlyMap<string, "tanh" | "relu">,
  ) {
    super(entries, "torch");
  }
}

/** What a state dict cannot tell of a layer, and the command therefore leaves out. */
function unlikeStateDict({ layer, hx }: OnnxLayer): string | null {
  if (layer.reverse) return "reads its input from the end";
  if (layer.batchFirst) return "has layout = 1";
  // Its parameters are those of a GRU; peepholes have names of their own.
  if (layer instanceof nn.Recurrent && layer.cell === nn.recurrentCells.gruResetBefore) {
    return "resets h before the product";
  }
  return hx === null ? null : "begins in a state that is fixed in the file";
}

/** The contents of a file that a model names; it lies beside the model, or in a folder there, and has `most` bytes. */
function beside(path: string, location: string, most: number): Uint8Array {
  if (isAbsolute(location) || location.split(/[\\/]/).includes("..")) {
    throw new CommandError(`${path} names a file that does not lie beside it: '${location}'`);
  }
  const place = join(dirname(path), location);
  try {
    const { size } = statSync(place);
    if (size <= most) return readFileSync(place);
    throw new CommandError(`${place} has ${size} bytes, and --max-bytes leaves ${most} to it`);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${path} has numbers in '${location}', which cannot be read: ${(error as Error).message}`);
  }
}

/**
 * @param path of the model: the files that it names lie beside it
 * @param maxBytes how many it may have with them
 */
export function onnxCheckpoint(path: string, bytes: Uint8Array, maxBytes = Infinity): OnnxCheckpoint {
  const options = { externalData: (location: string) => beside(path, location, maxBytes - bytes.length) };
  const { layers, problems, others, used } = findLayers(path, bytes, options);
  const entries = new Map<string, Tensor>();
  const nonlinearities = new Map<string, "tanh" | "relu">();
  for (const { message } of problems) warn(message);
  for (const one of layers) {
    const { name, layer } = one;
    const problem = unlikeStateDict(one);
    if (problem !== null) warn(`${path}: '${name}' ${problem}, which fromOnnx() follows and the command does not`);
    if (problem !== null) continue;
    let place = name;
    for (let i = 2; entries.has(`${place}.weight_ih_l0`); i++) place = `${name}_${i}`;
    if (layer instanceof nn.RNN) nonlinearities.set(place, layer.nonlinearity);
    for (const [key, weight] of layer.stateDict()) entries.set(`${place}.${key}`, weight);
  }
  if (layers.length + problems.length === 0) warn(`${path} ${nothingIn(others)}`);
  for (const [name, tensor] of onnxTensors(bytes, options)) if (!used.has(name)) entries.set(name, tensor);
  return new OnnxCheckpoint(entries, nonlinearities);
}
