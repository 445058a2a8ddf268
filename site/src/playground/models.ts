/** Nets to watch: the recurrent layers of a file, and the embeddings that may feed them; or ours. */

import { ElmanError, manualSeed, nn } from "elman-nn";
import type { Checkpoint, FoundStateDict } from "elman-nn/checkpoint";
import type { Layer } from "./activity.js";

/** A layer by its place in the file, with PyTorch's text of it. */
export interface Named<L> {
  readonly name: string;
  readonly layer: L;
}

export interface Net {
  /** The file's name, or what ours is called. */
  readonly name: string;
  readonly layers: readonly Named<Layer>[];
  /** Tables of vectors; a table whose name does not say that it is one comes after those whose names do. */
  readonly embeddings: readonly (Named<nn.Embedding> & { readonly isLikely: boolean })[];
  /** The letters that the embedding's rows stand for, from row 0 on; "" where that is not known. */
  readonly alphabet: string;
}

/** What examples/names calls its letters: row 0 pads. */
export const namesAlphabet = " abcdefghijklmnopqrstuvwxyz-";

/** A file in which there is nothing to watch. */
export class NothingFound extends Error {
  /** @param found what it has instead, as `Linear 'head'` */
  constructor(
    readonly file: string,
    readonly found: readonly string[],
  ) {
    super(`${file} has no recurrent layer`);
  }
}

/** Two layers of both directions, with the initial weights of a seed. */
export function freshNet(name: string): Net {
  manualSeed(0);
  const layer = new nn.LSTM(8, 16, { numLayers: 2, bidirectional: true });
  return { name, layers: [{ name: "lstm", layer }], embeddings: [], alphabet: "" };
}

/**
 * The recurrent layers of a `.pt`, `.safetensors` or `.onnx` file.
 * @throws ElmanError for a file that cannot be read; {@link NothingFound}
 */
export async function openNet(file: Blob, name: string, alphabet = ""): Promise<Net> {
  const { layers, embeddings, others } = /\.onnx$/i.test(name) ? await ofOnnx(file) : await ofCheckpoint(file);
  if (layers.length === 0) throw new NothingFound(name, others);
  return { name, layers, embeddings, alphabet };
}

type Found = Pick<Net, "layers" | "embeddings"> & { others: string[] };

async function ofOnnx(file: Blob): Promise<Found> {
  const { fromOnnx } = await import("elman-nn/convert");
  const layers = fromOnnx(new Uint8Array(await file.arrayBuffer()));
  return { layers: layers.map(({ name, layer }) => ({ name, layer })), embeddings: [], others: [] };
}

async function ofCheckpoint(file: Blob): Promise<Found> {
  const [{ load, stateDictOf }, { fromStateDict, inferLayers }] = await Promise.all([
    import("elman-nn/checkpoint"),
    import("elman-nn/convert"),
  ]);
  const checkpoint = await load(file, { unknown: "opaque" });
  const layers: Named<Layer>[] = [];
  const embeddings: Net["embeddings"][number][] = [];
  const others: string[] = [];
  for (const { key, stateDict } of stateDicts(checkpoint, stateDictOf)) {
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
function stateDicts(
  checkpoint: Checkpoint,
  find: (checkpoint: Checkpoint, key?: string) => FoundStateDict,
): { key: string; stateDict: FoundStateDict["stateDict"] }[] {
  try {
    return [{ ...find(checkpoint), key: "" }];
  } catch (error) {
    if (!(error instanceof ElmanError)) throw error;
    const keys = [...checkpoint].flatMap(([key, value]) => (value instanceof Map ? [key] : []));
    const found = keys.flatMap((key) => {
      try {
        return [{ ...find(checkpoint, key), key }];
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
