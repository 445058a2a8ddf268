/**
 * Which layers the tensors of a state dict belong to, by nothing but their names and shapes.
 *
 * What cannot be known is said: options that leave no trace are notes, a weight that fits two layers has two candidates,
 * and what fits none comes with the reason. It guesses nothing and builds nothing (build.ts does).
 * Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html, …RNN.html, …GRU.html, …Linear.html,
 * …Embedding.html, under "Variables"
 */

import { fail, typeName } from "../base/errors.js";
import { isA } from "../base/realm.js";
import { listText, sameShape } from "../base/shape.js";
import { type FoldedWeight, foldWeights } from "../checkpoint/fold.js";
import { outlineOf, ownerOf, parametersOf } from "../device/parameters.js";
import { type DType, type FloatDType, isFloat } from "../device/value.js";
import { Tensor } from "../tensor/tensor.js";

/** Whole numbers that no Tensor holds: what checkpoints have with `{ int64: "bigint" }`, a BatchNorm's count say. */
export interface WideNumbers {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: BigInt64Array | BigUint64Array;
}

/** A state dict as a file has it. */
export type FileStateDict = ReadonlyMap<string, Tensor | WideNumbers> | Readonly<Record<string, Tensor | WideNumbers>>;

/** Sizes and options of an RNN or GRU, as its constructor names them. */
export interface RecurrentSizes {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly bias: boolean;
  readonly bidirectional: boolean;
  readonly dtype: FloatDType;
}

/** Those of an LSTM: `projSize` is 0 where there is no projection. */
export interface LSTMSizes extends RecurrentSizes {
  readonly projSize: number;
}

/** Those of a cell. */
export type CellSizes = Omit<RecurrentSizes, "numLayers" | "bidirectional">;

/** Those of a Linear. */
export interface LinearSizes {
  /** Features that come in. */
  readonly inFeatures: number;
  /** Features that go out. */
  readonly outFeatures: number;
  readonly bias: boolean;
  readonly dtype: FloatDType;
}

/** Those of an Embedding. */
export interface EmbeddingSizes {
  /** How many rows there are to look up. */
  readonly numEmbeddings: number;
  /** The length of a row. */
  readonly embeddingDim: number;
  readonly dtype: FloatDType;
}

/** Those of a LayerNorm over the last dimension. */
export interface LayerNormSizes {
  /** The size of the dimension that is normalised. */
  readonly normalizedShape: number;
  readonly bias: boolean;
  readonly dtype: FloatDType;
}

/** What is known of a layer of each kind. */
export interface LayerSizes {
  /** `nn.RNN` */
  readonly RNN: RecurrentSizes;
  /** `nn.LSTM` */
  readonly LSTM: LSTMSizes;
  /** `nn.GRU` */
  readonly GRU: RecurrentSizes;
  /** `nn.RNNCell` */
  readonly RNNCell: CellSizes;
  /** `nn.LSTMCell` */
  readonly LSTMCell: CellSizes;
  /** `nn.GRUCell` */
  readonly GRUCell: CellSizes;
  /** `nn.Linear` */
  readonly Linear: LinearSizes;
  /** `nn.Embedding` */
  readonly Embedding: EmbeddingSizes;
  /** `nn.LayerNorm` */
  readonly LayerNorm: LayerNormSizes;
}

/** The kinds of layers that can be recognised. */
export type LayerKind = keyof LayerSizes;

/** One reading of the tensors: a kind of layer, and what its constructor would be given. */
export type Candidate = { [K in LayerKind]: { readonly kind: K; readonly options: LayerSizes[K] } }[LayerKind];

/** A layer in a state dict. `kind` and `options` are null where names and shapes do not decide: see `candidates`. */
export type FoundLayer = (Candidate | { readonly kind: null; readonly options: null }) & {
  /** Where it stands: `"encoder.lstm"`; `""` at the top. */
  readonly prefix: string;
  /** Every reading that fits; if there are two, the likelier one (by its name) comes first. */
  readonly candidates: readonly Candidate[];
  /** The keys of the state dict that it takes. */
  readonly names: readonly string[];
  /** What a state dict cannot tell, a sentence each. */
  readonly notes: readonly string[];
};

