/** Nets to watch: the recurrent layers of a file, and the embeddings that may feed them; or ours. */

import { manualSeed, nn } from "elman-nn";
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
  /** @param found what it has instead */
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

/** What a file has; `others` are its other layers, as `Linear 'head'`. */
export type Found = Pick<Net, "layers" | "embeddings"> & { readonly others: readonly string[] };

/**
 * The recurrent layers of a `.pt`, `.safetensors` or `.onnx` file.
 * @throws ElmanError for a file that cannot be read; {@link NothingFound}
 */
export async function openNet(file: Blob, name: string, alphabet = ""): Promise<Net> {
  const { layers, embeddings, others } = /\.onnx$/i.test(name)
    ? (await import("./onnx.js")).ofOnnx(new Uint8Array(await file.arrayBuffer()))
    : await (await import("./checkpoints.js")).ofCheckpoint(file);
  if (layers.length === 0) throw new NothingFound(name, others);
  return { name, layers, embeddings, alphabet };
}
