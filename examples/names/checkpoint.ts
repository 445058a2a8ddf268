/**
 * The net as files that PyTorch writes and reads: names.pt, which train.py made, comes in, and what was trained here
 * goes out the same way. Outputs are recorded beside the weights, so that each side can show that it computes the same.
 */

import { noGrad, type Tensor } from "elman-nn";
import { type CheckpointValue, load, saveTorch, stateDictOf } from "elman-nn/checkpoint";
import { NameClassifier } from "./model.js";

/** How far an output may be from PyTorch's. */
export const tolerance = 1e-6;

/** What a net gave for some names, `[N, 2]`. */
export interface Recorded {
  readonly names: readonly string[];
  readonly logits: Tensor;
}

export interface Begun {
  readonly model: NameClassifier;
  /** After how many epochs it was saved. */
  readonly epoch: number;
  readonly torchVersion: string;
  readonly recorded: Recorded;
}

/** The net that train.py began. Throws where the weights are not of this net. */
export async function loadBegun(file: string | URL): Promise<Begun> {
  const checkpoint = await load(file);
  const model = new NameClassifier("gru", 64);
  model.loadStateDict(stateDictOf(checkpoint).stateDict);
  const recorded = checkpoint.get("recorded") as ReadonlyMap<string, CheckpointValue>;
  return {
    model,
    epoch: checkpoint.get("epoch") as number,
    torchVersion: checkpoint.get("torch_version") as string,
    recorded: { names: recorded.get("names") as string[], logits: recorded.get("logits") as Tensor },
  };
}

/** How far the net's outputs are from those recorded, at most. Throws where that is more than the tolerance. */
export function differenceFrom({ names, logits }: Recorded, model: NameClassifier): number {
  const difference = outputs(model, names).sub(logits).abs().max().item();
  if (difference <= tolerance) return difference;
  throw new Error(
    `expected the outputs that PyTorch recorded, within ${tolerance.toExponential()}, got a difference of ${difference.toExponential(1)}`,
  );
}

/** Saves the net as PyTorch does, with what it gives for `names`. */
export async function save(model: NameClassifier, epoch: number, names: readonly string[], file: string) {
  const recorded = { names, logits: outputs(model, names) };
  await saveTorch({ epoch, model_state_dict: model.stateDict(), recorded }, file);
}

function outputs(model: NameClassifier, names: readonly string[]): Tensor {
  model.eval();
  return noGrad(() => model.forward(names));
}