/** Keys that belong to no layer that is known here. */
export interface UnplacedNames {
  /** Names of tensors that belong together. */
  readonly names: readonly string[];
  /** One sentence: what was expected, and what is there. */
  readonly reason: string;
}

/** What `inferLayers` finds: every key of the state dict stands in exactly one of the two. */
export interface InferredLayers {
  /** What was recognised, in the order of the keys. */
  readonly layers: readonly FoundLayer[];
  /** What no layer takes, and why. */
  readonly unplaced: readonly UnplacedNames[];
}

/** What one way of reading makes of a group: readings and notes, or the sentence why there are none. */
type Reading = { readonly candidates: readonly Candidate[]; readonly notes: readonly string[] } | string;

/** The parameters at one prefix that can only belong together, by the last part of their names. */
interface Group {
  readonly prefix: string;
  readonly family: Family;
  readonly tensors: Map<string, Shaped>;
}

/** What is looked at of numbers. */
type Shaped = Pick<Tensor | WideNumbers, "dtype" | "shape">;

type Family = "layer" | "cell" | "plain" | "unknown";

/** What a `Recurrent` has beside the weights of PyTorch's layers: with such a name a layer is none of these. */
const beyond = /^((gamma|beta)_\w+|weight_c[ifo]|(h|c|state\d+)_0)_l\d+(_reverse)?$/;

const familyOf = (leaf: string): Family =>
  (beyond.test(leaf) ? "layer" : ownerOf(leaf)) ?? (leaf === "weight" || leaf === "bias" ? "plain" : "unknown");

const notStored = "batchFirst and dropout are not stored";
const noNonlinearity = "nonlinearity (tanh or relu) is not stored";

/**
 * Recognises every RNN, LSTM, GRU, cell, Linear and Embedding in a state dict, in the order of its keys.
 *
 * Gates tell the kind: `weight_hh` has 1, 3 or 4 times as many rows as columns in an RNN, a GRU and an LSTM; an LSTM with
 * a projection has a `weight_hr`. A matrix `weight` with a `bias` is a Linear; without one it may as well be an
 * Embedding, and two vectors a LayerNorm or another normalisation: then `kind` is null. Weights that are there in parts, of
 * weight_norm, pruning or weight drop, count as what they amount to, and a note says so.
 * @param stateDict named tensors, of a module or a file
 * @throws TypeError for what is no state dict; never for names or shapes, which `unplaced` speaks of
 */
export function inferLayers(stateDict: FileStateDict): InferredLayers {
  return layersOf(stateDict);
}

/** @internal The same where somebody says of what kind what is looked for is. */
export function layersOf(stateDict: FileStateDict, said?: LayerKind): InferredLayers {
  const layers: FoundLayer[] = [];
  const unplaced: UnplacedNames[] = [];
  const { stateDict: whole, folded } = foldWeights(checked("inferLayers()", stateDict), true);
  const groups = grouped(whole);
  for (const group of groups.values()) {
    const own = [...group.tensors.keys()].map((name) => join(group.prefix, name));
    const names = own.flatMap((name) => folded.get(name)?.names ?? [name]);
    const beside = groups.get(keyOf("unknown", group.prefix))?.tensors.keys().next().value;
    const reading = read(group, beside, said);
    if (typeof reading === "string") {
      unplaced.push({ names, reason: reading });
      continue;
    }
    const { candidates, notes } = reading;
    const sure = candidates.length === 1 && candidates[0].kind !== "LayerNorm";
    const decided = sure ? candidates[0] : { kind: null, options: null };
    const parts = own.flatMap((name) => partsNote(name, folded.get(name)));
    layers.push({ ...decided, prefix: group.prefix, candidates, names, notes: [...notes, ...parts] });
  }
  return { layers, unplaced };
}

const partsNote = (name: string, folded: FoldedWeight | undefined): string[] =>
  folded === undefined ? [] : [`'${name}' is computed of ${folded.names.join(" and ")} (${folded.by})`];

const join = (prefix: string, name: string): string => (prefix === "" ? name : `${prefix}.${name}`);
const keyOf = (family: Family, prefix: string): string => `${family} ${prefix}`;

const isWide = (value: unknown): value is WideNumbers => {
  const { data } = (value ?? {}) as { data?: unknown };
  return isA(data, "BigInt64Array") || isA(data, "BigUint64Array");
};

