/**
 * Layers with their weights out of a state dict: what infer.ts recognised, built. What a state dict cannot tell is an
 * option; where names and shapes leave two kinds, the caller says which.
 */

import { checkOptions, fail, shown, typeName, warn } from "../base/errors.js";
import { foldedText, foldWeights } from "../checkpoint/fold.js";
import * as nn from "../nn/index.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Candidate, checked, type FileStateDict, type LayerKind, layersOf } from "./infer.js";

/** What a state dict does not store. */
export interface NotStored {
  /** Of an RNN or RNNCell. Default "tanh", with a warning. */
  nonlinearity?: "tanh" | "relu";
  /** Of an RNN, LSTM or GRU. Default false. */
  batchFirst?: boolean;
  /** Of an RNN, LSTM or GRU. Default 0. */
  dropout?: number;
  /** Of an Embedding. Default null. */
  paddingIdx?: number | null;
  /** Of a LayerNorm. Default 1e-5. */
  eps?: number;
}

const ofLayers = ["batchFirst", "dropout"] as const;

/** Which of these each kind takes. */
export const taken = {
  RNN: ["nonlinearity", ...ofLayers],
  LSTM: ofLayers,
  GRU: ofLayers,
  RNNCell: ["nonlinearity"],
  LSTMCell: [],
  GRUCell: [],
  Linear: [],
  Embedding: ["paddingIdx"],
  LayerNorm: ["eps"],
} as const satisfies Readonly<Record<LayerKind, readonly (keyof NotStored)[]>>;

/** Every kind of layer that can be recognised. */
export const layerKinds = Object.keys(taken) as readonly LayerKind[];

/** Options where the kind is said: those that it takes. */
export type FromStateDictOptions<K extends LayerKind> = {
  /** Which layer it is; needed where a weight fits two, and refused where it fits another. */
  kind: K;
} & Pick<NotStored, (typeof taken)[K][number]>;

/** One by one: of a namespace that is taken apart, bundlers keep all. */
const classes = {
  RNN: nn.RNN,
  LSTM: nn.LSTM,
  GRU: nn.GRU,
  RNNCell: nn.RNNCell,
  LSTMCell: nn.LSTMCell,
  GRUCell: nn.GRUCell,
  Linear: nn.Linear,
  Embedding: nn.Embedding,
  LayerNorm: nn.LayerNorm,
};

/** A layer of one of the kinds. */
type Layer = InstanceType<(typeof nn)[LayerKind]>;

/** What a constructor is given before its options: all of these that a reading has. */
const sizes = [
  "inFeatures",
  "outFeatures",
  "numEmbeddings",
  "embeddingDim",
  "normalizedShape",
  "inputSize",
  "hiddenSize",
];

/** The layer that a reading speaks of, with no weights yet. */
export function layerOf({ kind, options }: Candidate, given: NotStored = {}): Layer {
  const entries = Object.entries(options);
  const before = sizes.flatMap((size) => entries.filter(([name]) => name === size).map(([, value]) => value));
  const others = Object.fromEntries(entries.filter(([name]) => !sizes.includes(name)));
  return nn.utils.skipInit(classes[kind] as new (...args: unknown[]) => Layer, ...before, { ...others, ...given });
}

/**
 * The layer at a place of a state dict, with its weights copied: `fromStateDict(dict, "encoder.lstm")`.
 *
 * An RNN's nonlinearity is not in a state dict: without the option it is tanh, PyTorch's default, and a warning says so.
 * Weights that are there in parts, of weight_norm, pruning or weight drop, are computed, and a warning says which.
 * @param stateDict named tensors, of a module or a file
 * @param prefix where the layer stands, without a dot at the end; `""` (the default) for a state dict of one layer
 * @throws ValueError where there is no such layer, where its tensors do not fit together, or where they fit two kinds
 *   and `kind` is not given; TypeError for an option that the layer does not take
 */
