/**
 * The shapes of a recurrent layer: what its options and the form of its input make of inputs, outputs, states and parameters.
 * Plain arithmetic, which the tests compare with the layers themselves.
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html and its neighbours
 */

export const kinds = ["RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell"] as const;
export type Kind = (typeof kinds)[number];
export const forms = ["batched", "unbatched", "packed"] as const;
export type Form = (typeof forms)[number];

/** What is chosen on the page. */
export interface Choice {
  readonly kind: Kind;
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly bias: boolean;
  readonly batchFirst: boolean;
  readonly bidirectional: boolean;
  /** 0 for none. */
  readonly projSize: number;
  readonly dropout: number;
  readonly nonlinearity: "tanh" | "relu";
  readonly form: Form;
  /** Steps of the longest sequence. */
  readonly T: number;
  /** Sequences. */
  readonly N: number;
}

export const first: Choice = {
  kind: "LSTM",
  inputSize: 3,
  hiddenSize: 4,
  numLayers: 2,
  bias: true,
  batchFirst: false,
  bidirectional: false,
  projSize: 0,
  dropout: 0,
  nonlinearity: "tanh",
  form: "batched",
  T: 5,
  N: 2,
};

/** One dimension: what it counts, in the letters of the documentation, and how many. */
export interface Dimension {
  readonly letter: string;
  readonly size: number;
}
export interface Shaped {
  readonly name: string;
  readonly shape: readonly Dimension[];
}
export interface ShapedParameter extends Shaped {
  readonly elements: number;
  /** The gates whose rows lie one below the other, in their order. */
  readonly gates: readonly string[];
}

export interface Shapes {
  /** D */
  readonly directions: number;
  /** S, the states of all layers and directions; 1 for a cell. */
  readonly states: number;
  /** The input: of a packed sequence, its data. */
  readonly input: Shaped;
  readonly initial: readonly Shaped[];
  /** null for a cell, whose output is its state. */
  readonly output: Shaped | null;
  readonly final: readonly Shaped[];
  /** The lengths that are packed, and how many sequences are alive at each step. */
  readonly packed: { readonly lengths: readonly number[]; readonly batchSizes: readonly number[] } | null;
  readonly parameters: readonly ShapedParameter[];
  readonly elements: number;
  /** Parameters begin uniformly between −bound and bound: 1/√H. */
  readonly bound: number;
}

const gatesOf = { RNN: ["h"], LSTM: ["i", "f", "g", "o"], GRU: ["r", "z", "n"] } as const;

export const isCell = (kind: Kind): boolean => kind.endsWith("Cell");
export const base = (kind: Kind): "RNN" | "LSTM" | "GRU" => kind.replace("Cell", "") as "RNN" | "LSTM" | "GRU";

/** The choice without what its layer does not have: a cell has no layers, only an LSTM a projection, and that below H. */
export function settled(choice: Choice): Choice {
  const { kind, hiddenSize, projSize, nonlinearity, form } = choice;
  const cell = isCell(kind);
  return {
    ...choice,
    ...(cell && { numLayers: 1, batchFirst: false, bidirectional: false, dropout: 0 }),
    projSize: kind === "LSTM" ? Math.min(projSize, hiddenSize - 1) : 0,
    nonlinearity: base(kind) === "RNN" ? nonlinearity : "tanh",
    form: cell && form === "packed" ? "batched" : form,
  };
}

/** The lengths in the example of packed sequences: each one step shorter than the one before. */
const lengthsOf = ({ T, N }: Choice) => Array.from({ length: N }, (_, n) => Math.max(1, T - n));