/** @internal The tensors of a state dict by name; `where` is the function that was given it. */
export function checked(where: string, stateDict: FileStateDict): Map<string, Tensor | WideNumbers> {
  if (typeof stateDict !== "object" || stateDict === null || stateDict instanceof Tensor || Array.isArray(stateDict)) {
    fail("TypeError", `${where} expected a state dict, got: ${typeName(stateDict)}`);
  }
  const entries: Iterable<[unknown, unknown]> = isA(stateDict, "Map") ? stateDict : Object.entries(stateDict);
  const dict = new Map<string, Tensor | WideNumbers>();
  for (const [name, tensor] of entries) {
    if (typeof name !== "string" || !(tensor instanceof Tensor || isWide(tensor))) {
      fail(
        "TypeError",
        `${where} expected a Tensor under '${String(name)}', got: ${typeName(tensor)}; stateDictOf() finds the tensors of a checkpoint`,
      );
    }
    dict.set(name, tensor);
  }
  return dict;
}

function grouped(stateDict: ReadonlyMap<string, Tensor | WideNumbers>): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const [name, tensor] of stateDict) {
    const dot = name.lastIndexOf(".");
    const [prefix, leaf] = dot === -1 ? ["", name] : [name.slice(0, dot), name.slice(dot + 1)];
    const family = familyOf(leaf);
    const key = keyOf(family, prefix);
    const group: Group = groups.get(key) ?? { prefix, family, tensors: new Map() };
    group.tensors.set(leaf, tensor);
    groups.set(key, group);
  }
  return groups;
}

/** A layer has one float dtype. */
function mixedTypes({ prefix, tensors }: Group): string | null {
  const [[first, { dtype }]] = tensors;
  for (const [name, tensor] of tensors) {
    if (tensor.dtype !== dtype) {
      return `'${join(prefix, name)}' is ${tensor.dtype}, but '${join(prefix, first)}' is ${dtype}: a layer has one dtype`;
    }
  }
  return isFloat(dtype as DType)
    ? null
    : `'${join(prefix, first)}' is ${dtype}, and the parameters of layers are floats`;
}

function read(group: Group, beside: string | undefined, said: LayerKind | undefined): Reading {
  const [name] = group.tensors.keys();
  if (group.family === "unknown") return `no layer known here has a parameter '${name}'`;
  const problem = mixedTypes(group);
  if (problem !== null) return problem;
  if (group.family !== "plain") return recurrent(group);
  if (beside === undefined) return plain(group, said);
  return `'${join(group.prefix, name)}' stands beside '${join(group.prefix, beside)}', which no layer known here has`;
}