export function fromStateDict<K extends LayerKind>(
  stateDict: FileStateDict,
  prefix: string,
  options: FromStateDictOptions<K>,
): InstanceType<(typeof nn)[K]>;
export function fromStateDict(
  stateDict: FileStateDict,
  prefix?: string,
  options?: NotStored & { kind?: undefined },
): Layer;
export function fromStateDict(
  stateDict: FileStateDict,
  prefix = "",
  options: NotStored & { kind?: LayerKind | undefined } = {},
): Layer {
  if (typeof prefix !== "string") fail("TypeError", `fromStateDict() expected a prefix, got: ${typeName(prefix)}`);
  checkOptions("fromStateDict()", options, ["kind", ...Object.values(taken).flat()]);
  const { kind, ...given } = options;
  if (kind !== undefined && !layerKinds.includes(kind)) {
    fail("ValueError", `fromStateDict() expected kind to be one of ${layerKinds.join(", ")}, got: ${shown(kind)}`);
  }
  const { stateDict: whole, folded } = foldWeights(checked("fromStateDict()", stateDict));
  const { names, chosen } = choose(whole, prefix, kind);
  checkOptions(`fromStateDict() of the ${chosen.kind} at '${prefix}'`, given, taken[chosen.kind]);
  if ((chosen.kind === "RNN" || chosen.kind === "RNNCell") && given.nonlinearity === undefined) {
    warn(`the ${chosen.kind} at '${prefix}' is built with tanh: its nonlinearity is not in a state dict, so say which`);
  }
  const layer = layerOf(chosen, given);
  const computed = new Map([...folded].filter(([name]) => names.includes(name)));
  if (computed.size > 0) warn(`the ${chosen.kind} at '${prefix}' has weights ${foldedText(computed)}`);
  const start = prefix === "" ? 0 : prefix.length + 1;
  // Put in the place of parameters that nobody has written to, which take no memory: the names and shapes are known to fit.
  const parameters = names.map((name) => [name.slice(start), new nn.Parameter((whole.get(name) as Tensor).clone())]);
  return Object.assign(layer, Object.fromEntries(parameters));
}

/** The one reading of what stands at a prefix, or a sentence why there is not one. */
function choose(
  stateDict: FileStateDict,
  prefix: string,
  kind: LayerKind | undefined,
): { names: readonly string[]; chosen: Candidate } {
  const { layers, unplaced } = layersOf(stateDict, kind);
  const readings = layers
    .filter((layer) => layer.prefix === prefix)
    .flatMap(({ names, candidates, kind: certain }) =>
      candidates.map((chosen) => ({ names, chosen, certain: certain !== null })),
    );
  const wanted = kind === undefined ? readings : readings.filter(({ chosen }) => chosen.kind === kind);
  if (wanted.length === 1 && (kind !== undefined || wanted[0].certain)) return wanted[0];

  const where = `fromStateDict(): at '${prefix}'`;
  const kinds = readings.map(({ chosen }) => chosen.kind);
  if (readings.length > 0) {
    if (kind !== undefined) fail("ValueError", `${where} expected tensors of kind ${kind}, got: ${kinds.join(" or ")}`);
    const choices = kinds.map((one) => `{ kind: "${one}" }`).join(" or ");
    fail("ValueError", `${where} names and shapes do not decide what stands there: say ${choices} if it is one`);
  }
  const inside = (name: string) => name.slice(0, Math.max(0, name.lastIndexOf("."))) === prefix;
  const problems = unplaced.filter(({ names }) => names.some(inside)).map(({ reason }) => reason);
  if (problems.length > 0) fail("ValueError", `${where} ${problems.join("; ")}`);
  const others = layers.map((layer) => `'${layer.prefix}'`);
  fail(
    "ValueError",
    `${where} expected a layer, but layers stand ${others.length > 0 ? `at ${others.join(", ")}` : "nowhere"}`,
  );
}
