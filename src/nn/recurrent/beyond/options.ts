/** The options of a `Recurrent`, each checked, and what cannot go together refused by name. */

import { checkOptions, fail, isIterable, shown, typed, typeName } from "../../../base/errors.js";
import { listText } from "../../../base/shape.js";
import type { Cell } from "../../../device/cell.js";
import type { FloatDType } from "../../../device/value.js";
import { readsH } from "./check_record.js";
import type { Init } from "./members.js";

/** Options of `Recurrent`: PyTorch's, and what it lacks. */
export interface RecurrentOptions {
  /** How many layers are stacked, each reading the one below. Default 1, or as many as `hiddenSize` lists. */
  numLayers?: number;
  /** Whether the gates have biases. Default true. */
  bias?: boolean;
  /** Whether batched input and output are `[N, T, …]` instead of `[T, N, …]`. Default false. */
  batchFirst?: boolean;
  /** The probability that an output of every layer but the last is zeroed in training. Default 0. */
  dropout?: number;
  /** Whether a second direction reads the sequence from its end. Default false. */
  bidirectional?: boolean;
  /** The size to which each layer's output is projected; 0 for none. Default 0. */
  projSize?: number;
  /** Default float32. */
  dtype?: FloatDType;
  /**
   * The probability that a unit is hidden from the recurrent weight, the same units at every step of a sequence. Default 0.
   * Source: Gal & Ghahramani, "A theoretically grounded application of dropout in recurrent neural networks" (2016).
   */
  recurrentDropout?: number;
  /** The probability that a feature of a layer's input is zeroed, the same at every step of a sequence. Default 0. */
  inputDropout?: number;
  /**
   * The probability that a unit keeps its state instead of taking the new one: h of h, c of the cell's other states. In
   * evaluation both are mixed by it. Default 0 for both; a number is both.
   * Source: Krueger et al., "Zoneout: regularizing RNNs by randomly preserving hidden activations" (2017).
   */
  zoneout?: number | { readonly h?: number; readonly c?: number };
  /** Whether sequences begin with zeros, or with parameters `h_0_l0` …, which begin as zeros. Default "zeros". */
  initialState?: "zeros" | "learned";
  /** Whether batched states are `[N, S, H]` instead of `[S, N, H]`: of one `hiddenSize`, not of a list. Default false. */
  stateBatchFirst?: boolean;
  /** Whether every layer but the first adds its input to its output. Default false. */
  residual?: boolean;
  /** Whether there are both of PyTorch's biases, or `bias_ih` alone. Default "torch". */
  biasMode?: "torch" | "single";
  /** Added to the forget gate's share of `bias_ih` when it is drawn. Default 0; with `init: "keras"` 1, where a gate forgets. */
  forgetBias?: number;
  /** How weights are drawn: as PyTorch does, as Keras does, or as PyTorch does with orthogonal recurrent weights. */
  init?: Init;
}

/** All of them, with numbers for all. */
export interface Settings extends Required<Omit<RecurrentOptions, "zoneout" | "dtype">> {
  readonly dtype: FloatDType;
  readonly zoneout: { readonly h: number; readonly c: number };
  /** H of each layer. */
  readonly sizes: readonly number[];
}

export const recurrentOptions = [
  ...(["numLayers", "bias", "batchFirst", "dropout", "bidirectional", "projSize", "dtype"] as const),
  ...(["recurrentDropout", "inputDropout", "zoneout", "initialState", "stateBatchFirst", "residual"] as const),
  ...(["biasMode", "forgetBias", "init"] as const),
] satisfies (keyof RecurrentOptions)[];

const where = "Recurrent";

function chance(name: string, value: unknown): number {
  if (typeof value !== "number" || !(value >= 0 && value <= 1)) {
    fail("ValueError", `${where}: expected ${name} as a probability from 0 to 1, got: ${shown(value)}`);
  }
  return value;
}

function oneOf<T extends string>(name: string, value: T, choices: readonly T[]): T {
  if (!choices.includes(value)) {
    fail("ValueError", `${where}: expected ${name} as one of ${choices.join(", ")}, got: ${shown(value)}`);
  }
  return value;
}

function size(name: string, value: unknown): number {
  typed(name, value, "int");
  if ((value as number) <= 0) fail("ValueError", `${name} must be greater than zero`);
  return value as number;
}

/** H of each layer. */
function sizesOf(hiddenSize: unknown, numLayers: number | undefined): number[] {
  if (!isIterable<unknown>(hiddenSize) || typeof hiddenSize === "string") {
    return Array<number>(size("num_layers", numLayers ?? 1)).fill(size("hidden_size", hiddenSize));
  }
  const sizes = [...hiddenSize].map((one) => size("hidden_size", one));
  if (sizes.length === 0 || (numLayers !== undefined && numLayers !== sizes.length)) {
    fail(
      "ValueError",
      `${where}: expected one hiddenSize a layer, got ${sizes.length} and numLayers=${shown(numLayers)}`,
    );
  }
  return sizes;
}

function zoneoutOf(zoneout: RecurrentOptions["zoneout"], several: boolean): Settings["zoneout"] {
  if (typeof zoneout === "number") return { h: chance("zoneout", zoneout), c: several ? zoneout : 0 };
  if (typeof zoneout !== "object" || zoneout === null) {
    fail("TypeError", `${where}: expected zoneout as a probability or as { h, c }, got: ${typeName(zoneout)}`);
  }
  checkOptions(`${where} zoneout`, zoneout, ["h", "c"]);
  return { h: chance("zoneout.h", zoneout.h ?? 0), c: chance("zoneout.c", zoneout.c ?? 0) };
}