function recurrent(group: Group): Reading {
  const { prefix, family, tensors } = group;
  const shown = (name: string) => `'${join(prefix, name)}' has shape ${listText(tensors.get(name)?.shape ?? [])}`;
  const missing = (name: string) => `'${join(prefix, name)}' is missing beside '${join(prefix, present[0])}'`;
  const present = [...tensors.keys()];
  const other = present.find((name) => beyond.test(name));
  if (other !== undefined) return `'${join(prefix, other)}' is of a Recurrent, whose cell a state dict does not name`;
  const first = family === "cell" ? "" : "_l0";
  const [ih, hh, hr] = ["ih", "hh", "hr"].map((part) => tensors.get(`weight_${part}${first}`));
  if (ih === undefined) return missing(`weight_ih${first}`);
  if (hh === undefined) return missing(`weight_hh${first}`);
  for (const [name, { shape }] of tensors) {
    const rank = name.startsWith("bias") ? 1 : 2;
    if (shape.length !== rank) return `${shown(name)}, expected ${rank === 1 ? "a vector" : "a matrix"}`;
    if (shape.includes(0)) return `${shown(name)}, and recurrent layers with nothing in them are not looked for`;
  }

  const [rows, P] = hh.shape;
  const hiddenSize = hr?.shape[1] ?? P;
  const gates = rows / hiddenSize;
  const kind = gates === 4 ? "LSTM" : gates === 3 ? "GRU" : gates === 1 ? "RNN" : null;
  const inputSize = ih.shape[1];
  if (kind === null || (hr !== undefined && kind !== "LSTM")) {
    if (hr !== undefined) return `${shown(`weight_hh${first}`)} and ${shown("weight_hr_l0")}, which are no LSTM's`;
    return `${shown(`weight_hh${first}`)}: the rows of an RNN, GRU or LSTM are 1, 3 or 4 times its columns, unless a 'weight_hr' projects them`;
  }

  const projSize = hr === undefined ? 0 : P;
  const sizes = { gates, inputSize, hiddenSize, projSize, ...outlineOf(present) };
  const { numLayers, bidirectional, bias } = sizes;
  const expected = new Map(parametersOf(sizes).flatMap((list) => list.map(({ name, shape }) => [name, shape])));
  for (const [name, shape] of expected) {
    const tensor = tensors.get(name);
    if (tensor === undefined) return missing(name);
    if (!sameShape(tensor.shape, shape)) {
      return `${shown(name)}, but beside '${join(prefix, `weight_hh${first}`)}' of shape ${listText(hh.shape)} it would be ${listText(shape)}`;
    }
  }
  const odd = present.find((name) => !expected.has(name));
  if (odd !== undefined) return `'${join(prefix, odd)}' has no place in the ${kind} beside it`;
  if (projSize >= hiddenSize) return `${shown("weight_hr_l0")}: a projection is smaller than what it projects`;

  const size = { inputSize, hiddenSize, bias, dtype: ih.dtype as FloatDType };
  if (numLayers === null) {
    return { candidates: [{ kind: `${kind}Cell`, options: size }], notes: kind === "RNN" ? [noNonlinearity] : [] };
  }
  const options = { ...size, numLayers, bidirectional };
  if (kind === "LSTM") return { candidates: [{ kind, options: { ...options, projSize } }], notes: [notStored] };
  return { candidates: [{ kind, options }], notes: kind === "RNN" ? [noNonlinearity, notStored] : [notStored] };
}

function plain({ prefix, tensors }: Group, said: LayerKind | undefined): Reading {
  const weight = tensors.get("weight");
  const offset = tensors.get("bias");
  if (weight === undefined) return `'${join(prefix, "weight")}' is missing beside '${join(prefix, "bias")}'`;
  const shape = weight.shape;
  const dtype = weight.dtype as FloatDType;
  const bias = offset !== undefined;
  const [rows, columns] = shape;
  const isNorm = /norm|(^|[._])ln(_|\d|$)/i.test(prefix);
  const name = join(prefix, "weight");
  if (shape.length > 1 && (bias ? sameShape(offset.shape, shape) : isNorm)) {
    return `'${name}' has shape ${listText(shape)}, as that of a normalisation over several dimensions, which is not recognised`;
  }
  if (shape.length === 1 && !bias && !isNorm && said !== "LayerNorm") {
    return `'${name}' of shape ${listText(shape)} without a bias may belong to a PReLU, a loss or a normalisation`;
  }
  if (shape.length !== 1 && shape.length !== 2) {
    return `'${name}' has shape ${listText(shape)}, and a Linear or an Embedding has a matrix`;
  }
  if (bias && !sameShape(offset.shape, [rows])) {
    const [w, b] = [name, join(prefix, "bias")];
    const kind = shape.length === 1 ? "LayerNorm" : "Linear";
    return `'${b}' has shape ${listText(offset.shape)}, but beside '${w}' of shape ${listText(shape)} a ${kind}'s would be ${listText([rows])}`;
  }
  if (shape.length === 1) {
    const notes = [
      "a vector 'weight' may belong to a LayerNorm or to another normalisation",
      "the eps of a LayerNorm is not stored",
    ];
    return { candidates: [{ kind: "LayerNorm", options: { normalizedShape: rows, bias, dtype } }], notes };
  }
  const linear: Candidate = { kind: "Linear", options: { inFeatures: columns, outFeatures: rows, bias, dtype } };
  if (bias) return { candidates: [linear], notes: [] };
  const table: Candidate = { kind: "Embedding", options: { numEmbeddings: rows, embeddingDim: columns, dtype } };
  const likely = /emb|wte|wpe|lookup|vocab/i.test(prefix);
  const notes = [
    `a matrix 'weight' without a 'bias' may be a Linear's or an Embedding's${likely ? "; its name speaks for an Embedding" : ""}`,
    "the paddingIdx of an Embedding is not stored",
  ];
  return { candidates: likely ? [table, linear] : [linear, table], notes };
}