function parametersOf(choice: Choice): ShapedParameter[] {
  const { kind, inputSize: C, hiddenSize: H, numLayers, bias, bidirectional, projSize } = choice;
  const gates = gatesOf[base(kind)];
  const G = gates.length;
  const rows = { letter: G === 1 ? "H" : `${G}·H`, size: G * H };
  const P = { letter: projSize > 0 ? "P" : "H", size: projSize || H };
  const D = bidirectional ? 2 : 1;
  const below = { letter: D === 2 ? `2·${P.letter}` : P.letter, size: D * P.size };
  const parameter = (name: string, shape: Dimension[], rowsOf: readonly string[]): ShapedParameter => ({
    name,
    shape,
    elements: shape.reduce((product, { size }) => product * size, 1),
    gates: rowsOf,
  });
  return Array.from({ length: numLayers * D }, (_, s) => {
    const layer = Math.floor(s / D);
    const suffix = isCell(kind) ? "" : `_l${layer}${s % D === 1 ? "_reverse" : ""}`;
    return [
      parameter(`weight_ih${suffix}`, [rows, layer === 0 ? { letter: "C", size: C } : below], gates),
      parameter(`weight_hh${suffix}`, [rows, P], gates),
      ...(bias ? ["ih", "hh"].map((name) => parameter(`bias_${name}${suffix}`, [rows], gates)) : []),
      ...(projSize > 0 ? [parameter(`weight_hr${suffix}`, [P, { letter: "H", size: H }], [])] : []),
    ];
  }).flat();
}

/** @param choice a settled one */
export function shapesOf(choice: Choice): Shapes {
  const { kind, inputSize, hiddenSize, numLayers, batchFirst, bidirectional, projSize, form } = choice;
  const D = bidirectional ? 2 : 1;
  const S = numLayers * D;
  const T = { letter: "T", size: choice.T };
  const N = { letter: "N", size: choice.N };
  const C = { letter: "C", size: inputSize };
  const H = { letter: "H", size: hiddenSize };
  const P = projSize > 0 ? { letter: "P", size: projSize } : H;
  const features = D === 2 ? { letter: `2·${P.letter}`, size: 2 * P.size } : P;
  const cell = isCell(kind);

  const lengths = lengthsOf(choice);
  const packed =
    form === "packed"
      ? {
          lengths,
          batchSizes: Array.from({ length: choice.T }, (_, t) => lengths.filter((length) => length > t).length),
        }
      : null;
  const rows = { letter: "ΣT", size: lengths.reduce((sum, length) => sum + length, 0) };
  const batch = form === "unbatched" ? [] : [N];
  const overTime = (last: Dimension) => {
    if (cell) return [...batch, last];
    if (packed !== null) return [rows, last];
    return form === "unbatched" ? [T, last] : batchFirst ? [N, T, last] : [T, N, last];
  };
  const stacked = cell ? [] : [{ letter: [...(D === 2 ? ["2"] : []), "L"].join("·"), size: S }];
  const state = (last: Dimension) => [...stacked, ...batch, last];
  const states = base(kind) === "LSTM" ? (["h", "c"] as const) : (["h"] as const);
  const named = (suffix: string) =>
    states.map((name) => ({ name: `${name}${suffix}`, shape: state(name === "c" ? H : P) }));

  const parameters = parametersOf(choice);
  return {
    directions: D,
    states: S,
    input: { name: packed === null ? "input" : "input.data", shape: overTime(C) },
    initial: named(cell ? "" : "_0"),
    output: cell ? null : { name: packed === null ? "output" : "output.data", shape: overTime(features) },
    final: named(cell ? "′" : "_n"),
    packed,
    parameters,
    elements: parameters.reduce((sum, { elements }) => sum + elements, 0),
    bound: 1 / Math.sqrt(hiddenSize),
  };
}

/** As `(5, 2, 3)`. */
export const shapeText = (shape: readonly { size: number }[]): string =>
  `(${shape.map(({ size }) => size).join(", ")}${shape.length === 1 ? "," : ""})`;

/** As `(T, N, C)`. */
export const lettersText = (shape: readonly { letter: string }[]): string =>
  `(${shape.map(({ letter }) => letter).join(", ")})`;
