/** Layers in a file: which there are, which one is meant, and how PyTorch would print them. */

import { type Checkpoint, stateDictOf } from "../checkpoint/index.js";
import { layerKinds, layerOf, type NotStored, taken } from "../convert/build.js";
import { type Candidate, type FoundLayer, fromStateDict, inferLayers, type LayerKind } from "../convert/index.js";
import { nn, setWarningHandler, type Tensor } from "../index.js";
import { OnnxCheckpoint } from "./onnx.js";
import { CommandError, printable, type Terminal } from "./terminal.js";

/** PyTorch's repr of what would be built. */
export const reprOf = (candidate: Candidate): string => String(layerOf(candidate));

/** A layer that was found, as one word of a list: `'fc' (Linear)`. */
const named = ({ prefix, candidates }: FoundLayer): string =>
  `'${placeText(prefix)}' (${candidates.map(({ kind }) => kind).join(" or ")})`;

/** What RNN, LSTM and GRU have in common: their states differ, and are handed on unread. */
export interface Recurrent extends nn.RNNBase {
  forward(input: Tensor, hx?: unknown): [Tensor, unknown];
}

/** What RNNCell, LSTMCell and GRUCell have in common. */
export interface Cell extends nn.Module {
  forward(input: Tensor, hx?: unknown): Tensor | [Tensor, Tensor];
  stream: Recurrent["stream"];
}

/** Whether a module is one of the layers that run over time. */
export const runsOverTime = (module: nn.Module): module is Recurrent => module instanceof nn.RNNBase;

/** Whether a module is a cell. */
export const isCell = (module: nn.Module): module is Cell =>
  module instanceof nn.RNNCell || module instanceof nn.LSTMCell || module instanceof nn.GRUCell;

/** Whether a module has a state that it carries from step to step. */
export const isRecurrent = (module: nn.Module): module is Recurrent | Cell => runsOverTime(module) || isCell(module);

const looksRecurrent = ({ candidates }: FoundLayer): boolean => /^(RNN|LSTM|GRU)/.test(candidates[0].kind);

/** The layer that is meant. */
export interface ChosenLayer {
  readonly stateDict: Map<string, Tensor>;
  readonly prefix: string;
  readonly candidate: Candidate;
  /** Of an RNN, where the file tells it. */
  readonly nonlinearity: "tanh" | "relu" | undefined;
}

/** What is asked for; undefined where the command line has nothing. */
interface LayerOptions {
  key?: string | undefined;
  layer?: string;
  kind?: LayerKind | undefined;
  /** Whether it is one of `--layers`, which say kinds in a way of their own. */
  isChained?: boolean;
}

/**
 * The layer at a place, or the only recurrent one, or the only one.
 * @param file how errors call the file
 */
export function chooseLayer(
  file: string,
  checkpoint: Checkpoint,
  { key, layer: asked, kind, isChained = false }: LayerOptions,
): ChosenLayer {
  const { stateDict } = stateDictOf(checkpoint, key);
  const { layers, unplaced } = inferLayers(stateDict);
  const list = layers.map(named).join(", ");
  if (layers.length === 0) {
    throw new CommandError(`${file} has no layer that is known here: ${unplaced[0].reason}`);
  }
  const isThere = layers.some((one) => one.prefix === asked);
  const prefix = asked === placeText("") && !isThere ? "" : asked;
  const recurrent = layers.filter(looksRecurrent);
  const meant =
    prefix === undefined ? (recurrent.length > 0 ? recurrent : layers) : layers.filter((one) => one.prefix === prefix);
  if (meant.length === 0) {
    const inside = (name: string) => (prefix === "" ? !name.includes(".") : name.startsWith(`${prefix}.`));
    const problem = unplaced.find(({ names }) => names.some(inside));
    const why = problem === undefined ? "" : `: ${problem.reason}`;
    throw new CommandError(`${file} has no layer '${asked}'${why}; it has ${list}`);
  }
  if (new Set(meant.map((one) => one.prefix)).size > 1) {
    throw new CommandError(`${file} has several layers, so name one with --layer: ${meant.map(named).join(", ")}`);
  }
  const [{ prefix: found, kind: certain }] = meant;
  const where = placeText(found);
  const readings = meant.flatMap((one) => one.candidates);
  const fitting = kind === undefined ? readings : readings.filter((one) => one.kind === kind);
  if (fitting.length === 1 && (kind !== undefined || certain !== null)) {
    const nonlinearity = checkpoint instanceof OnnxCheckpoint ? checkpoint.nonlinearities.get(found) : undefined;
    return { stateDict, prefix: found, candidate: fitting[0], nonlinearity };
  }
  if (kind !== undefined) {
    const there = readings.map((one) => one.kind).join(" or ");
    throw new CommandError(`${file}: what stands at '${where}' is no ${kind}, but ${there}`);
  }
  const choices = readings.map((one) => `${isChained ? `${asked}:` : "--kind "}${one.kind}`).join(" or ");
  throw new CommandError(
    `${file}: names and shapes do not decide what stands at '${where}', so say ${choices} if it is one`,
  );
}

/**
 * The places and kinds that `a,b:Kind` names; the kind is undefined where it is left to names and shapes.
 * @throws CommandError where a place is empty
 */
export function parseChain(text: string): { layer: string; kind: LayerKind | undefined }[] {
  return text.split(/\s*,\s*/).map((one) => {
    const colon = one.lastIndexOf(":");
    const kind = layerKinds.find((name) => colon !== -1 && name === one.slice(colon + 1));
    const layer = kind === undefined ? one : one.slice(0, colon);
    if (layer !== "") return { layer, kind };
    throw new CommandError(`--layers expected places of layers with commas between them, got: '${text}'`, 2);
  });
}

/** A layer that can stand in a file. */
export type Layer = ReturnType<typeof fromStateDict>;

/** Options that files do not hold, as they are asked for. */
const flags = { nonlinearity: "--nonlinearity", batchFirst: "--batch-first" } as const;

/** Whether a kind of layer takes an option. */
export const takes = (kind: LayerKind, option: keyof NotStored): boolean =>
  (taken[kind] as readonly (keyof NotStored)[]).includes(option);

/**
 * The layer, with its weights.
 * @param given options that files do not hold; undefined where the command line has none
 */
export function builtLayer(
  { stateDict, prefix, candidate, nonlinearity: own }: ChosenLayer,
  { nonlinearity = own, batchFirst }: { nonlinearity?: "tanh" | "relu" | undefined; batchFirst?: boolean | undefined },
  terminal: Terminal,
): Layer {
  const options = { ...(nonlinearity && { nonlinearity }), ...(batchFirst && { batchFirst }) };
  for (const option of Object.keys(options) as (keyof typeof flags)[]) {
    if (takes(candidate.kind, option)) continue;
    const kinds = layerKinds.filter((kind) => takes(kind, option)).join(", ");
    const came = `the ${candidate.kind} at '${placeText(prefix)}'`;
    throw new CommandError(`${flags[option]} is for layers of kind ${kinds}, got: ${came}`);
  }
  const before = setWarningHandler((text) =>
    terminal.warning(`${text.replace(/^elman: /, "")}: --nonlinearity tanh or --nonlinearity relu`),
  );
  try {
    return fromStateDict(stateDict, prefix, { kind: candidate.kind, ...options });
  } finally {
    setWarningHandler(before);
  }
}

/** A place in a file, for people. */
export const placeText = (prefix: string): string => (prefix === "" ? "(root)" : printable(prefix));