/** @param cell the record, or null where a module is the cell */
export function settingsOf(
  cell: Cell | null,
  inputSize: number,
  hiddenSize: unknown,
  given: RecurrentOptions,
): Settings {
  checkOptions(`${where}.__init__()`, given, recurrentOptions);
  const { numLayers, zoneout = 0, dtype = "float32", ...options } = given;
  const sizes = sizesOf(hiddenSize, numLayers);
  const bias = options.bias ?? true;
  const init = oneOf<Init>("init", options.init ?? "torch", ["torch", "keras", "orthogonal"]);
  const settings: Settings = {
    ...{ sizes, dtype, bias, init, numLayers: sizes.length, zoneout: zoneoutOf(zoneout, cell?.states !== 1) },
    batchFirst: options.batchFirst ?? false,
    dropout: chance("dropout", options.dropout ?? 0),
    bidirectional: options.bidirectional ?? false,
    projSize: options.projSize ?? 0,
    recurrentDropout: chance("recurrentDropout", options.recurrentDropout ?? 0),
    inputDropout: chance("inputDropout", options.inputDropout ?? 0),
    initialState: oneOf<Settings["initialState"]>("initialState", options.initialState ?? "zeros", [
      "zeros",
      "learned",
    ]),
    stateBatchFirst: options.stateBatchFirst ?? false,
    residual: options.residual ?? false,
    biasMode: oneOf<Settings["biasMode"]>("biasMode", options.biasMode ?? "torch", ["torch", "single"]),
    forgetBias: options.forgetBias ?? (init === "keras" && bias && cell?.forget !== undefined ? 1 : 0),
  };
  size("input_size", inputSize);
  typed("bias", settings.bias, "bool");
  typed("batch_first", settings.batchFirst, "bool");
  typed("bidirectional", settings.bidirectional, "bool");
  typed("proj_size", settings.projSize, "int");
  typed("stateBatchFirst", settings.stateBatchFirst, "bool");
  typed("residual", settings.residual, "bool");
  typed("forgetBias", settings.forgetBias, "float");
  if (settings.stateBatchFirst && typeof hiddenSize !== "number") {
    refuse("stateBatchFirst", "hiddenSize as a number, whose states are one tensor", listText(sizes));
  }
  if (cell === null) {
    const own = (["bias", "biasMode", "forgetBias", "init", "projSize", "recurrentDropout", "dtype"] as const).find(
      (name) => given[name] !== undefined,
    );
    if (own !== undefined) refuse(own, "a cell that is a record", "a module, whose forward and parameters are its own");
  } else checkTogether(cell, settings);
  return settings;
}

function refuse(option: string, needs: string, came: string): never {
  fail("ValueError", `${where}: ${option} needs ${needs}, got ${came}`);
}

/** Refuses what a cell or another option has no place for. */
function checkTogether(cell: Cell, { sizes, bias, projSize: P, ...more }: Settings): void {
  const came = cell.name;
  if (P < 0 || sizes.some((H) => P >= H)) refuse("projSize", "0 or less than every hiddenSize", String(P));
  if (P > 0 && (cell.recurrent !== "dense" || cell.second !== undefined || readsH(cell))) {
    refuse("projSize", "a cell that knows h by one dense recurrent product alone", came);
  }
  if (more.forgetBias !== 0 && cell.forget === undefined) refuse("forgetBias", "a cell with a gate that forgets", came);
  if (more.forgetBias !== 0 && !bias) refuse("forgetBias", "biases", "bias=false");
  if (more.biasMode === "single" && !bias) refuse("biasMode", "biases", "bias=false");
  if (more.recurrentDropout > 0 && cell.recurrent === "none") refuse("recurrentDropout", "a recurrent weight", came);
  if (more.init === "orthogonal" && (cell.recurrent !== "dense" || P > 0)) {
    refuse("init=orthogonal", "square recurrent weights", P > 0 ? `projSize=${P}` : came);
  }
}

/**
 * Refuses states that an option, or another layer or direction, has no place for: a module's are known when it is made.
 * @param came how messages call the cell
 * @param listed whether states come as lists, one tensor a layer and direction
 * @param states the sizes of each layer's and direction's states
 */
export function checkStateSizes(
  came: string,
  { zoneout, residual, numLayers }: RecurrentOptions & Pick<Settings, "numLayers">,
  listed: boolean,
  states: readonly (readonly number[])[],
): void {
  const [first] = states;
  const other = states.find((sizes) => (listed ? sizes.length !== first.length : String(sizes) !== String(first)));
  if (other !== undefined) {
    const [alike, or] = listed ? ["as many states", ""] : ["states of the same sizes", ", or hiddenSize as a list"];
    const both = `${listText(first)} and ${listText(other)}`;
    fail("ValueError", `${where}: expected ${alike} in every layer and direction${or}, got ${both}`);
  }
  // A number is both, where there are two.
  const ofC = typeof zoneout === "object" ? (zoneout.c ?? 0) : 0;
  if (ofC > 0 && first.length < 2) refuse("zoneout.c", "a cell with a second state", came);
  if (residual && numLayers === 1) refuse("residual", "several layers", "one");
  const widths = new Set(states.map(([h]) => h));
  if (residual && widths.size > 1) refuse("residual", "layers of one size", String([...widths]));
}
