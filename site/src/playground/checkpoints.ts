/** What a checkpoint has to watch. Loaded when a file is opened: it reads all formats. */

import { ElmanError, nn } from "elman-nn";
import { type Checkpoint, type FoundStateDict, load, stateDictOf } from "elman-nn/checkpoint";
import { fromStateDict, inferLayers } from "elman-nn/convert";
import type { Layer } from "./activity.js";
import type { Found, Named, Net } from "./models.js";

export async function ofCheckpoint(file: Blob): Promise<Found> {
  const checkpoint = await load(file, { unknown: "opaque" });
  const layers: Named<Layer>[] = [];
  const embeddings: Net["embeddings"][number][] = [];
  const others: string[] = [];
  for (const { key, stateDict } of stateDicts(checkpoint)) {
    for (const { prefix, candidates } of inferLayers(stateDict).layers) {
      const name = [key, prefix].filter((part) => part !== "").join(".") || "·";
      const [{ kind }] = candidates;
      const isRecurrent = /^(RNN|LSTM|GRU)/.test(kind);
      if (!isRecurrent) others.push(`${candidates.map((one) => one.kind).join(" / ")} '${name}'`);
      // A state dict does not say which of the two an RNN is: whoever looks at it chooses.
      const readings = kind.startsWith("RNN")
        ? (["tanh", "relu"] as const).map((nonlinearity) => ({ nonlinearity }))
        : [{}];
      for (const reading of isRecurrent ? readings : []) {
        const layer = fromStateDict(stateDict, prefix, reading) as Layer | Cell;
        layers.push({ name, layer: layer instanceof nn.RNNBase ? layer : overTime(layer) });
      }
      if (candidates.some((one) => one.kind === "Embedding")) {
        const layer = fromStateDict(stateDict, prefix, { kind: "Embedding" });
        embeddings.push({ name, layer, isLikely: kind === "Embedding" });
      }
    }
  }
  embeddings.sort((a, b) => Number(b.isLikely) - Number(a.isLikely));
  return { layers, embeddings, others };
}

/** The state dict of a checkpoint; or, where it holds several models, that of each. */
function stateDicts(checkpoint: Checkpoint): { key: string; stateDict: FoundStateDict["stateDict"] }[] {
  try {
    return [{ ...stateDictOf(checkpoint), key: "" }];
  } catch (error) {
    if (!(error instanceof ElmanError)) throw error;
    const keys = [...checkpoint].flatMap(([key, value]) => (value instanceof Map ? [key] : []));
    const found = keys.flatMap((key) => {
      try {
        return [{ ...stateDictOf(checkpoint, key), key }];
      } catch {
        return [];
      }
    });
    if (found.length === 0) throw error;
    return found;
  }
}

type Cell = nn.RNNCell | nn.LSTMCell | nn.GRUCell;

/** A cell as a layer over all steps. */
function overTime(cell: Cell): Layer {
  const { inputSize, hiddenSize, bias } = cell;
  const options = { bias, dtype: cell.weight_ih.dtype as "float32" };
  const layer =
    cell instanceof nn.LSTMCell
      ? new nn.LSTM(inputSize, hiddenSize, options)
      : cell instanceof nn.GRUCell
        ? new nn.GRU(inputSize, hiddenSize, options)
        : new nn.RNN(inputSize, hiddenSize, { ...options, nonlinearity: cell.nonlinearity });
  layer.loadStateDict(new Map([...cell.stateDict()].map(([name, value]) => [`${name}_l0`, value])));
  return layer;
}
